"""What `bin/run config show` prints."""

from pathlib import Path

import msgspec

from config import effective
from config.loader import load_with_origins
from config.origins import Loaded
from config.schema import config_hash
from tests.support.settings import example, loaded, settings_file, strategy

TWO = (
    "venue: {starting_volumes: {2: {AOP: 1.50}}}\nstrategies:\n"
    + strategy(users="[1, 2]")
    + strategy(name="t", users="[3]")
)


def two(directory: Path) -> Loaded:
    return load_with_origins(settings_file(directory, TWO))


def test_json_has_every_key_per_strategy_and_user(tmp_path: Path) -> None:
    """Machines get one object for each strategy, user and key, with the file's name of the key."""
    report = msgspec.json.decode(effective.as_json(two(tmp_path)))
    rows = {(row["strategy_id"], row["user_id"], row["key"]): row for row in report["values"]}
    assert {key[:2] for key in rows} == {(None, None), ("s", 1), ("s", 2), ("t", 3)}
    amount = rows["s", 2, "single_trade_amount_usdt"]
    assert (amount["value"], amount["origin"]) == ("30", "built-in default")
    assert rows[None, None, "starting_volumes"]["value"] == {"2": {"AOP": "1.5"}}


def test_table_tells_values_and_origins(tmp_path: Path) -> None:
    """People get one aligned line for each key, in a block for each strategy that names its users."""
    lines = effective.as_table(two(tmp_path)).splitlines()
    assert "s, for user 1 and for user 2" in lines
    assert any(
        line.split() == ["starting_volumes", "user", "2:", "1.5", "AOP", f"{tmp_path}/settings.yaml:1:27"]
        for line in lines
    )
    assert any(line.split()[:3] == ["retry_delay_seconds", "20", "derived:"] for line in lines)


def test_yes_and_no_are_shown_as_they_are_written(tmp_path: Path) -> None:
    """What the table says can be typed into the file."""
    lines = effective.as_table(two(tmp_path)).splitlines()
    assert any(line.split()[:2] == ["continue_after_midnight", "false"] for line in lines)


def test_yaml_loads_to_the_same_settings(tmp_path: Path) -> None:
    """The YAML form is a settings file with the same effective values."""
    for text in (TWO, example("batch"), example("optimization")):
        before = load_with_origins(settings_file(tmp_path, text))
        after = loaded(tmp_path, effective.as_yaml(before))
        assert config_hash(after) == config_hash(before.settings)


def test_disabled_strategies_are_named(tmp_path: Path) -> None:
    """A strategy that will not run is said to be off, instead of being silently absent."""
    text = "strategies:\n" + strategy() + strategy("enabled: false", name="off", users="[9]")
    assert "off: not enabled" in effective.as_table(load_with_origins(settings_file(tmp_path, text)))
