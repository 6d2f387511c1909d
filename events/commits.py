"""How a commit's events and its seal get into the event store's file: all or nothing."""

import sqlite3
from collections.abc import Sequence

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteCursor

from events.seals import NOTHING, Head, Row, seal_of

ROWS_PER_STATEMENT = 128
INSERT_EVENTS = "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?,?,?,?,?)"
INSERT_SEAL = "INSERT INTO seals (first, last, seal) VALUES (?,?,?)"
SELECT_HEAD = "SELECT (SELECT MAX(rowid) FROM stored_events), (SELECT seal FROM seals ORDER BY last DESC LIMIT 1)"


def head_of(c: SQLiteCursor) -> Head:
    """Where the log ends, whoever wrote it, and its last seal."""
    c.execute(SELECT_HEAD)
    position, seal = c.fetchone()
    return Head(position or 0, NOTHING if seal is None else seal)


def _rows(before: Head, events: Sequence[StoredEvent]) -> list[Row]:
    return [
        (position, str(one.originator_id), one.originator_version, one.topic, one.state)
        for position, one in enumerate(events, before.position + 1)
    ]


def _sealed(before: Head, rows: Sequence[Row]) -> Head:
    first, last = rows[0][0], rows[-1][0]
    return Head(last, seal_of(before.seal, first, last, rows))


def commit_in_steps(c: SQLiteCursor, before: Head, events: Sequence[StoredEvent]) -> Head:
    """Store the events after `before` and their seal, in the caller's transaction. Returns the head they lead to."""
    rows = _rows(before, events)
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        chunk = rows[start : start + ROWS_PER_STATEMENT]
        c.execute(INSERT_EVENTS + ",(?,?,?,?,?)" * (len(chunk) - 1), [value for row in chunk for value in row])
    head = _sealed(before, rows)
    c.execute(INSERT_SEAL, (rows[0][0], *head))
    return head


def commit_at_once(c: SQLiteCursor, before: Head, events: Sequence[StoredEvent]) -> Head:
    """The same with one statement, which is a transaction by itself."""
    rows = _rows(before, events)
    head = _sealed(before, rows)
    values = [rows[0][0], head.seal, *[value for row in rows for value in row[1:]]]
    statement = f"INSERT INTO commit_of_{len(rows)} VALUES (?,?{',?,?,?,?' * len(rows)})"  # noqa: S608
    try:
        c.execute(statement, values)
    except sqlite3.OperationalError as error:
        if "no such table: commit_of" not in str(error):
            raise
        for definition in _commit_of(len(rows)):
            c.execute(definition)
        c.execute(statement, values)
    return head


def _commit_of(rows: int) -> tuple[str, str]:
    """A view that stores nothing itself: what is inserted into it goes into the two tables, with one statement.

    Its one row is the whole commit. A row for each event in a view of a few columns would be copied once more.
    """
    each = range(rows)
    columns = ", ".join(f"NULL AS stream{n}, NULL AS version{n}, NULL AS topic{n}, NULL AS state{n}" for n in each)
    events = ",".join(f"(NEW.first+{n}, NEW.stream{n}, NEW.version{n}, NEW.topic{n}, NEW.state{n})" for n in each)
    view = f"CREATE TEMP VIEW commit_of_{rows} AS SELECT NULL AS first, NULL AS seal, {columns}"
    trigger = (
        f"CREATE TEMP TRIGGER store_commit_of_{rows} INSTEAD OF INSERT ON commit_of_{rows} BEGIN"  # noqa: S608
        f" INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES {events};"
        f" INSERT INTO seals (first, last, seal) VALUES (NEW.first, NEW.first+{rows - 1}, NEW.seal); END"
    )
    return view, trigger
