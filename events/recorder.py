"""The event store's SQLite file: the `eventsourcing` library's recorder and its table, tuned for one writer.

The file stays the library's: its stock recorder (with text ids) opens it. What differs is how rows get in: every
connection syncs each commit, statements stay prepared, a writer takes its lock before it looks, and a commit's rows go
in with one call, their positions counted on from the last, together with the commit's seal.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
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

from events import commits
from events.seals import SEALS_TABLE, Head, NewRow, Row

LOCK_TIMEOUT_S = 5
# A checkpoint stalls the writer, for not much longer when it has more to do; but until the first one SQLite writes to
# a growing file, which makes each sync slower. So it is done early while few wait for it, and late under load.
EARLY_CHECKPOINT_ROWS = 300
LATE_CHECKPOINT_ROWS = 20_000
FEW_ROWS = 2
CHECKPOINT_PAGES = 50_000  # SQLite's own limit, as a safety net
CACHE_KB = 1_000  # half of SQLite's own: the ends of the table and of each stream are all that a writer goes back to
CACHED_STATEMENTS = len(commits.SIZES) + 16  # those of commits, and the rest

SELECT_STREAM = (
    "SELECT originator_id, originator_version, topic, state, rowid FROM stored_events"
    " WHERE originator_id=? AND originator_version>? ORDER BY originator_version LIMIT ?"
)
SELECT_ROWS = (
    "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE rowid>? AND rowid<=? ORDER BY rowid LIMIT ?"
)
SELECT_VERSION = "SELECT MAX(originator_version) FROM stored_events WHERE originator_id=?"


class StreamRecorder(Protocol):
    """What the journal needs of a recorder: the library's methods, and a stream's rows with their positions."""

    def insert_rows(self, rows: Sequence[NewRow]) -> Sequence[int]:
        """Write all or none, durably, and return their positions."""

    def select_notifications(
        self, start: int | None, limit: int, stop: int | None = None, *, inclusive_of_start: bool = True
    ) -> Sequence[Notification]:
        """Rows of the whole log in order of position."""

    def select_rows(self, after: int, limit: int, upto: int) -> Sequence[Row]:
        """The same after a position, as plain rows: whoever reads a whole log spends a third of its time on objects."""

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
                connection.execute(f"PRAGMA cache_size=-{CACHE_KB}")
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
    """The library's recorder, with each commit sealed, rows written in one call and positions without a gap.

    It writes through one connection, taken from the pool for good: only there the statements of commits are prepared.
    """

    def __init__(self, datastore: JournalDatastore) -> None:
        super().__init__(datastore)
        self._writing = Lock()
        self._writer: SQLiteConnection | None = None
        self._rows_since_checkpoint = 0
        self._head: Head | None = None
        """Where the log ends, if no other process has written it since; None where that is not known."""

    def construct_create_table_statements(self) -> list[str]:
        """The library's table, and the seals' beside it."""
        return [*super().construct_create_table_statements(), SEALS_TABLE]

    def create_table(self) -> None:
        """Make what the file lacks, and look where the log ends."""
        super().create_table()
        self._head = self.head()

    def select_rows(self, after: int, limit: int, upto: int) -> Sequence[Row]:
        """Rows of the whole log in order of position."""
        with self.datastore.transaction(commit=False) as c:
            c.sqlite_cursor.row_factory = None  # tuples, which are quicker than rows that know their columns' names
            c.execute(SELECT_ROWS, (after, upto, limit))
            rows: Sequence[Row] = c.fetchall()
            return rows

    def select_stream(self, stream: str, *, gt: int, limit: int) -> Sequence[Notification]:
        """Rows of one stream in order of version, with their positions."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(SELECT_STREAM, (stream, gt, limit))
            return [Notification(*row) for row in c.fetchall()]

    def stream_version(self, stream: str) -> int:
        """The highest version of a stream, 0 when it is empty."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(SELECT_VERSION, (stream,))
            return int(c.fetchone()[0] or 0)

    def head(self) -> Head:
        """The position of the last event, and the last seal."""
        with self.datastore.transaction(commit=False) as c:
            return commits.head_of(c)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int]:
        """What `insert_rows` does, in the library's words."""
        return self.insert_rows(
            [(str(one.originator_id), one.originator_version, one.topic, one.state) for one in stored_events]
        )

    def insert_rows(self, rows: Sequence[NewRow]) -> Sequence[int]:
        """Write all or none, durably and sealed, and return their positions.

        One statement for a whole commit, and no transaction around it: each call into SQLite gives up the interpreter
        and has to win it back from every thread that wants it, which costs more than the row. Positions and seal follow
        from the head that the last commit left. If another process has written since, those positions are taken; then
        all is done again in a transaction, from the head that is found there.
        """
        if not rows:
            return []
        with self._writing, _library_errors():
            connection = self._connection()
            before, self._head = self._head, None
            if before is not None and len(rows) <= commits.ROWS_PER_STATEMENT:
                with suppress(sqlite3.IntegrityError):
                    self._head = commits.commit_at_once(connection.cursor(), before, rows)
            if self._head is None:
                with connection.transaction(commit=True) as c:
                    head = commits.commit_in_steps(c, commits.head_of(c), rows)
                self._head = head
            self._checkpoint(connection, len(rows))
            return list(range(self._head.position - len(rows) + 1, self._head.position + 1))

    def _connection(self) -> SQLiteConnection:
        if self._writer is None:
            self._writer = self.datastore.pool.get_connection()
        return self._writer

    def _checkpoint(self, connection: SQLiteConnection, rows: int) -> None:
        self._rows_since_checkpoint += rows
        if self._rows_since_checkpoint >= (EARLY_CHECKPOINT_ROWS if rows <= FEW_ROWS else LATE_CHECKPOINT_ROWS):
            self._rows_since_checkpoint = 0
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            cursor.fetchall()


class MemoryRecorder(POPOApplicationRecorder):
    """The library's recorder in memory, with a stream's positions."""

    def insert_rows(self, rows: Sequence[NewRow]) -> Sequence[int]:
        """Write all or none, and return their positions."""
        return self.insert_events([StoredEvent(*row) for row in rows]) or ()

    def select_rows(self, after: int, limit: int, upto: int) -> Sequence[Row]:
        """Rows of the whole log in order of position."""
        found = self.select_notifications(after, limit, upto, inclusive_of_start=False)
        return [(row.id, str(row.originator_id), row.originator_version, row.topic, row.state) for row in found]

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
