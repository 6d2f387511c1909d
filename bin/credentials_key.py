"""Where the key to the credentials comes from, for people and for services. No option takes it: those are seen by all.

In this order: the file descriptor of `--key-fd`, the variable OTOMAT_PASSPHRASE, the operating system's keyring where
the file says that its key is there, and the terminal, which does not show what is typed.
"""

import getpass
import os
import resource
import secrets
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from bin import environment
from exchange.alpha.sealed_file import VaultKey
from exchange.alpha.vault import vault_header

VARIABLE: Final = environment.KEY
NEW_VARIABLE: Final = environment.NEW_KEY
SHORTEST: Final = 12
"""Characters of a new passphrase."""
SERVICE: Final = "otomat"
"""What our entries in the keyring are filed under."""

KeyFd = Annotated[
    int | None,
    typer.Option("--key-fd", metavar="N", help="Read the passphrase from this open file descriptor, as 3 in 3<FILE."),
]


class KeyUnavailable(Exception):
    """There is no key, or none that may be used; the message says where it was looked for."""


class NewKey(NamedTuple):
    """A key that nothing is encrypted with yet, and its entry in the keyring where it was put there."""

    key: VaultKey
    keyring_entry: str | None = None


def vault_key(path: Path, key_fd: int | None = None) -> VaultKey:
    """The key of the credentials in the file `path`. Raises KeyUnavailable, VaultError.

    The variable is taken out of the environment (what the system shows of this process at its start keeps it), and a
    crash of this process writes no memory to a disk from here on.
    """
    keep_memory_off_disks()
    entry = vault_header(path).keyring_entry
    given = _given(key_fd, VARIABLE)
    if given is None and entry is not None:
        return VaultKey(_from_keyring(entry))
    return VaultKey(given if given is not None else _typed(f"Passphrase of {path}: "))


def new_key(*, key_fd: int | None, variable: str, in_keyring: bool) -> NewKey:
    """A key for what is encrypted from now on: made and put into the keyring, or given, or typed twice.

    Raises KeyUnavailable, also for one that is too short.
    """
    keep_memory_off_disks()
    if in_keyring:
        return _made_in_keyring()
    given = _given(key_fd, variable)
    text = given if given is not None else _typed_twice(variable)
    if len(text) < SHORTEST:
        raise KeyUnavailable(f"the passphrase is too short: it must have {SHORTEST} characters or more")
    return NewKey(VaultKey(text))


def forget(keyring_entry: str | None) -> None:
    """Remove a key from the keyring; one that is not there any more is gone already."""
    import keyring  # noqa: PLC0415 - slow, and not needed for most keys
    from keyring.errors import KeyringError  # noqa: PLC0415

    if keyring_entry is not None:
        try:
            keyring.delete_password(SERVICE, keyring_entry)
        except KeyringError:
            return  # it opens nothing any more


def keep_memory_off_disks() -> None:
    """From here on a crash leaves no core file of this process, nor of its children: secrets would be in it.

    A limit of 0 keeps no core from a program that collects them (`core_pattern` with a pipe), a limit of 1 byte does;
    it is too little for a file, too.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    least = 0 if hard == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (least, least))


def _given(key_fd: int | None, variable: str) -> str | None:
    from_environment = os.environ.pop(variable, None)
    if key_fd is None:
        return from_environment
    try:
        with os.fdopen(key_fd, encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, ValueError):
        raise KeyUnavailable(f"--key-fd {key_fd}: no text can be read from that file descriptor") from None


def _from_keyring(entry: str) -> str:
    import keyring  # noqa: PLC0415 - slow, and not needed for most keys
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        text = keyring.get_password(SERVICE, entry)
    except KeyringError as error:
        raise KeyUnavailable(f"the keyring does not answer: {type(error).__name__}; unlock it") from None
    if text is None:
        raise KeyUnavailable(f"the keyring has no entry {entry} of {SERVICE}; use the account that made the file")
    return text


def _made_in_keyring() -> NewKey:
    import keyring  # noqa: PLC0415 - slow, and not needed for most keys
    from keyring.errors import KeyringError  # noqa: PLC0415

    made = NewKey(VaultKey(secrets.token_urlsafe(32)), f"credentials-{secrets.token_hex(8)}")
    try:
        keyring.set_password(SERVICE, str(made.keyring_entry), made.key.text)
    except KeyringError as error:
        raise KeyUnavailable(
            f"the keyring takes no key: {type(error).__name__}; unlock it, or leave out --keyring and use a passphrase"
        ) from None
    return made


def _typed(question: str) -> str:
    if not _has_terminal():
        raise KeyUnavailable(f"no key: there is no terminal to ask at; set {VARIABLE} or give --key-fd N")
    return getpass.getpass(question)


def _typed_twice(variable: str) -> str:
    if not _has_terminal():
        raise KeyUnavailable(f"no key: there is no terminal to ask at; set {variable}, or give a file descriptor")
    first = getpass.getpass("New passphrase: ")
    if getpass.getpass("The same again: ") != first:
        raise KeyUnavailable("the two passphrases differ; nothing was changed")
    return first


def _has_terminal() -> bool:
    """Whether there is one to ask at, whatever standard input is: `getpass` goes past it."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True
