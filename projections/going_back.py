"""Files of their own for what was known at an earlier position. The same position gives the same bytes.

SQLite writes pages as they come; written anew in one go, rows lie in the order of their keys, and the counters of the
file's header start afresh.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from events.recorder import read_only_uri
from events.seals import NOTHING, seal_of

EVENT = "rowid, originator_id, originator_version, topic, state"
UNTIL = "WHERE rowid <= ? ORDER BY rowid"


def copy_log(log: Path, target: Path, position: int) -> None:
    """The events up to a position with their seals, as they are stored, to a new file. Another process may be writing
    the log.

    Where a commit goes on after the position, what is copied of it gets a seal of its own. Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(target.resolve().as_uri(), uri=True, isolation_level=None)) as db:
        db.execute("ATTACH ? AS log", (read_only_uri(log),))
        schemas = db.execute("SELECT sql FROM log.sqlite_schema WHERE name IN ('stored_events', 'seals')").fetchall()
        db.execute("BEGIN")
        for (schema,) in schemas:
            db.execute(schema)
        db.execute(f"INSERT INTO stored_events ({EVENT}) SELECT {EVENT} FROM log.stored_events {UNTIL}", (position,))  # noqa: S608 - names of ours
        if len(schemas) > 1:
            db.execute("INSERT INTO seals SELECT * FROM log.seals WHERE last <= ? ORDER BY last", (position,))
            _seal_rest(db, position)
        db.execute("COMMIT")


def _seal_rest(db: sqlite3.Connection, position: int) -> None:
    """Of a commit that is not what was sealed nothing is sealed, so that whoever verifies the copy finds that, too."""
    commit = "SELECT first, last, seal FROM log.seals WHERE first <= ? AND last > ?"
    first, last, seal = db.execute(commit, (position, position)).fetchone() or (0, 0, b"")
    if first:
        newest = db.execute("SELECT seal FROM seals ORDER BY last DESC LIMIT 1").fetchone()
        before = newest[0] if newest else NOTHING
        if _seal(db, before, first, last) == seal:
            row = (first, position, _seal(db, before, first, position))
            db.execute("INSERT INTO seals (first, last, seal) VALUES (?, ?, ?)", row)


def _seal(db: sqlite3.Connection, before: bytes, first: int, last: int) -> bytes | None:
    """What a commit's seal must be; None where it holds what no journal writes."""
    query = f"SELECT {EVENT} FROM log.stored_events WHERE rowid BETWEEN ? AND ? ORDER BY rowid"  # noqa: S608
    try:
        return seal_of(before, first, last, db.execute(query, (first, last)))
    except (TypeError, ValueError):
        return None


def copy_views(views: sqlite3.Connection, target: Path) -> None:
    """Everything of a views file to a new one, in which asking changes nothing. Raises sqlite3.Error."""
    views.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = WAL")  # whoever asks would set it
