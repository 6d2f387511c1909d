"""Files of their own for what was known at an earlier position. The same position gives the same bytes.

SQLite writes pages as they come; written anew in one go, rows lie in the order of their keys, and the counters of the
file's header start afresh.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from events.recorder import read_only_uri
from events.seals import NOTHING, Row, seal_of
from events.segments import SegmentReader, as_stored, commits_of, segments_in

SELECT = (
    "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
)
INSERT = "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?, ?)"

Commit = tuple[int, int, bytes]
"""The positions of its first and last event, and its seal."""


def copy_log(log: Path, target: Path, position: int) -> None:
    """The events up to a position with their seals, archived ones included, as they are stored, to a new file. Another
    process may be writing the log.

    Where a commit goes on after the position, what is copied of it gets a seal of its own; not where the commit is
    something else than what was sealed, so that whoever verifies the copy finds that, too.

    Raises sqlite3.Error, SegmentUnreadable.
    """
    with closing(_Log(log)) as source, closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("BEGIN")
        for schema in source.schemas():
            db.execute(schema)
        db.executemany(INSERT, source.rows(1, position))
        if source.is_sealed:
            seals = _seals_until(source, position)
            db.executemany("INSERT INTO seals (first, last, seal) VALUES (?, ?, ?)", seals)
        db.execute("COMMIT")


class _Log:
    """A log as it is when this is made."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(read_only_uri(path), uri=True, isolation_level=None)
        self._db.execute("BEGIN")
        self._reader = SegmentReader(path)
        self._segments = segments_in(self._db.cursor())
        self.is_sealed = len(self.schemas()) > 1

    def schemas(self) -> list[str]:
        wanted = "SELECT sql FROM sqlite_schema WHERE name IN ('stored_events', 'seals')"
        return [schema for (schema,) in self._db.execute(wanted)]

    def rows(self, first: int, last: int) -> Iterator[Row]:
        for segment in self._segments:
            if segment.first <= last and segment.last >= first:
                events = self._reader.every(segment)
                yield from (as_stored(event) for event in events if first <= event.position <= last)
        yield from self._db.execute(SELECT, (first, last))

    def commits(self) -> Iterator[Commit]:
        for segment in self._segments:
            for commit in commits_of(self._reader.every(segment)):
                yield commit[0].position, commit[-1].position, bytes.fromhex(commit[-1].seal)
        yield from self._db.execute("SELECT first, last, seal FROM seals ORDER BY last")

    def close(self) -> None:
        self._db.close()


def _seals_until(source: _Log, position: int) -> Iterator[Commit]:
    before = NOTHING
    for first, last, seal in source.commits():
        if last > position:
            if first <= position and _seal(source, before, first, last) == seal:
                yield first, position, seal_of(before, first, position, source.rows(first, position))
            return
        yield first, last, seal
        before = seal


def _seal(source: _Log, before: bytes, first: int, last: int) -> bytes | None:
    """What a commit's seal must be; None where it holds what no journal writes."""
    try:
        return seal_of(before, first, last, source.rows(first, last))
    except (TypeError, ValueError):
        return None


def copy_views(views: sqlite3.Connection, target: Path) -> None:
    """Everything of a views file to a new one, in which asking changes nothing. Raises sqlite3.Error."""
    views.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = WAL")  # whoever asks would set it
