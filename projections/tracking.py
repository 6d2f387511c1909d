"""What is written beside the views: how far each one is, which code folded it, and why it stopped where it did."""

import sqlite3
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

LAYOUT = 3
"""Of the tracking table. Views of another layout are folded again."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tracking (
    view TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    tables TEXT NOT NULL,
    position INTEGER NOT NULL,
    unknown_events INTEGER NOT NULL,
    stopped_at INTEGER,
    stopped_by TEXT,
    error TEXT,
    rebuilt TEXT NOT NULL
) WITHOUT ROWID
"""


class Tracked(msgspec.Struct, frozen=True):
    """One view. `position` is that of the last event that it has taken in; `tables` are its tables, space between them.

    A view that could not take in an event has its position in `stopped_at`, its stored name in `stopped_by`, and why
    in `error`; all three are None otherwise. `unknown_events` were skipped, since this version does not know them.
    `rebuilt` names the rebuild that made the tables, and is empty where none did: what others keep of their rows in
    memory is worth nothing once it changes.
    """

    view: str
    fingerprint: str
    tables: str
    position: int
    unknown_events: int
    stopped_at: int | None = None
    stopped_by: str | None = None
    error: str | None = None
    rebuilt: str = ""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tracking table where there is none, anew in a file of another layout. Inside the caller's transaction.

    What else is in the file stays: not all of it belongs to views.
    """
    is_there = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'tracking'").fetchone()
    if is_there and db.execute("PRAGMA user_version").fetchone()[0] == LAYOUT:
        return
    db.execute("DROP TABLE IF EXISTS tracking")
    db.execute(_SCHEMA)
    db.execute(f"PRAGMA user_version = {LAYOUT}")


def read(db: sqlite3.Connection) -> dict[str, Tracked]:
    """Every view of the file by name. Raises sqlite3.Error where the file holds no views."""
    return {row[0]: Tracked(*row) for row in db.execute("SELECT * FROM tracking ORDER BY view")}


def write(db: sqlite3.Connection, *tracked: Tracked) -> None:
    """Put these in place of what was there under their names."""
    rows = [msgspec.structs.astuple(one) for one in tracked]
    db.executemany("INSERT OR REPLACE INTO tracking VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def advance(db: sqlite3.Connection, before: Sequence[Tracked], now: Sequence[Tracked]) -> None:
    """Put `now` in place of `before`, view by view; with one statement for those that only moved on, mostly all."""
    position = max((one.position for one in now), default=0)
    moved = [one.view for then, one in zip(before, now, strict=True) if one == replace(then, position=position)]
    if moved:
        places = ", ".join("?" * len(moved))
        db.execute(f"UPDATE tracking SET position = ? WHERE view IN ({places})", (position, *moved))  # noqa: S608
    rest = [one for one in now if one.view not in moved]
    if rest:
        write(db, *rest)


def version(db: sqlite3.Connection) -> tuple[int, int]:
    """Equal as long as nobody has written the file: neither another connection (first) nor this one (second)."""
    (others,) = db.execute("PRAGMA data_version").fetchone()
    return others, db.total_changes


def remove(db: sqlite3.Connection, tracked: Tracked) -> None:
    """Drop the view with its tables."""
    for table in tracked.tables.split():
        db.execute(f'DROP TABLE IF EXISTS "{table}"')
    db.execute("DELETE FROM tracking WHERE view = ?", (tracked.view,))
