"""The locks install the same everywhere, from wherever the operator gets packages."""

import re
import tomllib

import pytest

from tests.support.source import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """What `lock` pins: name to version."""
    return dict(PIN.findall((ROOT / lock).read_text()))


def names(requirements: list[str]) -> set[str]:
    """The distributions that `requirements` ask for, spelled as locks spell them."""
    return {re.split(r"[<>=\[~! ]", entry)[0].lower().replace(".", "-") for entry in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_place(lock: str) -> None:
    """No address, path or index option: those belong to the machine that installs."""
    assert re.findall(r"\S*://\S*|@ |^-\S+", (ROOT / lock).read_text(), re.MULTILINE) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    """Whatever is downloaded is checked: each pin is followed by at least one sha256."""
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_development_adds_and_changes_nothing() -> None:
    """Tests run on the very versions that the supervisor runs on."""
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_locks_are_up_to_date() -> None:
    """Everything that pyproject.toml asks for is pinned."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, dev = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    assert names(runtime) <= pins("requirements.lock").keys()
    assert names(runtime + dev) <= pins("requirements-dev.lock").keys()
