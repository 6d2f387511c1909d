"""Reading an event store's file of which some pages may be torn or missing: row by row, as far as it goes.

Whoever steps through many rows at once loses the row before one that cannot be read, and SQLite touches the next page
to see whether it still belongs to what was asked. So here each commit is asked for by itself, and nothing beyond it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress

from events.seals import seal_of

FILE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What reading raises. The second is Python's, of an error message that quotes a damaged file."""
SELECT_NEWEST = ("SELECT MAX(rowid) FROM stored_events", "SELECT MAX(last) FROM seals")
SELECT_NEXT_SEAL = "SELECT first, last, seal FROM seals WHERE last > ? ORDER BY last LIMIT 1"
SELECT_SEAL_BEFORE = "SELECT first, last, seal FROM seals WHERE last < ? ORDER BY last DESC LIMIT 1"
SELECT_COMMIT = (
    "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE rowid >= ? ORDER BY rowid LIMIT ?"
)
BEYOND_ALL = 2**63 - 1

Seal = tuple[int, int, bytes]
"""A row of the seals: first and last position of a commit, and its seal."""


def is_torn(error: Exception) -> bool:
    """Whether what is in the file stopped the reading. Texts that are no UTF-8 have no code of SQLite's."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF == sqlite3.SQLITE_CORRUPT


def newest_named(db: sqlite3.Connection) -> int:
    """The highest position that events or seals name, as far as their newest rows can be read; else 0."""
    named = [0]
    for question in SELECT_NEWEST:
        with suppress(*FILE_ERRORS):
            named.append(db.execute(question).fetchone()[0] or 0)
    return max(named)


def seals_upwards(db: sqlite3.Connection, after: int) -> Iterator[Seal]:
    """The seals of commits that end after a position, up to the first that cannot be read."""
    with suppress(*FILE_ERRORS):
        while (seal := db.execute(SELECT_NEXT_SEAL, (after,)).fetchone()) is not None and seal[1] > after:
            yield seal
            after = seal[1]


def seals_downwards(db: sqlite3.Connection, after: int) -> Iterator[Seal]:
    """The same from the newest on."""
    before = BEYOND_ALL
    with suppress(*FILE_ERRORS):
        while (seal := db.execute(SELECT_SEAL_BEFORE, (before,)).fetchone()) is not None and after < seal[1] < before:
            yield seal
            before = seal[1]


def is_sound(db: sqlite3.Connection, commit: Seal, before: bytes) -> bool:
    """Whether a commit is as it was sealed, after the one with the seal `before`."""
    first, last, seal = commit
    try:
        return (
            first <= last and seal_of(before, first, last, db.execute(SELECT_COMMIT, (first, last - first + 1))) == seal
        )
    except (*FILE_ERRORS, TypeError, ValueError):
        return False
