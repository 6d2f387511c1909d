"""The encrypted file of credentials: what it keeps, what it refuses, and that a change is whole or not at all."""

import base64
import hashlib
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.alpha.sealed_file import (
    NoCredentials,
    VaultDamaged,
    VaultError,
    VaultExposed,
    VaultFormat,
    VaultKey,
    VaultMissing,
    VaultUnwritable,
    WrongKey,
    derived,
    header_of,
    new_header,
    opened,
    sealed,
)
from exchange.alpha.vault import SessionTaken, create_vault, open_vault
from tests.support.source import ROOT
from tests.support.vaults import CHEAP, KEY, credentials_of, vault_of

HEADER = new_header(cost=CHEAP)
DERIVED = derived(KEY, HEADER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where no file is yet."""
    return tmp_path / "data" / "credentials.json"


def edited(path: Path, **header: object) -> None:
    """The file with other values in its header."""
    file: Any = msgspec.json.decode(path.read_bytes())
    file["header"] |= header
    path.write_bytes(msgspec.json.encode(file))


def test_what_is_saved_is_there_for_who_has_the_key(path: Path) -> None:
    """Any process with the key reads what another one saved."""
    vault_of(path, 2, 1)
    vault = open_vault(path, KEY)
    assert vault.users() == (1, 2)
    assert vault.credentials(2) == credentials_of(2)


def test_the_file_tells_nothing(path: Path) -> None:
    """Only its owner may read it, and nothing secret is in it, nor the account's number."""
    vault_of(path, 4711)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for secret in ("p20t", "first", "4711", KEY.text, credentials_of(4711).csrf_token):
        assert secret.encode() not in path.read_bytes()


def test_the_same_content_never_looks_the_same() -> None:
    """Each sealing has a nonce of its own: one used twice would give the key away."""
    files = {sealed(b"same", HEADER, DERIVED) for _ in range(100)}
    assert len({header_of(file).nonce for file in files}) == 100


def test_a_wrong_key_is_told(path: Path) -> None:
    """It is not taken for damage."""
    vault_of(path, 1)
    with pytest.raises(WrongKey, match=r"credentials\.json: the key does not open it"):
        open_vault(path, VaultKey("another"))


def test_every_truncation_is_told(path: Path) -> None:
    """Wherever the file is cut off, that is told, and nothing of it is used."""
    vault_of(path, 1)
    whole = path.read_bytes()
    for length in range(len(whole)):
        with pytest.raises(VaultDamaged):
            opened(whole[:length], DERIVED)


def test_every_edited_byte_is_told() -> None:
    """Whichever byte is changed, the file is refused."""
    whole = sealed(b"content", HEADER, DERIVED)
    for place, byte in enumerate(whole):
        with pytest.raises((VaultDamaged, VaultFormat)):
            opened(whole[:place] + bytes([byte ^ 1]) + whole[place + 1 :], DERIVED)


def test_an_edit_with_a_fitting_checksum_is_told() -> None:
    """The checksum is no protection and need not be: the encryption is authenticated, the header with it."""
    file: Any = msgspec.json.decode(sealed(b"content", HEADER, DERIVED))
    file["header"]["keyring_entry"] = "mine"
    header = msgspec.convert(file["header"], type(HEADER))
    box = base64.b64decode(file["box"])
    digest = hashlib.sha256(msgspec.json.encode(header) + box).hexdigest()
    forged = msgspec.json.encode(file | {"sha256": digest}) + b"\n"
    with pytest.raises(WrongKey):
        opened(forged, DERIVED)


@pytest.mark.parametrize(("version", "words"), [(0, "an older version"), (2, "a newer version")])
def test_other_formats_are_told(path: Path, version: int, words: str) -> None:
    """With what to do about it, before a key is asked for."""
    vault_of(path, 1)
    edited(path, version=version)
    with pytest.raises(VaultFormat, match=words):
        open_vault(path, KEY)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b"[" * 100_000, b'{"header": {"format": "x"}}'])
def test_another_file_is_told(path: Path, content: bytes) -> None:
    """What is no file of credentials is called damaged."""
    vault_of(path, 1)
    path.write_bytes(content)
    with pytest.raises(VaultDamaged):
        open_vault(path, KEY)


def test_costs_out_of_bounds_are_damage(path: Path) -> None:
    """An edited file cannot make us ask for a terabyte."""
    vault_of(path, 1)
    edited(path, cost={"memory_kib": 1 << 30, "iterations": 3, "lanes": 4})
    with pytest.raises(VaultDamaged):
        open_vault(path, KEY)


def test_a_salt_that_is_no_salt_is_damage() -> None:
    """Also where somebody has made the checksum fit."""
    file: Any = msgspec.json.decode(sealed(b"content", HEADER, DERIVED))
    file["header"]["salt"] = "AAAA"
    content = msgspec.json.encode(file["header"]) + base64.b64decode(file["box"])
    with pytest.raises(VaultDamaged, match="damaged"):
        header_of(msgspec.json.encode(file | {"sha256": hashlib.sha256(content).hexdigest()}) + b"\n")


def test_a_missing_file_is_told(path: Path) -> None:
    """With the command that makes one."""
    with pytest.raises(VaultMissing, match="credentials add"):
        open_vault(path, KEY)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_open_to_others_is_refused(path: Path, mode: int) -> None:
    """With the command that mends it."""
    vault_of(path, 1)
    path.chmod(mode)
    with pytest.raises(VaultExposed, match="chmod 600"):
        open_vault(path, KEY)


def test_one_session_is_one_account_s(path: Path) -> None:
    """Refused for another, also once its cookies were renewed; its own account may give it again."""
    vault = vault_of(path, 1)
    with pytest.raises(SessionTaken, match="user 2 has the same session as user 1"):
        vault.save(2, credentials_of(1, "renewed"))
    vault.save(1, credentials_of(1))
    assert (vault.users(), vault.twins()) == ((1,), {})


def test_an_account_that_is_not_there_is_told(path: Path) -> None:
    """Asked for, with the command that adds it; nobody who removes it wants that."""
    vault = vault_of(path, 1)
    with pytest.raises(NoCredentials, match="credentials add --user 2"):
        vault.credentials(2)
    with pytest.raises(NoCredentials, match="there is nothing to remove"):
        vault.remove(2)


def test_a_removed_account_is_gone(path: Path) -> None:
    """The others stay."""
    vault_of(path, 1, 2).remove(1)
    assert open_vault(path, KEY).users() == (2,)


def test_a_rotated_key_replaces_the_old(path: Path) -> None:
    """The new one opens it, the old one does not, and whoever has it open with the old one is told."""
    stale, other = vault_of(path, 1), VaultKey("another")
    open_vault(path, KEY).rotate(other)
    assert open_vault(path, other).credentials(1) == credentials_of(1)
    with pytest.raises(WrongKey):
        open_vault(path, KEY)
    with pytest.raises(WrongKey, match="changed meanwhile"):
        stale.save(1, credentials_of(1, "lost"))


def test_what_the_owner_gave_is_not_overwritten_by_what_came_of_the_old(path: Path) -> None:
    """A run that renews a login which was replaced, or removed, in the file changes nothing there."""
    vault = vault_of(path, 1, 2)
    logins = {user: kept.login_id for user, kept in vault.accounts().items()}
    open_vault(path, KEY).save(1, credentials_of(1, "new"))
    open_vault(path, KEY).remove(2)
    for user in (1, 2):
        vault.keep(user, {"p20t": "renewed"}, logins[user])
    assert vault.users() == (1,)
    assert vault.credentials(1) == credentials_of(1, "new")


def test_a_file_that_is_there_is_not_made_again(path: Path) -> None:
    """Its accounts would be lost."""
    vault_of(path, 1)
    with pytest.raises(VaultUnwritable, match="there already"):
        create_vault(path, KEY, cost=CHEAP)


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    """The file that it points to is the one that changes."""
    vault_of(tmp_path / "elsewhere.json", 1)
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.json")
    open_vault(path, KEY).save(2, credentials_of(2))
    assert path.is_symlink()
    assert open_vault(tmp_path / "elsewhere.json", KEY).users() == (1, 2)


def test_an_unwritable_place_is_told(path: Path) -> None:
    """The error says so, and what was there is still there."""
    vault = vault_of(path, 1)
    path.with_name("credentials.json.part").mkdir()
    with pytest.raises(VaultUnwritable, match="cannot be written"):
        vault.save(1, credentials_of(1, "new"))
    assert vault.credentials(1) == credentials_of(1)


def test_threads_and_vaults_lose_nothing_of_each_other(path: Path) -> None:
    """Twenty accounts save at once, half through a vault that was opened apart, as another process would."""
    vaults = (vault_of(path), open_vault(path, KEY))

    def rotate(user: int) -> None:
        for number in range(10):
            vaults[user % 2].save(user, credentials_of(user, str(number)))

    threads = [threading.Thread(target=rotate, args=(user,)) for user in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {user: kept.credentials for user, kept in vaults[0].accounts().items()} == {
        user: credentials_of(user, "9") for user in range(20)
    }


CRASH = """
import os, sys
from pathlib import Path
from exchange.alpha.vault import open_vault
from tests.support.vaults import KEY, credentials_of

vault = open_vault(Path(sys.argv[1]), KEY)

def save_until_call(last):
    calls = 0
    def die(event, args):
        nonlocal calls
        calls += event in ("open", "os.remove", "os.rename")
        if calls == last:
            os._exit(9)
    sys.addaudithook(die)
    vault.save(1, credentials_of(1, "new"))
    os._exit(0)

number, died = 1, True
while died:
    vault.save(1, credentials_of(1))
    child = os.fork() or save_until_call(number)
    number, died = number + 1, os.waitpid(child, 0)[1] != 0
    print(vault.credentials(1).cookie)
"""


def test_a_crash_leaves_the_old_file_or_the_new(path: Path) -> None:
    """Killed at each of a saving's calls of the system in turn: one of both is there, and the next saving works."""
    vault_of(path, 1)
    script = [sys.executable, "-c", CRASH, str(path)]
    found = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    old, new = credentials_of(1).cookie, credentials_of(1, "new").cookie
    assert found == [old] * found.count(old) + [new] * found.count(new)
    assert found.count(old) >= 5
    assert found.count(new) >= 2


@given(st.binary(max_size=300))
def test_any_content_comes_back(content: bytes) -> None:
    """Sealed and opened again, byte for byte."""
    assert opened(sealed(content, HEADER, DERIVED), DERIVED) == content


@given(st.binary(max_size=300))
def test_no_file_is_ever_half_understood(file: bytes) -> None:
    """Whatever the bytes, they are refused with an error of ours."""
    with pytest.raises(VaultError):
        opened(file, DERIVED)
