"""SqliteJournal: what only a file can show: other processes, a full disk, opening and closing."""

import subprocess
import sys
from pathlib import Path

import pytest

from events.commits import SIZES
from events.journal import SqliteJournal, StorageFailed, VersionConflict
from events.verifying import Tampered, Verified, verify
from tests.support.journals import append, limit_pages, new, news, writing_cursor
from tests.support.sealed_log import change

ROOT = Path(__file__).parents[2]

READ_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from events.journal import SqliteJournal
with SqliteJournal(Path(sys.argv[1]), read_only=True) as journal:
    for line in sys.stdin:
        print(journal.head(), len(list(journal.read())), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite"


def test_events_survive_their_journal(path: Path) -> None:
    """A journal that is opened again goes on where the last one ended."""
    with SqliteJournal(path) as journal:
        recorded = journal.append("a", 0, news(3))
    with SqliteJournal(path) as journal:
        assert tuple(journal.read()) == recorded
        assert journal.append("a", 3, news(1))[0].position == 4


def test_another_process_reads_while_this_one_writes(path: Path) -> None:
    """A reader sees each commit as soon as its append has returned, and does not stop the writer."""
    command = [sys.executable, "-c", READ_IN_ANOTHER_PROCESS, str(path)]
    with (
        SqliteJournal(path) as journal,
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader,
    ):
        assert reader.stdin is not None
        assert reader.stdout is not None
        for version in range(5):
            journal.append("a", version, news(1))
            reader.stdin.write("look\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == f"{version + 1} {version + 1}\n"


def test_a_read_that_is_half_done_does_not_stop_the_writer(path: Path) -> None:
    """A reader may take its time: it goes on to what was recorded meanwhile."""
    with SqliteJournal(path) as journal, SqliteJournal(path, read_only=True) as reader:
        journal.append("a", 0, news(600))
        events = reader.read()
        assert next(events).position == 1
        journal.append("a", 600, news(1))
        assert [one.position for one in events] == list(range(2, 602))


def test_a_reader_cannot_write(path: Path) -> None:
    """A journal opened to read only is refused by SQLite itself."""
    SqliteJournal(path).close()
    with SqliteJournal(path, read_only=True) as reader, pytest.raises(StorageFailed, match="readonly"):
        reader.append("a", 0, news(1))


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_log_is_refused(path: Path, *, read_only: bool) -> None:
    """The error names the file."""
    path.write_text("strategies: []\n" * 100)
    with pytest.raises(StorageFailed, match=r"events\.sqlite cannot be opened as an event log: .*not a database"):
        SqliteJournal(path, read_only=read_only)


def test_a_missing_file_is_not_made_by_a_reader(path: Path) -> None:
    """Looking at a directory leaves nothing behind."""
    with pytest.raises(StorageFailed, match=r"events\.sqlite cannot be opened as an event log"):
        SqliteJournal(path, read_only=True)
    assert not path.exists()


def test_a_closed_journal_says_so(path: Path) -> None:
    """An append after the end is a storage failure, not a crash of another kind."""
    journal = SqliteJournal(path)
    journal.close()
    with pytest.raises(StorageFailed, match="the event log failed"):
        journal.append("a", 0, news(1))


@pytest.mark.parametrize("count", [50, 500])
def test_a_full_disk_leaves_nothing_of_the_append(path: Path, count: int) -> None:
    """All or none; and when there is room again, the journal goes on."""
    with SqliteJournal(path) as journal:
        journal.append("a", 0, news(1))
        limit_pages(journal, 4)
        with pytest.raises(StorageFailed, match="full"):
            journal.append("a", 1, news(count))
        assert (journal.head(), journal.stream_version("a")) == (1, 1)
        limit_pages(journal, 0)
        assert journal.append("a", 1, news(count))[-1].position == count + 1


def test_a_stale_writer_of_another_process_is_refused(path: Path) -> None:
    """The fence holds between processes: neither journal knows of the other but by the file."""
    with SqliteJournal(path) as first, SqliteJournal(path) as second:
        first.append("a", 0, news(1))
        second.append("a", 1, news(2))
        with pytest.raises(VersionConflict, match="stream a is at version 3, not at 1"):
            first.append("a", 1, news(1))
        assert first.append("a", 3, news(1))[0].version == 4


def test_a_conflict_with_another_process_fails_alone(path: Path) -> None:
    """What else was in the commit is recorded all the same."""
    with SqliteJournal(path) as first, SqliteJournal(path) as second:
        first.append("a", 0, news(1))
        second.append("a", 1, news(1))
        outcomes = first.append_many([append("a", 1), append("b", 0)])
        assert [type(outcome) for outcome in outcomes] == [VersionConflict, tuple]
        assert [one.version for one in second.read_stream("b")] == [1]


def test_two_processes_share_the_positions(path: Path) -> None:
    """Writers of different streams need not know of each other."""
    with SqliteJournal(path) as first, SqliteJournal(path) as second:
        for version in range(3):
            first.append("a", version, (new(),))
            second.append("b", version, (new(),))
        assert [(one.position, one.stream) for one in first.read()] == list(enumerate("ababab", 1))


def test_every_commit_is_sealed_however_it_got_in(path: Path) -> None:
    """Small or large, after another process's, after a conflict and after an error: one unbroken chain."""
    with SqliteJournal(path) as first, SqliteJournal(path) as second:
        first.append_many([append("a", 0, 2), append("b", 0)])
        second.append("c", 0, news(1))
        first.append("a", 2, news(1300))
        second.append_many([append("a", 1), append("c", 1)])
        limit_pages(second, 4)
        with pytest.raises(StorageFailed):
            second.append("c", 2, news(100))
        limit_pages(second, 0)
        first.append("d", 0, news(1))
        second.append("c", 2, news(1))
        assert verify(path) == Verified(first.sealed(), commits=6, anchors=0)
        assert first.sealed().position == first.head() == 1307


def test_what_another_program_recorded_is_under_no_seal(path: Path) -> None:
    """Our commits after it are sealed; nothing that we did not write is ever taken for ours."""
    with SqliteJournal(path) as journal:
        journal.append("a", 0, news(2))
        change(path, "INSERT INTO stored_events VALUES ('a', 3, 'stream.connected.v1', x'7b7d')")
        journal.append("b", 0, news(1))
    with pytest.raises(Tampered, match="event 3 has no seal") as error:
        verify(path)
    assert error.value.position == 3


def test_commits_of_any_size_are_stored_and_sealed_with_few_statements(path: Path) -> None:
    """From one event to more than a statement takes; what SQLite keeps prepared does not grow with each new number."""
    largest, version = SIZES[-1] + 2, 0
    with SqliteJournal(path) as journal:
        for size in range(1, largest + 1):
            journal.append("a", version, news(size))
            version += size
        cursor = writing_cursor(journal)
        cursor.execute("SELECT name FROM sqlite_temp_master WHERE type = 'view'")
        prepared = cursor.fetchall()
        assert [recorded.version for recorded in journal.read()] == list(range(1, version + 1))
    assert len(prepared) == len(SIZES)
    assert verify(path).commits == largest
