"""Closed days of a log: compressed segments beside it, which are read as if they still stood in its file.

A segment is a Parquet file with the columns of SealedEvent. The log's own file keeps, in its table `segments`, which
positions each holds and the seal that it ends with; the chain of seals goes on from there. It keeps each archived
stream's highest version too, so that nothing is written twice.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
from eventsourcing.persistence import PersistenceError

from events.seals import NOTHING, Head, Row, seal_of

if TYPE_CHECKING:
    import duckdb

DIRECTORY = "archive"
TABLES = (
    "CREATE TABLE IF NOT EXISTS segments (last INTEGER PRIMARY KEY, first INTEGER NOT NULL, name TEXT, seal BLOB)",
    "CREATE TABLE IF NOT EXISTS archived_streams (stream TEXT PRIMARY KEY, version INTEGER NOT NULL)",
)
BLOCK = 5_000
"""Events that are read at once; the last block stays in memory for the next page."""
_ROWS_AT_ONCE = 1_000


class SealedEvent(msgspec.Struct, frozen=True):
    """An event as it is stored. `state` is its JSON text, unchanged; `seal` that of the commit which it ends, in hex,
    empty where its commit goes on.
    """

    position: int
    stream: str
    version: int
    topic: str
    state: str
    seal: str = ""


class Segment(NamedTuple):
    """The events `first` to `last` are in the file `name`, and `seal` is the last of them."""

    first: int
    last: int
    name: str
    seal: bytes


class SegmentUnreadable(PersistenceError):
    """A segment is missing, or is no segment. The message names it."""


class NotSealed(Exception):
    """A segment's events are not as they were sealed; `position` is the first that may be wrong."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position


class Cursor(Protocol):
    """SQLite's, or the event store library's."""

    def execute(self, statement: str, /) -> object: ...

    def fetchall(self) -> list[Any]: ...


def segments_in(cursor: Cursor) -> tuple[Segment, ...]:
    """The segments of the log, oldest first; none for a log of which nothing was archived."""
    cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'segments'")
    if not cursor.fetchall():
        return ()
    cursor.execute("SELECT first, last, name, seal FROM segments ORDER BY last")
    return tuple(Segment(*row) for row in cursor.fetchall())


class SegmentReader:
    """Reads the segments beside the log at `log`. Any thread, one at a time. Raises SegmentUnreadable."""

    def __init__(self, log: Path) -> None:
        self._directory = log.parent / DIRECTORY
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._lock = Lock()
        self._block: tuple[int, list[SealedEvent]] = (0, [])

    def every(self, segment: Segment) -> Iterator[SealedEvent]:
        """All events of a segment, in order."""
        with self._lock:
            cursor = self._asked("SELECT * FROM read_parquet($file) ORDER BY position", segment)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from (SealedEvent(*row) for row in rows)

    def after(self, segment: Segment, position: int, limit: int) -> Sequence[SealedEvent]:
        """At most `limit` events of the segment behind `position`."""
        with self._lock:
            first, block = self._block
            if not first <= position + 1 < first + len(block):
                question = "SELECT * FROM read_parquet($file) WHERE position BETWEEN $first AND $last ORDER BY position"
                rows = self._asked(question, segment, first=position + 1, last=position + BLOCK).fetchall()
                first, block = position + 1, [SealedEvent(*row) for row in rows]
                self._block = first, block
            start = position + 1 - first
            return block[start : start + limit]

    def of_stream(self, segment: Segment, stream: str, after: int, limit: int) -> Sequence[SealedEvent]:
        """At most `limit` events of the stream behind version `after`, in order."""
        question = (
            "SELECT * FROM read_parquet($file) WHERE stream = $stream AND version > $after ORDER BY version LIMIT $most"
        )
        with self._lock:
            rows = self._asked(question, segment, stream=stream, after=after, most=limit).fetchall()
            return [SealedEvent(*row) for row in rows]

    def _asked(self, question: str, segment: Segment, **values: object) -> "duckdb.DuckDBPyConnection":
        # Some 20 MB of library: loaded only where something was archived.
        import duckdb  # noqa: PLC0415

        path = self._directory / segment.name
        if self._engine is None:
            self._engine = duckdb.connect(config={"autoinstall_known_extensions": "false", "threads": "1"})
        try:
            return self._engine.cursor().execute(question, {"file": str(path), **values})
        except duckdb.Error as error:
            raise SegmentUnreadable(_why(path, error)) from error


def _why(path: Path, error: Exception) -> str:
    if not path.is_file():
        return f"{path} is missing: it holds archived events of this log"
    return f"{path} cannot be read: {str(error).splitlines()[0]}"


def as_stored(event: SealedEvent) -> Row:
    """The row as the log's own file has it, with its state as bytes."""
    return event.position, event.stream, event.version, event.topic, event.state.encode()


def commits_of(events: Iterable[SealedEvent]) -> Iterator[list[SealedEvent]]:
    """The events commit by commit. What comes after the last seal comes last, and does not end with one."""
    commit: list[SealedEvent] = []
    for event in events:
        commit.append(event)
        if event.seal:
            yield commit
            commit = []
    if commit:
        yield commit


def check_segment(reader: SegmentReader, segment: Segment, before: Head) -> Iterator[tuple[Head, list[SealedEvent]]]:
    """Each commit of the segment with the head that it leads to, as it is found to be as it was sealed.

    Raises NotSealed, SegmentUnreadable.
    """
    if segment.first != before.position + 1:
        raise NotSealed(before.position + 1, f"event {before.position + 1} is in no segment and not in the log")
    for commit in commits_of(reader.every(segment)):
        rows = [as_stored(event) for event in commit]
        first, last = rows[0][0], rows[-1][0]
        seal = seal_of(before.seal, first, last, rows)
        positions = list(range(before.position + 1, last + 1))
        if seal.hex() != commit[-1].seal or [row[0] for row in rows] != positions:
            raise NotSealed(
                positions[0], f"one of the events {first} to {last} in {segment.name} is not as it was sealed"
            )
        before = Head(last, seal)
        yield before, commit
    if before != Head(segment.last, segment.seal):
        raise NotSealed(
            before.position + 1, f"{segment.name} does not end with the event and the seal that the log names"
        )


def put_away(db: sqlite3.Connection, segment: Segment) -> None:
    """Let the log name the segment and drop its events, all or nothing. The segment is on the disk, and was checked."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for table in TABLES:
            db.execute(table)
        db.execute(
            "INSERT OR REPLACE INTO archived_streams SELECT originator_id, MAX(originator_version) FROM stored_events"
            " WHERE rowid <= ? GROUP BY originator_id",
            (segment.last,),
        )
        db.execute("INSERT INTO segments (first, last, name, seal) VALUES (?, ?, ?, ?)", segment)
        db.execute("DELETE FROM stored_events WHERE rowid <= ?", (segment.last,))
        db.execute("DELETE FROM seals WHERE last <= ?", (segment.last,))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def copy_names(db: sqlite3.Connection, source: str) -> None:
    """Let the log name the segments that the one in the attached database `source` names."""
    if not db.execute(f"SELECT 1 FROM {source}.sqlite_master WHERE name = 'segments'").fetchone():  # noqa: S608 - ours
        return
    for definition, name in zip(TABLES, ("segments", "archived_streams"), strict=True):
        db.execute(definition)
        db.execute(f"INSERT INTO {name} SELECT * FROM {source}.{name}")  # noqa: S608 - names of ours


def head_before(segments: Sequence[Segment]) -> Head:
    """Where the log's own file begins: the last archived event, and its seal."""
    return Head(segments[-1].last, segments[-1].seal) if segments else Head(0, NOTHING)
