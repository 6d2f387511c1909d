"""What the owner of an account must have read before it trades on the real venue, and who has said so.

The text is docs/live-terms.md. An acknowledgement holds the SHA-256 of what was shown, so a text that is changed later
must be acknowledged anew.
"""

import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from bin.paths import ROOT
from config.origins import Loaded
from config.problems import ConfigError, Place, Problem
from config.schema import AlphaVenueSettings
from events.values import Acknowledgement, Operator
from exchange.private_file import write_private

TERMS_FILE: Final = ROOT / "docs" / "live-terms.md"
USUAL_NAME: Final = "acknowledgements.json"
SHOWN_DIGITS: Final = 16
"""Of a hash, for people; enough to name the text that was read."""


class Terms(NamedTuple):
    """The text as it is now, and its SHA-256 (64 hex digits)."""

    text: str
    sha256: str


class AcknowledgementsUnusable(Exception):
    """The file cannot be read or written; the message says which, why and how to mend it."""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal["otomat.acknowledgements"] = "otomat.acknowledgements"
    version: Literal[1] = 1
    entries: tuple[Acknowledgement, ...] = ()


def terms() -> Terms:
    content = TERMS_FILE.read_bytes()
    return Terms(content.decode(), hashlib.sha256(content).hexdigest())


def acknowledgements(file: Path) -> tuple[Acknowledgement, ...]:
    """All that were ever given, oldest first; none where there is no file yet. Raises AcknowledgementsUnusable."""
    try:
        mode = file.stat().st_mode
        if not stat.S_ISREG(mode):
            raise AcknowledgementsUnusable(f"{file} is not a plain file; remove it and acknowledge again")
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise AcknowledgementsUnusable(f"{file} can be written by others than its owner; run: chmod 600 {file}")
        return msgspec.json.decode(file.read_bytes(), type=_File).entries
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise AcknowledgementsUnusable(f"{file} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AcknowledgementsUnusable(f"{file} is damaged ({error}); remove it and acknowledge again") from None


def acknowledge(file: Path, user_id: int, by: Operator, sha256: str) -> Acknowledgement:
    """Note that the text with this hash is accepted for the account. Raises AcknowledgementsUnusable."""
    given = Acknowledgement(user_id=user_id, by=by, at=time.time_ns() // 1_000_000, sha256=sha256)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(file):
            entries = (*acknowledgements(file), given)
            write_private(file, msgspec.json.format(msgspec.json.encode(_File(entries=entries))) + b"\n")
    except OSError as error:
        raise AcknowledgementsUnusable(f"{file} cannot be written: {error.strerror}") from None
    return given


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    """Who writes a file that another has just read would lose what that one notes. The kernel lets go of the lock."""
    lock = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def valid(entries: Iterable[Acknowledgement], user_id: int, sha256: str) -> Acknowledgement | None:
    """The account's newest acknowledgement of the text with this hash."""
    fitting = [one for one in entries if (one.user_id, one.sha256) == (user_id, sha256)]
    return fitting[-1] if fitting else None


def acknowledged(loaded: Loaded, data_dir: Path) -> tuple[Acknowledgement, ...]:
    """One for each account of the settings, by account; none on the paper venue. Contacts nobody.

    Raises ConfigError with every account that is without one, AcknowledgementsUnusable.
    """
    venue = loaded.settings.venue
    if not isinstance(venue, AlphaVenueSettings):
        return ()
    file, now = file_of(venue, data_dir), terms()
    entries = acknowledgements(file)
    users = {user: spec.strategy_id for spec in loaded.settings.strategies for user in reversed(spec.user_ids)}
    given = {user: valid(entries, user, now.sha256) for user in sorted(users)}
    missing = [_missing(loaded, file, user, users[user], entries) for user, one in given.items() if one is None]
    if missing:
        raise ConfigError(missing)
    return tuple(one for one in given.values() if one is not None)


def file_of(venue: AlphaVenueSettings, data_dir: Path) -> Path:
    """Where the acknowledgements of a run are."""
    return Path(venue.acknowledgements_file) if venue.acknowledgements_file else data_dir / USUAL_NAME


def _missing(loaded: Loaded, file: Path, user: int, strategy_id: str, entries: Iterable[Acknowledgement]) -> Problem:
    origin = loaded.origins.get(f"{strategy_id}.user_ids")
    older = any(one.user_id == user for one in entries)
    what = "only an older text of docs/live-terms.md is acknowledged" if older else "live trading is not acknowledged"
    return Problem(
        origin.place if origin else Place(f"strategy {strategy_id}"),
        origin.key_path if origin else "user_ids",
        f"user {user}, for whom {what} in {file}",
        f"only accounts whose owner has read it: bin/run live acknowledge --user {user} --file {file}",
    )
