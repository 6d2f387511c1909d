"""A log with a damaged end is put back to its last sound commit at the start, and never silently."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bin.sound_log import sound_log
from events.journal import SqliteJournal, StorageFailed
from events.quarantine import put_right
from events.system import LogCut
from events.tail import TAIL_COMMITS, tail_fault
from events.verifying import verify
from tests.golden.samples import SAMPLES
from tests.support.journals import append
from tests.support.sealed_log import change, fresh_log, log_bytes

EVENTS = len(SAMPLES)
Rows = list[tuple[object, ...]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a sound log and views that were made of it."""
    (tmp_path / "events.sqlite").write_bytes(log_bytes())
    (tmp_path / "views.sqlite").write_bytes(b"views and snapshots")
    return tmp_path


def commits(path: Path) -> list[tuple[int, int]]:
    """First and last position of each commit."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT first, last FROM seals ORDER BY last").fetchall()


def stored(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT rowid, * FROM stored_events ORDER BY rowid").fetchall()


with fresh_log() as a_log:
    ALL, COMMITS = stored(a_log), commits(a_log)
(FIRST, LAST), BEFORE = COMMITS[-1], COMMITS[-2]
"""Where the last commit begins and ends, and the one before it."""


def test_a_sound_log_is_just_opened(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is said, changed or left behind."""
    with sound_log(data) as journal:
        assert journal.head() == EVENTS
    assert capsys.readouterr() == ("", "")
    assert sorted(one.name for one in data.iterdir()) == ["events.sqlite", "views.sqlite"]


def test_a_new_log_is_made(tmp_path: Path) -> None:
    """There is nothing to check."""
    with sound_log(tmp_path) as journal:
        assert journal.head() == 0


@pytest.mark.parametrize(
    ("statement", "lost"),
    [
        (f"UPDATE stored_events SET state = x'7b7d' WHERE rowid = {LAST}", LAST - FIRST + 1),
        (f"UPDATE stored_events SET state = x'7b7d' WHERE rowid >= {BEFORE[1]}", LAST - BEFORE[0] + 1),
        (f"DELETE FROM stored_events WHERE rowid = {LAST}", LAST - FIRST + 1),
        (f"DELETE FROM seals WHERE last = {LAST}", LAST - FIRST + 1),
        (f"UPDATE seals SET seal = zeroblob(32) WHERE last = {LAST}", LAST - FIRST + 1),
        ("INSERT INTO stored_events VALUES ('a', 1, 't', x'7b7d')", 1),
    ],
)
def test_a_damaged_end_is_cut_off_and_kept(
    data: Path, statement: str, lost: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """All before it is there, the log says what was cut, so does the start, and the file as it was is at hand."""
    path = data / "events.sqlite"
    change(path, statement)
    damaged = path.read_bytes()
    with sound_log(data) as journal:
        *kept, cut = journal.read()
    assert isinstance(cut.event, LogCut)
    assert stored(path)[:-1] == ALL[: len(kept)]
    assert (cut.event.first_position, cut.event.events) == (cut.position, lost)
    assert (data / cut.event.quarantine / "events.sqlite").read_bytes() == damaged
    assert f"from position {cut.position} on" in capsys.readouterr().err
    assert not (data / "views.sqlite").exists()
    assert verify(path).head.position == cut.position


def test_the_next_start_finds_nothing_wrong(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was put right stays right, and the log goes on."""
    change(data / "events.sqlite", f"DELETE FROM stored_events WHERE rowid = {LAST}")
    sound_log(data).close()
    capsys.readouterr()
    with sound_log(data) as journal:
        journal.append_many([append("new", 0, 2)])
    assert capsys.readouterr().err == ""
    assert verify(data / "events.sqlite").head.position == FIRST + 2


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE stored_events SET state = x'7b7d' WHERE rowid = {BEFORE[1]}",
        f"DELETE FROM stored_events WHERE rowid = {BEFORE[0]}",
        "DELETE FROM seals",
        "DROP TABLE seals",
    ],
)
def test_other_damage_refuses_to_start(data: Path, statement: str) -> None:
    """A power loss does not leave sound commits after bad ones, nor no sound one at all. Not a byte is changed."""
    path = data / "events.sqlite"
    change(path, statement)
    damaged = path.read_bytes()
    with pytest.raises(StorageFailed, match=r"is damaged at position .* bin/run replay verify --data-dir"):
        sound_log(data)
    assert path.read_bytes() == damaged
    assert [one.name for one in data.iterdir() if "quarantine" in one.name or "draft" in one.name] == []


@settings(max_examples=40, deadline=None)
@given(size=st.integers(1, len(log_bytes()) - 1), noise=st.binary(max_size=600))
def test_a_file_that_is_cut_anywhere_is_put_right_or_refused(size: int, noise: bytes) -> None:
    """Also with something else where its end was: what the log then holds is how it began, then what was cut."""
    with fresh_log() as path:
        path.write_bytes(log_bytes()[:size] + noise)
        damaged = path.read_bytes()
        try:
            sound_log(path.parent).close()
        except StorageFailed:
            assert path.read_bytes() == damaged
            return
        verify(path)
        after = stored(path)
        kept = [row for row in after if row[3] != "system.log_cut.v1" or row in ALL]
        assert kept == ALL[: len(kept)]
        assert len(kept) in {0, *(last for _, last in commits(path))}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_a_power_loss_leaves_whole_commits(share: float) -> None:
    """A write-ahead log that ends anywhere: SQLite drops what is torn, and the seals fit what is left."""
    with fresh_log() as path:
        path.unlink()
        with SqliteJournal(path) as journal:
            journal.append_many([append("a", 0)])
            for version in range(1, 6):
                journal.append_many([append("a", version), append(f"b-{version}", 0, 2)])
            main, wal = path.read_bytes(), path.with_name("events.sqlite-wal").read_bytes()
        path.write_bytes(main)
        path.with_name("events.sqlite-wal").write_bytes(wal[: round(len(wal) * share)])
        assert tail_fault(path) is None
        if path.stat().st_size:
            SqliteJournal(path).close()
            assert verify(path).head.position in {0, 1, 4, 7, 10, 13, 16}


def test_a_start_that_was_cut_short_is_finished_by_the_next(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sound log was ready, and the program was killed before it stood in the other's place."""
    path = data / "events.sqlite"
    change(path, f"DELETE FROM stored_events WHERE rowid = {LAST}")
    put_right(path, data / "quarantine-1", 0, lambda _done, _total: None)
    with sound_log(data) as journal:
        assert journal.head() == FIRST
    assert "that is done now" in capsys.readouterr().err
    assert sorted(one.name for one in data.iterdir()) == ["events.sqlite", "quarantine-1"]


def test_the_look_at_the_tail_does_not_read_the_rest(tmp_path: Path) -> None:
    """What is older than the newest commits is for `replay verify`: a start takes as long for any log."""
    path = tmp_path / "events.sqlite"
    with SqliteJournal(path) as journal:
        for version in range(TAIL_COMMITS + 2):
            journal.append_many([append("a", version)])
    change(path, "UPDATE stored_events SET state = x'7b7d' WHERE rowid = 1")
    assert tail_fault(path) is None
