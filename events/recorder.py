"""The event store's SQLite file: the `eventsourcing` library's recorder and its table, tuned for one writer.

The file stays the library's: its stock recorder (with text ids) opens it. What differs is how rows get in: every
connection syncs each commit, statements stay prepared, a writer takes its lock before it looks, and a commit's rows go
in with one call, their positions counted on from the last.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Protocol

from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

LOCK_TIMEOUT_S = 5
# A checkpoint stalls the writer, for not much longer when it has more to do; but until the first one SQLite writes to
# a growing file, which makes each sync slower. So it is done early while few wait for it, and late under load.
EARLY_CHECKPOINT_ROWS = 300
LATE_CHECKPOINT_ROWS = 20_000
FEW_ROWS = 2
CHECKPOINT_PAGES = 50_000  # SQLite's own limit, as a safety net
ROWS_PER_STATEMENT = 128
ROW = ",(?,?,?,?)"
CACHED_STATEMENTS = ROWS_PER_STATEMENT + 16  # a statement for each number of rows, and the rest


class StreamRecorder(Protocol):
    """What the journal needs of a recorder: the library's methods, and a stream's rows with their positions."""

    def insert_events(self, stored_events: Sequence[StoredEvent]) -> Sequence[int] | None:
        """Write all or none, durably, and return their positions."""

    def select_notifications(
        self, start: int | None, limit: int, stop: int | None = None, *, inclusive_of_start: bool = True
    ) -> Sequence[Notification]:
        """Rows of the whole log in order of position."""

    def max_notification_id(self) -> int | None:
        """The last position."""

    def select_stream(self, stream: str, *, gt: int, limit: int) -> Sequence[Notification]:
        """Rows of one stream in order of version, with their positions."""

    def stream_version(self, stream: str) -> int:
        """The highest version of a stream, 0 when it is empty."""


class JournalTransaction(SQLiteTransaction):
    """Takes the write lock at once, so that what it reads still holds when it writes."""

    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        with _library_errors():
            cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        return cursor

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(exc_type, exc_val, exc_tb)
        except PersistenceError:
            self.connection.rollback()  # a commit that failed leaves its transaction open
            raise


class JournalConnection(SQLiteConnection):
    """A connection whose transactions are JournalTransactions."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Commits at the end when `commit` is set, and rolls back otherwise and on any error."""
        with JournalTransaction(self, commit=commit) as cursor, cursor:
            yield cursor


class JournalConnectionPool(SQLiteConnectionPool):
    """Connections that sync every commit (WAL, synchronous=FULL) and keep their statements prepared."""

    def _create_connection(self) -> SQLiteConnection:
        try:
            connection = sqlite3.connect(
                self.db_name,
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                cached_statements=CACHED_STATEMENTS,
                timeout=self.lock_timeout or LOCK_TIMEOUT_S,
            )
            if "mode=ro" not in self.db_name:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        except sqlite3.Error as error:
            raise InterfaceError(error) from error
        connection.row_factory = sqlite3.Row
        return JournalConnection(connection, max_age=self.max_age)


class JournalDatastore(SQLiteDatastore):
    """One file. With `read_only` it is never created or changed, and another process may be writing it.

    `lock_timeout` says how many seconds a writer waits for one in another process.
    """

    def __init__(self, path: Path, *, read_only: bool = False, lock_timeout: int = LOCK_TIMEOUT_S) -> None:
        uri = read_only_uri(path) if read_only else path.resolve().as_uri()
        super().__init__(uri, originator_id_type="text")
        self.pool = JournalConnectionPool(db_name=uri, lock_timeout=lock_timeout)


class JournalRecorder(SQLiteApplicationRecorder):
    """The library's recorder, with rows written in one call and positions without a gap."""

    def __init__(self, datastore: JournalDatastore, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name)
        self._rows_since_checkpoint = 0
        self._select_stream_statement = (
            f"SELECT originator_id, originator_version, topic, state, rowid FROM {events_table_name}"  # noqa: S608
            " WHERE originator_id=? AND originator_version>? ORDER BY originator_version LIMIT ?"
        )
        self._select_version_statement = (
            f"SELECT MAX(originator_version) FROM {events_table_name} WHERE originator_id=?"  # noqa: S608
        )

    def select_stream(self, stream: str, *, gt: int, limit: int) -> Sequence[Notification]:
        """Rows of one stream in order of version, with their positions."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(self._select_stream_statement, (stream, gt, limit))
            return [Notification(*row) for row in c.fetchall()]

    def stream_version(self, stream: str) -> int:
        """The highest version of a stream, 0 when it is empty."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(self._select_version_statement, (stream,))
            return int(c.fetchone()[0] or 0)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int]:
        """Write all or none, durably, and return their positions.

        One statement for a whole commit, and no transaction around it: each call into SQLite gives up the interpreter
        and has to win it back from every thread that wants it, which costs more than the row. One INSERT is atomic,
        and its rows get positions one after the other, so the last position tells them all.
        """
        if len(stored_events) > ROWS_PER_STATEMENT:
            return super().insert_events(stored_events) or ()
        with self.datastore.get_connection(commit=True) as connection, _library_errors():
            positions = self._insert_rows(connection.cursor(), stored_events)
            self._checkpoint(connection.cursor(), len(positions))
            return positions

    def _checkpoint(self, cursor: SQLiteCursor, rows: int) -> None:
        self._rows_since_checkpoint += rows
        if self._rows_since_checkpoint >= (EARLY_CHECKPOINT_ROWS if rows <= FEW_ROWS else LATE_CHECKPOINT_ROWS):
            self._rows_since_checkpoint = 0
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            cursor.fetchall()

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int]:
        rows = iter(stored_events)
        positions: list[int] = []
        while chunk := list(islice(rows, ROWS_PER_STATEMENT)):
            positions += self._insert_rows(c, chunk)
        return positions

    def _insert_rows(self, c: SQLiteCursor, rows: Sequence[StoredEvent]) -> Sequence[int]:
        if not rows:
            return []
        values = [value for s in rows for value in (s.originator_id, s.originator_version, s.topic, s.state)]
        c.execute(self.insert_events_statement + ROW * (len(rows) - 1), values)
        return list(range(c.lastrowid - len(rows) + 1, c.lastrowid + 1))


class MemoryRecorder(POPOApplicationRecorder):
    """The library's recorder in memory, with a stream's positions."""

    def select_stream(self, stream: str, *, gt: int, limit: int) -> Sequence[Notification]:
        """Rows of one stream in order of version, with their positions."""
        with self._database_lock:
            index = self._stored_events_index[stream]
            versions = sorted(version for version in index if version > gt)[:limit]
            return [self._notification(index[version]) for version in versions]

    def stream_version(self, stream: str) -> int:
        """The highest version of a stream, 0 when it is empty."""
        with self._database_lock:
            return max(self._stored_events_index[stream], default=0)

    def _notification(self, index: int) -> Notification:
        stored = self._stored_events[index]
        return Notification(stored.originator_id, stored.originator_version, stored.topic, stored.state, id=index + 1)


@contextmanager
def _library_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except sqlite3.Error as error:
        raise OperationalError(error) from error


def read_only_uri(path: Path) -> str:
    """The file as SQLite's URI, to be read and never changed.

    A reader of a WAL file needs to make its -shm beside it, unless it may take the file as immutable: it may where
    the directory is closed to us and no -wal says that somebody writes.
    """
    wal = path.with_name(path.name + "-wal")
    closed = not os.access(path.parent, os.W_OK)
    return path.resolve().as_uri() + ("?mode=ro&immutable=1" if closed and not wal.exists() else "?mode=ro")
