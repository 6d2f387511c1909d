"""A look at the newest commits of a log, as quick for a long log as for a short one.

A power loss, or a disk that lied about it, damages what was written last. Whether all of a log is sound takes
`events.verifying`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from events.seals import NOTHING, seal_of
from events.verifying import FILE_ERRORS, Unreadable, is_torn, opened

TAIL_COMMITS = 8
TAIL_EVENTS = 100
"""Newest events that are looked up by stream and version, too."""
LEAST_BYTES = 512
"""The least that SQLite writes. It takes a shorter file for a new one, and would begin anew in it."""
SELECT_TAIL = "SELECT first, last, seal FROM seals ORDER BY last DESC LIMIT ?"
SELECT_COMMIT = (
    "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
)
SELECT_LOST = (
    "SELECT max(rowid) FROM stored_events AS one WHERE rowid > ? AND rowid IS NOT (SELECT rowid FROM stored_events"
    " WHERE originator_id = one.originator_id AND originator_version = one.originator_version)"
)

Seal = tuple[int, int, bytes]
"""A row of the seals: first and last position of a commit, and its seal."""


def tail_fault(path: Path) -> str | None:
    """What is wrong with the newest commits of the log at `path`; None when they are sound. Raises Unreadable."""
    if 0 < path.stat().st_size < LEAST_BYTES:
        return "hardly anything is left of the file"
    with closing(opened(path)) as db:
        try:
            return _tail_fault(db)
        except FILE_ERRORS as error:
            if is_torn(error):
                return f"the file is torn: {error}"
            raise Unreadable(str(error)) from error


def _tail_fault(db: sqlite3.Connection) -> str | None:
    db.execute("BEGIN")
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "stored_events" not in tables:
        return None  # a new file, or none of ours; whoever opens the log will say so
    head = db.execute("SELECT MAX(rowid) FROM stored_events").fetchone()[0] or 0
    if "seals" not in tables:
        return "the log has no seals" if head else None
    newest: list[Seal] = db.execute(SELECT_TAIL, (TAIL_COMMITS + 1,)).fetchall()
    sealed = newest[0][1] if newest else 0
    if head != sealed:
        return f"the log ends with event {head}, its seals with event {sealed}"
    for (first, last, _), sound in zip(newest, soundness(db, newest), strict=False):
        if not sound:
            return f"events {first} to {last} are not as they were sealed"
    lost = db.execute(SELECT_LOST, (head - TAIL_EVENTS,)).fetchone()[0]
    return None if lost is None else f"event {lost} is not found by its stream and version"


def soundness(db: sqlite3.Connection, newest: list[Seal]) -> Iterator[bool]:
    """Of each commit, newest first, whose seal before is at hand."""
    for (first, last, seal), before in zip(newest, [one[2] for one in newest[1:]], strict=False):
        yield is_sound(db, (first, last, seal), before)
    if newest and newest[-1][0] == 1:
        yield is_sound(db, newest[-1], NOTHING)


def is_sound(db: sqlite3.Connection, commit: Seal, before: bytes) -> bool:
    first, last, seal = commit
    try:
        return seal_of(before, first, last, db.execute(SELECT_COMMIT, (first, last))) == seal
    except (*FILE_ERRORS, TypeError, ValueError):
        return False
