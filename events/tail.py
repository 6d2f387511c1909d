"""A look at the newest commits of a log, as quick for a long log as for a short one.

A power loss, or a disk that lied about it, damages what was written last. Whether all of a log is sound takes
`events.verifying`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from events.seals import NOTHING
from events.torn import FILE_ERRORS, Seal, is_sound, is_torn
from events.verifying import Unreadable, opened, sound_until

TAIL_COMMITS = 300
"""As many as a checkpoint may have brought into the file together, while commits are small."""
TAIL_EVENTS = 300
"""Newest events that are looked up by stream and version, too."""
LEAST_BYTES = 512
"""The least that SQLite writes. It takes a shorter file for a new one, and would begin anew in it."""
SELECT_TAIL = "SELECT first, last, seal FROM seals ORDER BY last DESC LIMIT ?"
COUNT_WHOLE = (
    "SELECT count(*) FROM stored_events WHERE rowid BETWEEN ? AND ? AND typeof(originator_id) = 'text'"
    " AND typeof(originator_version) = 'integer' AND typeof(topic) = 'text' AND typeof(state) IN ('blob', 'text')"
)
SELECT_LOST = (
    "SELECT max(rowid) FROM stored_events AS one WHERE rowid > ? AND rowid IS NOT (SELECT rowid FROM stored_events"
    " WHERE originator_id = one.originator_id AND originator_version = one.originator_version)"
)


class EndFault(NamedTuple):
    """The log is damaged from `position` on, and why that is believed."""

    position: int
    reason: str


def tail_fault(path: Path) -> str | None:
    """What is wrong with the newest commits of the log at `path`; None when they are sound. Raises Unreadable."""
    return _looked_at(path, _tail_fault)


def end_fault(path: Path) -> EndFault | None:
    """What is missing of the newest commits of the log at `path`; None when all is there. Raises Unreadable.

    For whoever only reads: what is found of a torn page may look like a log that is short or empty. Whether the events
    are as they were sealed is not asked, and a log without seals may be read.
    """
    reason = _looked_at(path, _end_fault)
    return None if reason is None else EndFault(sound_until(path) + 1, reason)


def _looked_at(path: Path, look: Callable[[sqlite3.Connection, set[str]], str | None]) -> str | None:
    if 0 < path.stat().st_size < LEAST_BYTES:
        return "hardly anything is left of the file"
    with closing(opened(path)) as db:
        try:
            db.execute("BEGIN")
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            # Else a new file, or none of ours: whoever opens the log will say so.
            return look(db, tables) if "stored_events" in tables else None
        except FILE_ERRORS as error:
            if is_torn(error):
                return f"the file is torn: {error}"
            raise Unreadable(str(error)) from error


def _tail_fault(db: sqlite3.Connection, tables: set[str]) -> str | None:
    head = _head(db)
    if "seals" not in tables:
        return "the log has no seals" if head else None
    newest = _newest(db)
    sealed = newest[0][1] if newest else 0
    if head != sealed:
        return _ends_apart(head, sealed)
    for (first, last, _), sound in zip(newest, soundness(db, newest), strict=False):
        if not sound:
            return f"events {first} to {last} are not as they were sealed"
    lost = db.execute(SELECT_LOST, (head - TAIL_EVENTS,)).fetchone()[0]
    return None if lost is None else f"event {lost} is not found by its stream and version"


def _end_fault(db: sqlite3.Connection, tables: set[str]) -> str | None:
    head, newest = _head(db), _newest(db) if "seals" in tables else []
    if not newest:
        return None
    if not all(0 < (first or 0) <= last for first, last, _ in newest):
        return "its newest seals are torn"
    (_, sealed, _), (first, _, _) = newest[0], newest[-1]
    if head < sealed:
        return _ends_apart(head, sealed)
    missing = sealed - first + 1 - int(db.execute(COUNT_WHOLE, (first, sealed)).fetchone()[0])
    return f"of its events {first} to {sealed}, {missing} cannot be read" if missing else None


def _head(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT MAX(rowid) FROM stored_events").fetchone()[0] or 0)


def _newest(db: sqlite3.Connection) -> list[Seal]:
    return db.execute(SELECT_TAIL, (TAIL_COMMITS + 1,)).fetchall()


def _ends_apart(head: int, sealed: int) -> str:
    return f"the log ends with event {head}, its seals with event {sealed}"


def soundness(db: sqlite3.Connection, newest: list[Seal]) -> Iterator[bool]:
    """Of each commit, newest first, whose seal before is at hand."""
    for (first, last, seal), before in zip(newest, [one[2] for one in newest[1:]], strict=False):
        yield is_sound(db, (first, last, seal), before)
    if newest and newest[-1][0] == 1:
        yield is_sound(db, newest[-1], NOTHING)
