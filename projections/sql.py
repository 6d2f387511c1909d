"""Free questions: SQL that only reads, over all views and over the events themselves."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from events.recorder import read_only_uri
from projections.answers import exact_order
from projections.figures import utc
from projections.views.amounts import ZERO, plus
from projections.views.table import Column

EVENT_COLUMNS = (
    Column("position", "INTEGER", nullable=False, words="place in the log, from 1"),
    Column("stream", "TEXT", nullable=False, words="who wrote it: user-1, orders-1, system"),
    Column("version", "INTEGER", nullable=False, words="place in its stream, from 1"),
    Column("topic", "TEXT", nullable=False, words="its stored name"),
    Column("at", "INTEGER", nullable=False, words="when it was decided, ms since the epoch (UTC)"),
    Column("state", "TEXT", nullable=False, words="meta and data as JSON: json_extract(state, '$.data.user_id')"),
)
"""The table `events` that free questions find beside the views."""

FUNCTIONS = (
    ("exact_sum(column)", "aggregate: the exact sum of amounts, NULL of none"),
    ("exact_add(a, b)", "two amounts added, exactly"),
    ("utc(ms)", "a time as 2026-11-21 10:00:00.000"),
    ("ORDER BY column COLLATE exact", "amounts in the order of their value"),
)

_EVENTS = """
CREATE TEMP VIEW events AS SELECT rowid AS position, originator_id AS stream, originator_version AS version, topic,
    json_extract(CAST(state AS TEXT), '$.meta.ts_init') AS at, CAST(state AS TEXT) AS state
FROM log.stored_events WHERE rowid <= {upto}
"""

_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_NO_QUESTIONS = frozenset({"load_extension", "fts3_tokenizer"})
"""Functions that reach beyond the data."""
_STEPS_BETWEEN_SIGNALS = 100_000


class _Sum:
    def __init__(self) -> None:
        self.total: str | None = None

    def step(self, value: object) -> None:
        if value is not None:
            self.total = plus(self.total or ZERO, str(value))

    def finalize(self) -> str | None:
        return self.total


def add_functions(db: sqlite3.Connection) -> None:
    """Give `db` what amounts need, for SQLite itself would take them for floats."""
    db.create_collation("exact", exact_order)
    db.create_function("exact_add", 2, plus, deterministic=True)
    db.create_function("utc", 1, lambda ms: None if ms is None else utc(ms), deterministic=True)
    db.create_aggregate("exact_sum", 1, _Sum)  # type: ignore[arg-type]


@contextmanager
def free_questions(db: sqlite3.Connection, events: Path, upto: int) -> Iterator[None]:
    """Let `db` be asked anything and changed by nothing; its table `events` ends at position `upto`.

    The connection is of no other use afterwards. Raises sqlite3.Error when the log's file cannot be read.
    """
    db.execute("ATTACH ? AS log", (read_only_uri(events),))
    db.execute(_EVENTS.format(upto=int(upto)))
    db.execute("PRAGMA query_only = ON")
    # While SQLite works, nobody hears Ctrl-C; it asks here whether to go on.
    db.set_progress_handler(lambda: 0, _STEPS_BETWEEN_SIGNALS)
    db.set_authorizer(_only_reads)
    yield


def _only_reads(action: int, _first: str | None, name: str | None, *_: str | None) -> int:
    allowed = action in _READING and not (action == sqlite3.SQLITE_FUNCTION and name in _NO_QUESTIONS)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
