"""Our recorders keep the `eventsourcing` library's own contract, and our file is the library's file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from threading import enumerate as enumerate_threads
from uuid import uuid4

import pytest
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, OperationalError, StoredEvent
from eventsourcing.sqlite import SQLiteFactory
from eventsourcing.tests.persistence import ApplicationRecorderTestCase

from events.journal import SqliteJournal
from events.recorder import JournalDatastore, JournalRecorder, MemoryRecorder
from tests.golden.samples import SAMPLES, golden_file
from tests.support.journals import append


def join_all_but(others: set[Thread]) -> None:
    """The suite leaves threads behind that still read; closing the file under them ends the interpreter."""
    for thread in set(enumerate_threads()) - others:
        thread.join(timeout=10)


class TestJournalRecorder(ApplicationRecorderTestCase[JournalRecorder]):
    """The library's suite on our SQLite recorder, with text ids."""

    def setUp(self) -> None:
        directory = TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.datastore = JournalDatastore(Path(directory.name) / "events.sqlite")
        self.addCleanup(self.datastore.close)
        self.addCleanup(join_all_but, set(enumerate_threads()))

    def new_originator_id(self) -> str:
        return str(uuid4())

    def create_recorder(self) -> JournalRecorder:
        recorder = JournalRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TestMemoryRecorder(ApplicationRecorderTestCase[MemoryRecorder]):
    """The library's suite on our recorder in memory."""

    def new_originator_id(self) -> str:
        return str(uuid4())

    def create_recorder(self) -> MemoryRecorder:
        return MemoryRecorder()

    def test_insert_subscribe(self) -> None:
        """The suite's optional part: the library's SQLite recorder has no subscriptions, this one has."""
        self.optional_test_insert_subscribe()


def stock_recorder(path: Path) -> tuple[SQLiteFactory, ApplicationRecorder]:
    """The library as it comes, configured by its environment."""
    factory = SQLiteFactory(
        {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path), "ORIGINATOR_ID_TYPE": "text"}
    )
    return factory, factory.application_recorder()


def test_the_stock_library_reads_every_event_of_our_file(tmp_path: Path) -> None:
    """Whoever has only the library has the log: positions, streams, versions, names and JSON."""
    path = tmp_path / "events.sqlite"
    with SqliteJournal(path) as journal:
        journal.append("all", 0, tuple(SAMPLES.values()))
    factory, recorder = stock_recorder(path)
    rows = recorder.select_notifications(start=None, limit=1000)
    factory.close()
    assert [(row.id, row.originator_id, row.originator_version) for row in rows] == [
        (number, "all", number) for number in range(1, len(SAMPLES) + 1)
    ]
    assert {row.topic: row.state for row in rows} == {
        topic: golden_file(topic).read_bytes().strip() for topic in SAMPLES
    }


def test_our_journal_reads_on_after_the_stock_library(tmp_path: Path) -> None:
    """What another program recorded in the file is kept and passed over, and our positions go on after it."""
    path = tmp_path / "events.sqlite"
    factory, recorder = stock_recorder(path)
    recorder.insert_events([StoredEvent("other", 1, "other:Topic", b"state")])
    factory.close()
    with SqliteJournal(path) as journal:
        journal.append_many([append("a", 0)])
        assert [(one.position, one.topic) for one in journal.read()] == [(1, "other:Topic"), (2, "stream.connected.v1")]


@pytest.mark.parametrize("count", [2, 200])
def test_a_failed_insert_leaves_nothing(tmp_path: Path, count: int) -> None:
    """One statement or several, all rows or none; and the next insert goes on as if it had not been."""
    recorder = JournalRecorder(JournalDatastore(tmp_path / "events.sqlite"))
    recorder.create_table()
    rows = [StoredEvent("a", version, "t", b"") for version in range(1, count)]
    with pytest.raises(IntegrityError):
        recorder.insert_events([*rows, rows[-1]])
    assert recorder.insert_events(rows) == list(range(1, count))
    recorder.datastore.close()


@pytest.mark.parametrize("count", [1, 200])
def test_an_insert_that_finds_the_file_locked_can_be_tried_again(tmp_path: Path, count: int) -> None:
    """Nothing is left of the first try, neither rows nor an open transaction."""
    holder, datastore = (JournalDatastore(tmp_path / "events.sqlite", lock_timeout=1) for _ in range(2))
    recorder = JournalRecorder(datastore)
    recorder.create_table()
    rows = [StoredEvent("a", version, "t", b"") for version in range(1, count + 1)]
    with holder.transaction(commit=True), pytest.raises(OperationalError, match="locked"):
        recorder.insert_events(rows)
    assert recorder.insert_events(rows) == list(range(1, count + 1))
    holder.close()
    datastore.close()


def test_every_writing_connection_syncs_each_commit(tmp_path: Path) -> None:
    """WAL and synchronous=FULL, whatever SQLite was built to do by default."""
    datastore = JournalDatastore(tmp_path / "events.sqlite")
    with datastore.get_connection(commit=True) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode")
        assert (synchronous, cursor.fetchone()[0]) == (2, "wal")
    datastore.close()
