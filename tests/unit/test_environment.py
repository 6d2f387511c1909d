"""What our children find in their environment."""

import os
import sys

import pytest

from bin import _bootstrap
from bin.environment import ALERT_URLS, KEY, NEW_KEY, child_environment, drop_passphrases


@pytest.fixture(autouse=True)
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service has given us all that it can."""
    for name in (KEY, NEW_KEY, ALERT_URLS):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("OTHER", "kept")


def test_children_get_no_secret() -> None:
    """But for the one that the sender of alerts is there for."""
    assert "secret" not in child_environment().values()
    sender = child_environment(allowed=ALERT_URLS)
    assert [name for name, value in sender.items() if value == "secret"] == [ALERT_URLS]
    assert sender["OTHER"] == "kept"


def test_an_installer_gets_no_secret() -> None:
    """Neither pip nor uv, nor what they run."""
    looks = "import os, sys; sys.exit('secret' in os.environ.values())"
    _bootstrap.call([sys.executable, "-c", looks], hint="it found a secret")


def test_a_run_that_needs_no_passphrase_drops_it() -> None:
    """Nothing else is dropped."""
    drop_passphrases()
    assert [name for name, value in os.environ.items() if value == "secret"] == [ALERT_URLS]
