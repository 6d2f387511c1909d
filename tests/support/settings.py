"""Settings files for tests: the examples of the documents, and helpers that write and load small files."""

from pathlib import Path

import pytest

from config.loader import load
from config.problems import ConfigError, Problem
from config.schema import PaperVenueSettings, Settings

EXAMPLES = Path(__file__).resolve().parents[1] / "golden" / "settings"


def example(name: str) -> str:
    """An example of the documents, letter by letter.

    `batch`: batch execution logic; `flow_global` and `flow_strategy`: strategy execution flow; `optimization`:
    strategy optimization summary.
    """
    return (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")


def strategy(extra: str = "", *, name: str = "s", ticker: str = "AOP", users: str = "[1]") -> str:
    """One strategy as a flow mapping on one line; `extra` is like `enabled: false`."""
    more = f", {extra}" if extra else ""
    return f"  - {{strategy_id: {name}, target_token: {ticker}, target_volume: 100, user_ids: {users}{more}}}\n"


def settings_file(directory: Path, text: str) -> Path:
    """Write a settings file."""
    path = directory / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(directory: Path, text: str) -> Settings:
    """Load a text as a settings file."""
    return load(settings_file(directory, text))


def problems_of(directory: Path, text: str) -> tuple[Problem, ...]:
    """Everything that is wrong with a text as a settings file, which must be something."""
    with pytest.raises(ConfigError) as caught:
        loaded(directory, text)
    return caught.value.problems


def paper_of(settings: Settings) -> PaperVenueSettings:
    """The settings of the paper venue, which must be the one they name."""
    assert isinstance(settings.venue, PaperVenueSettings)
    return settings.venue
