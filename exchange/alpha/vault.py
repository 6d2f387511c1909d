"""Every account's credentials in one encrypted file, which only its owner may read.

Each change reads the file anew, writes a whole new one beside it and puts that in its place, under a lock that also
holds other processes back: whoever reads, and whatever crashes, finds the old file or the new one.
"""

import fcntl
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from exchange.alpha.sealed_file import (
    Cost,
    Header,
    NoCredentials,
    VaultDamaged,
    VaultError,
    VaultExposed,
    VaultKey,
    VaultMissing,
    VaultUnreadable,
    VaultUnwritable,
    WrongKey,
    derived,
    header_of,
    new_header,
    opened,
    sealed,
)
from exchange.alpha.session import Credentials, renewed
from exchange.private_file import write_private


class SessionTaken(VaultError):
    """The session is another account's already."""


def session_taken(user_id: int, other: int) -> str:
    return f"user {user_id} has the same session as user {other}; log in as its own owner: bin/run credentials add"


T = TypeVar("T")

RENEWAL_WAITS_S: Final = 2.0
"""An account does nothing meanwhile; what is renewed is sent all the same, and saved with the next renewal."""
OWNER_WAITS_S: Final = 30.0
_TRY_AGAIN_S: Final = 0.01


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One account's credentials: when its owner gave them, and when the venue last renewed them (ms, 0: never).

    `login_id` is new each time that the owner gives some, and stays when the venue renews them.
    """

    credentials: Credentials
    login_id: str
    added_at: int
    renewed_at: int = 0


Accounts = dict[int, Kept]


class Vault:
    """An open file of credentials. Any thread, and beside other processes; every method may raise VaultError."""

    def __init__(self, path: Path, header: Header, key: bytes) -> None:
        """Use `open_vault` or `create_vault`."""
        self.path = path
        self._header = header
        self._key = key
        self._writing = threading.Lock()

    def accounts(self) -> Accounts:
        """All that the file holds now, by user id."""
        file = _read(self.path)
        if _told(self.path, header_of, file).salt != self._header.salt:
            raise WrongKey(f"{self.path}: its key was changed meanwhile; start again with the new one")
        return _accounts(self.path, _told(self.path, opened, file, self._key))

    def users(self) -> tuple[int, ...]:
        """Who it holds credentials of, ascending."""
        return tuple(sorted(self.accounts()))

    def credentials(self, user_id: int) -> Credentials:
        """Raises NoCredentials when it holds none of this account."""
        return self.kept(user_id).credentials

    def kept(self, user_id: int) -> Kept:
        """The same, with what is known about them."""
        return _kept(self.path, self.accounts(), user_id)

    def twins(self) -> dict[int, int]:
        """Accounts whose session is another's, and the lowest account that has it: one session is one account.

        By the `csrftoken`, which most renewals leave as it is; where it is renewed, an older copy is not recognised.
        """
        first: dict[str, int] = {}
        owner = {
            user: first.setdefault(kept.credentials.csrf_token, user) for user, kept in sorted(self.accounts().items())
        }
        return {user: other for user, other in owner.items() if other != user}

    def save(self, user_id: int, credentials: Credentials) -> None:
        """What the account's owner gave; in place of any others. Raises SessionTaken where another account has it."""
        now = time.time_ns() // 1_000_000
        with self._changing() as accounts:
            taken = [one for one, kept in accounts.items() if one != user_id and _same(kept, credentials)]
            if taken:
                raise SessionTaken(session_taken(user_id, taken[0]))
            accounts[user_id] = Kept(credentials=credentials, login_id=os.urandom(8).hex(), added_at=now)

    def keep(self, user_id: int, cookies: Mapping[str, str], login_id: str) -> None:
        """Cookies that the venue renewed of that login, besides those that the file holds by now.

        Changes nothing where its owner has replaced or removed it meanwhile. Waits at most 2 s for other processes.
        """
        with self._changing(RENEWAL_WAITS_S) as accounts:
            kept = accounts.get(user_id)
            if kept is not None and kept.login_id == login_id:
                now = time.time_ns() // 1_000_000
                accounts[user_id] = replace(kept, credentials=renewed(kept.credentials, cookies), renewed_at=now)

    def remove(self, user_id: int) -> None:
        """Raises NoCredentials when it holds none of this account."""
        with self._changing() as accounts:
            if user_id not in accounts:
                raise NoCredentials(f"{self.path} holds no credentials of user {user_id}: there is nothing to remove")
            del accounts[user_id]

    def rotate(self, key: VaultKey, keyring_entry: str | None = None) -> None:
        """Encrypt the file with another key from now on."""
        header = new_header(keyring_entry, self._header.cost)
        fresh = derived(key, header)
        with _locked(self.path, self._writing):
            _write(self.path, sealed(msgspec.json.encode(self.accounts()), header, fresh))
            self._header, self._key = header, fresh

    @contextmanager
    def _changing(self, patience_s: float = OWNER_WAITS_S) -> Iterator[Accounts]:
        """The accounts, to be changed; they are written if the block ends well and has changed something."""
        with _locked(self.path, self._writing, patience_s):
            accounts = self.accounts()
            before = dict(accounts)
            yield accounts
            if accounts != before:
                _write(self.path, sealed(msgspec.json.encode(accounts), self._header, self._key))


def _same(kept: Kept, credentials: Credentials) -> bool:
    return kept.credentials.csrf_token == credentials.csrf_token


def open_vault(path: Path, key: VaultKey) -> Vault:
    """Makes the key, which takes some 0.3 s, and reads the file once to see that it fits. Raises VaultError."""
    path = path.resolve()
    header = vault_header(path)
    vault = Vault(path, header, derived(key, header))
    vault.accounts()
    return vault


def create_vault(path: Path, key: VaultKey, *, keyring_entry: str | None = None, cost: Cost | None = None) -> Vault:
    """A new, empty file. Raises VaultUnwritable, also where there is one already."""
    path = path.resolve()
    header = new_header(keyring_entry, cost)
    vault = Vault(path, header, derived(key, header))
    with _locked(path, threading.Lock()):
        if path.exists():
            raise VaultUnwritable(f"{path} is there already")
        _write(path, sealed(msgspec.json.encode({}), header, vault._key))  # noqa: SLF001 - made here
    return vault


def vault_header(path: Path) -> Header:
    """What can be known of a file without its key. Raises VaultError."""
    return _told(path, header_of, _read(path))


def _kept(path: Path, accounts: Accounts, user_id: int) -> Kept:
    if user_id not in accounts:
        raise NoCredentials(
            f"{path} holds no credentials of user {user_id}; run: bin/run credentials add --user {user_id}"
        )
    return accounts[user_id]


def _accounts(path: Path, content: bytes) -> Accounts:
    try:
        return msgspec.json.decode(content, type=Accounts)
    except msgspec.DecodeError:
        raise VaultDamaged(f"{path}: what it holds is none of ours; restore an older copy") from None


def _told(path: Path, read: Callable[..., T], *content: bytes) -> T:
    """The same, with the file's name in what goes wrong."""
    try:
        return read(*content)
    except VaultError as error:
        raise type(error)(f"{path}: {error}") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise VaultExposed(f"{path} is open to others than its owner; run: chmod 600 {path}")
            return file.read()
    except FileNotFoundError:
        raise VaultMissing(f"{path} is not there; run: bin/run credentials add --user N") from None
    except OSError as error:
        raise VaultUnreadable(f"{path} cannot be read: {error.strerror}") from None


@contextmanager
def _locked(path: Path, threads: threading.Lock, patience_s: float = OWNER_WAITS_S) -> Iterator[None]:
    """Held by one of our threads and one process at a time; the kernel lets go of it however the process ends."""
    until = time.monotonic() + patience_s
    if not threads.acquire(timeout=patience_s):
        raise _busy(path)
    try:
        with _alone(path, until):
            yield
    finally:
        threads.release()


@contextmanager
def _alone(path: Path, until: float) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        while not _taken(lock):
            if time.monotonic() > until:
                raise _busy(path)
            time.sleep(_TRY_AGAIN_S)
        yield
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy(path: Path) -> VaultUnwritable:
    return VaultUnwritable(f"{path} cannot be written: another process holds {path.name}.lock; see what it is doing")


def _write(path: Path, content: bytes) -> None:
    try:
        write_private(path, content)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> VaultUnwritable:
    return VaultUnwritable(f"{path} cannot be written: {error.strerror}; what it held before is still there")
