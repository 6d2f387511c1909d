"""Logins whose cookies the venue renews, and the file that they are saved in."""

import fcntl
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest

from exchange.alpha import vault as vault_module
from exchange.alpha.logins import Logins
from exchange.alpha.sealed_file import VaultUnwritable
from exchange.alpha.session import cookies_of
from exchange.alpha.vault import open_vault
from tests.support.vaults import KEY, credentials_of, vault_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where no file is yet."""
    return tmp_path / "data" / "credentials.json"


def test_a_login_is_shared_and_saved(path: Path) -> None:
    """Each account has one, whose renewed cookies are in the file at once."""
    vault = vault_of(path, 1)
    logins = Logins(vault, lambda *_: None)
    login = logins.of(1)
    login.renew({"p20t": "renewed"}, login.sent())
    assert logins.of(1) is login
    assert open_vault(path, KEY).credentials(1).cookie == "p20t=renewed"


def test_a_login_goes_on_where_it_cannot_be_saved(path: Path) -> None:
    """That is told with the account, and the next saving makes good for it."""
    vault, told = vault_of(path, 1), []
    login = Logins(vault, lambda user, error: told.append((user, type(error)))).of(1)
    blocked = path.with_name("credentials.json.part")
    blocked.mkdir()
    login.renew({"p20t": "one"}, login.sent())
    blocked.rmdir()
    login.renew({"p20t": "two"}, login.sent())
    assert told == [(1, VaultUnwritable)]
    assert vault.credentials(1).cookie == "p20t=two"


def test_what_one_process_renews_another_does_not_undo(path: Path) -> None:
    """Who read the file before a renewal saves only what it was given itself."""
    vault_of(path, 1)
    ours, theirs = (Logins(open_vault(path, KEY), lambda *_: None).of(1) for _ in range(2))
    ours.renew({"p20t": "renewed"}, ours.sent())
    theirs.renew({"lang": "en", "p20t": "first-1"}, theirs.sent())
    assert open_vault(path, KEY).credentials(1).cookie == "p20t=renewed; lang=en"


def test_a_resume_does_not_go_back_to_what_was_saved_before(path: Path) -> None:
    """What could not be saved is newer than the file, of the same login; what another process saved is newer, too."""
    logins = Logins(vault_of(path, 1), lambda *_: None)
    login, blocked = logins.of(1), path.with_name("credentials.json.part")
    blocked.mkdir()
    login.renew({"p20t": "renewed"}, login.sent())
    blocked.rmdir()
    other = Logins(open_vault(path, KEY), lambda *_: None).of(1)
    other.renew({"lang": "en"}, other.sent())
    logins.reread(1)
    assert login.sent().headers["cookie"] == "p20t=renewed; lang=en"
    login.renew({"r20t": "more"}, login.sent())
    assert cookies_of(open_vault(path, KEY).credentials(1).cookie) == {"p20t": "renewed", "lang": "en", "r20t": "more"}


def test_a_lock_that_is_held_does_not_hold_a_session_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The renewed session is sent at once by others, told as not saved when the wait is over, and saved later."""
    monkeypatch.setattr(vault_module, "RENEWAL_WAITS_S", 0.1)
    vault, told = vault_of(path, 1), SimpleQueue[str]()
    login = Logins(vault, lambda _user, error: told.put(str(error))).of(1)
    with path.with_name("credentials.json.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        saving = threading.Thread(target=login.renew, args=({"p20t": "one"}, login.sent()))
        saving.start()
        assert "another process holds credentials.json.lock" in told.get(timeout=5)
        saving.join(5)
    assert login.sent().headers["cookie"] == "p20t=one"
    login.renew({"lang": "en"}, login.sent())
    assert vault.credentials(1).cookie == "p20t=one; lang=en"


def test_a_login_is_read_again(path: Path) -> None:
    """What the owner gave meanwhile is sent from then on, and renewed and saved like the first."""
    vault = vault_of(path, 1)
    logins = Logins(vault, lambda *_: None)
    login = logins.of(1)
    open_vault(path, KEY).save(1, credentials_of(1, "again"))
    logins.reread(1)
    assert login.sent().headers["cookie"] == "p20t=again-1"
    login.renew({"p20t": "renewed"}, login.sent())
    assert vault.credentials(1).cookie == "p20t=renewed"
