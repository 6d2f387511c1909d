"""One session under two accounts' numbers: it would trade twice the target of one account."""

import hashlib
from pathlib import Path

import pytest

from bin.doctor_live import sessions
from bin.doctor_place import other_process
from bin.doctor_settings import alerts
from bin.live_terms import acknowledge, terms
from bin.live_venue import NoLeave, leave_to_trade
from bin.lock import DataDirLock
from config.loader import load_with_origins
from config.origins import Loaded
from config.schema import AlphaVenueSettings
from exchange.alpha.session import Credentials
from tests.support.live import ALICE
from tests.support.settings import settings_file, strategy
from tests.support.vaults import KEY, vault_of

REAL = "venue: {kind: alpha, rest_url: 'https://h', stream_url: 'wss://h/s'}\n"


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """Settings of accounts 2 and 5, which have one session."""
    monkeypatch.setenv("OTOMAT_PASSPHRASE", KEY.text)
    vault = vault_of(tmp_path / "credentials.json")
    for user, cookie in ((2, "a"), (5, "b")):
        vault.save(user, Credentials(f"cr00={cookie}", hashlib.md5(cookie.encode(), usedforsecurity=False).hexdigest()))
    vault.keep(5, {"cr00": "a"}, vault.kept(5).login_id)
    for user in (2, 5):
        acknowledge(tmp_path / "acknowledgements.json", user, ALICE, terms().sha256)
    return load_with_origins(settings_file(tmp_path, f"strategies:\n{strategy(users='[2, 5]')}{REAL}"))


def test_a_run_is_refused(loaded: Loaded, tmp_path: Path) -> None:
    """Before anything is sent, with both accounts."""
    with pytest.raises(NoLeave, match="user 5 has the same session as user 2"):
        leave_to_trade(loaded, tmp_path)


def test_the_doctor_says_so(loaded: Loaded, tmp_path: Path) -> None:
    """As a failure of the second account."""
    venue = loaded.settings.venue
    assert isinstance(venue, AlphaVenueSettings)
    _, found = sessions(venue, tmp_path, (2, 5), None)
    assert [(one.user_id, one.verdict) for one in found] == [(2, "ok"), (5, "failure")]


def test_a_live_account_that_nobody_hears_of_is_a_warning(loaded: Loaded, tmp_path: Path) -> None:
    """On the paper venue nobody needs to hear."""
    assert alerts(loaded.settings, tmp_path).verdict == "warning"


def test_a_second_supervisor_is_never_advised(tmp_path: Path) -> None:
    """On another directory it would trade for the same accounts."""
    with DataDirLock(tmp_path):
        mend = other_process(tmp_path).mend
    assert ("another" in mend, "bin/run stop --all" in mend) == (False, True)
