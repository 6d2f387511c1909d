"""How a commit's events and its seal get into the event store's file: all or nothing."""

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain

from eventsourcing.sqlite import SQLiteCursor

from events.seals import NOTHING, Head, NewRow, Row, seal_of

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""How many rows there are statements for: one for each number up to 128 would keep 70 MB of prepared statements."""
ROWS_PER_STATEMENT = SIZES[-1]
INSERT_EVENTS = "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?,?,?,?,?)"
INSERT_COMMIT = {
    size: f"INSERT INTO commit_of_{size} VALUES (?,?,?{',?,?,?,?' * size})"  # noqa: S608
    for size in SIZES
}
INSERT_SEAL = "INSERT INTO seals (first, last, seal) VALUES (?,?,?)"
SELECT_HEAD = "SELECT (SELECT MAX(rowid) FROM stored_events), (SELECT seal FROM seals ORDER BY last DESC LIMIT 1)"


def head_of(c: SQLiteCursor) -> Head:
    """Where the log ends, whoever wrote it, and its last seal."""
    c.execute(SELECT_HEAD)
    position, seal = c.fetchone()
    return Head(position or 0, NOTHING if seal is None else seal)


def _placed(before: Head, rows: Sequence[NewRow]) -> list[Row]:
    return [(position, *row) for position, row in enumerate(rows, before.position + 1)]


def _sealed(before: Head, rows: Sequence[Row]) -> Head:
    first, last = rows[0][0], rows[-1][0]
    return Head(last, seal_of(before.seal, first, last, rows))


def commit_in_steps(c: SQLiteCursor, before: Head, rows: Sequence[NewRow]) -> Head:
    """Store the events after `before` and their seal, in the caller's transaction. Returns the head they lead to."""
    placed = _placed(before, rows)
    c.executemany(INSERT_EVENTS, placed)
    head = _sealed(before, placed)
    c.execute(INSERT_SEAL, (before.position + 1, *head))
    return head


def commit_at_once(c: SQLiteCursor, before: Head, rows: Sequence[NewRow]) -> Head:
    """The same with one statement, which is a transaction by itself."""
    head = _sealed(before, _placed(before, rows))
    size = SIZES[bisect_left(SIZES, len(rows))]
    values = [before.position + 1, *head, *chain.from_iterable(rows), *[None] * 4 * (size - len(rows))]
    try:
        c.execute(INSERT_COMMIT[size], values)
    except sqlite3.OperationalError as error:
        if "no such table: commit_of" not in str(error):
            raise
        for definition in _commit_of(size):
            c.execute(definition)
        c.execute(INSERT_COMMIT[size], values)
    return head


def _commit_of(size: int) -> tuple[str, str]:
    """A view that stores nothing itself: what is inserted into it goes into the two tables, with one statement.

    Its one row is the whole commit. A row for each event in a view of a few columns would be copied once more. A commit
    of fewer events leaves the last columns empty.
    """
    each = range(size)
    columns = ", ".join(f"NULL AS stream{n}, NULL AS version{n}, NULL AS topic{n}, NULL AS state{n}" for n in each)
    columns_of = "NEW.first+{0}, NEW.stream{0}, NEW.version{0}, NEW.topic{0}, NEW.state{0}"
    events = " UNION ALL ".join(f"SELECT {columns_of} WHERE NEW.stream{{0}} IS NOT NULL".format(n) for n in each)
    view = f"CREATE TEMP VIEW commit_of_{size} AS SELECT NULL AS first, NULL AS last, NULL AS seal, {columns}"
    trigger = (
        f"CREATE TEMP TRIGGER store_commit_of_{size} INSTEAD OF INSERT ON commit_of_{size} BEGIN"  # noqa: S608
        f" INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) {events};"
        " INSERT INTO seals (first, last, seal) VALUES (NEW.first, NEW.last, NEW.seal); END"
    )
    return view, trigger
