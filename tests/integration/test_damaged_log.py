"""A log that lost some of its last pages: what a start saves of it, and what those who only read it say."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bin.exit_codes import ExitCode
from bin.sound_log import sound_log
from events.journal import LogDamaged, SqliteJournal, StorageFailed
from events.system import LogCut
from events.verifying import verify
from tests.support.asking import ask
from tests.support.sealed_log import change, long_log

PAGE = 4096
LOG = long_log()
Row = tuple[int, str, int, str, bytes]


class Commit(NamedTuple):
    """What one commit left in the file."""

    first: int
    last: int
    seal: bytes
    rows: tuple[Row, ...]


def commits(file: bytes) -> Iterator[Commit]:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "events.sqlite"
        path.write_bytes(file)
        with closing(sqlite3.connect(path)) as db:
            for first, last, seal in db.execute("SELECT first, last, seal FROM seals ORDER BY last"):
                rows = db.execute("SELECT rowid, * FROM stored_events WHERE rowid BETWEEN ? AND ?", (first, last))
                yield Commit(first, last, seal, tuple(rows))


COMMITS = tuple(commits(LOG.file))
EVENTS = COMMITS[-1].last


class Found(NamedTuple):
    """Whether a commit's seal, and all of its rows, are found by their keys as they were written."""

    seal: bool
    rows: bool


def has(db: sqlite3.Connection, question: str, key: int, expected: tuple[object, ...]) -> bool:
    with suppress(sqlite3.Error, UnicodeDecodeError):
        return bool(db.execute(question, (key,)).fetchone() == expected)
    return False


def look_for(path: Path) -> list[Found]:
    """What is left of each commit, looked up one by one."""
    seal, event = (
        "SELECT first, last, seal FROM seals WHERE last = ?",
        "SELECT rowid, * FROM stored_events WHERE rowid = ?",
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.execute("PRAGMA writable_schema = ON")
        return [
            Found(has(db, seal, each.last, each[:3]), all(has(db, event, row[0], row) for row in each.rows))
            for each in COMMITS
        ]


def put(directory: Path, file: bytes, wal: bytes = b"") -> Path:
    path = directory / "events.sqlite"
    path.write_bytes(file)
    if wal:
        path.with_name("events.sqlite-wal").write_bytes(wal)
    return path


def without(file: bytes, cut: int, zeroed: int, lost: set[int]) -> bytes:
    """The file with its last bytes cut off or zeroed, and with pages zeroed that are counted from its end."""
    left = bytearray(file[: len(file) - cut - zeroed] + bytes(zeroed))
    for number in lost:
        place = len(file) - number * PAGE
        left[place : place + PAGE] = bytes(max(min(PAGE, len(left) - place), 0))
    return bytes(left)


@settings(max_examples=20, deadline=None)
@example(cut=PAGE, zeroed=0, lost=set(), has_wal=False)
@example(cut=5 * PAGE, zeroed=0, lost=set(), has_wal=False)
@example(cut=0, zeroed=PAGE, lost=set(), has_wal=False)
@example(cut=1008, zeroed=0, lost=set(), has_wal=False)
@given(
    cut=st.integers(0, 16 * PAGE),
    zeroed=st.integers(0, 2 * PAGE),
    lost=st.sets(st.integers(1, 16), max_size=2),
    has_wal=st.booleans(),
)
def test_what_is_sound_before_the_damage_is_saved(cut: int, zeroed: int, lost: set[int], has_wal: bool) -> None:  # noqa: FBT001 - drawn
    """Up to the last commit that can be read, unless a sound one comes after the damage: then not a byte is changed."""
    with TemporaryDirectory() as directory:
        data = Path(directory)
        damaged = without(LOG.older if has_wal else LOG.file, cut, zeroed, lost)
        path = put(data, damaged, LOG.wal if has_wal else b"")
        found = look_for(path)
        kept = next((number for number, one in enumerate(found) if not all(one)), len(found))
        after = [all(one) and before.seal for before, one in pairwise(found[kept:])]
        try:
            with sound_log(data) as journal:
                saved = journal.head()
        except StorageFailed:
            assert any(after) or not kept
            assert path.read_bytes() == damaged
            assert not [one for one in data.iterdir() if "quarantine" in one.name or "draft" in one.name]
            return
        is_cut = any(data.glob("quarantine-*"))
        assert not any(after)
        assert saved == (COMMITS[kept - 1].last + is_cut)
        assert is_cut or kept == len(COMMITS)
        assert verify(path).head.position == saved


NEWEST_TORN = without(LOG.file, 1008, 0, set())
"""Its last page holds the last commit alone, and read as if the log ended with event 0."""
NEWEST_GONE = without(LOG.file, PAGE, 0, set())


@pytest.fixture(params=[NEWEST_TORN, NEWEST_GONE], ids=["torn", "gone"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A data directory whose views hold the whole log, and whose log has lost its end since."""
    put(tmp_path, LOG.file)
    assert ask("query", "runs", "--data-dir", tmp_path).code == 0
    put(tmp_path, request.param)
    return tmp_path


@pytest.mark.parametrize(
    "question",
    [
        ("query", "problems"),
        ("query", "sql", "SELECT 1"),
        ("query", "health"),
        ("replay",),
        ("replay", "audit"),
        ("replay", "explain", "1-000001"),
        ("rebuild",),
        ("export", "problems", "--out", "-", "--format", "csv"),
        ("export", "events", "--out", "-", "--format", "csv"),
    ],
    ids=" ".join,
)
def test_who_reads_a_log_without_its_end_is_told(data: Path, question: tuple[str, ...]) -> None:
    """One line says where the damage begins; nothing is answered, and what the views know of the log stays."""
    views = views_of(data)
    answer = ask(*question, "--data-dir", data)
    assert (answer.code, answer.out) == (ExitCode.STORAGE, "")
    assert f"damaged from position {COMMITS[-1].first} on: " in answer.err
    assert len(answer.err.splitlines()) == 1
    assert views_of(data) == views


def views_of(data: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "views.sqlite")) as db:
        return db.execute("SELECT * FROM tracking").fetchall() + db.execute("SELECT * FROM problems").fetchall()


def test_no_anchor_is_taken_of_a_log_without_its_end(data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It would say that the log was never longer."""
    anchors = tmp_path_factory.mktemp("elsewhere") / "anchors"
    answer = ask("replay", "anchor", "--out", anchors, "--data-dir", data)
    assert (answer.code, anchors.read_bytes()) == (ExitCode.UNREADABLE, b"")


def test_a_row_that_is_not_where_it_should_be_is_named(tmp_path: Path) -> None:
    """Whoever reads along stops there: a torn row may have any position, and to go on after that might not end."""
    path = put(tmp_path, LOG.file)
    change(path, "UPDATE stored_events SET rowid = 0 WHERE rowid = 5")
    with SqliteJournal(path) as journal:
        with pytest.raises(LogDamaged, match="event 5 is missing or torn"):
            tuple(journal.read())
        with pytest.raises(LogDamaged, match="event 5 is missing or torn"):
            journal.stored(2, limit=10, upto=EVENTS)


def test_a_log_that_cannot_be_saved_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk meanwhile: no draft and no quarantine stay behind."""
    path = put(tmp_path, NEWEST_GONE)
    monkeypatch.setattr("events.quarantine._sync", full_disk)
    with pytest.raises(StorageFailed, match="could not be saved"):
        sound_log(tmp_path)
    assert not [one for one in tmp_path.iterdir() if "quarantine" in one.name or "draft" in one.name]
    assert path.read_bytes() == NEWEST_GONE


def full_disk(_path: Path) -> None:
    raise OSError(28, "No space left on device")


def test_what_was_cut_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the screen and in the log: from where on, how many events, and where the file as it was is kept."""
    put(tmp_path, NEWEST_TORN)
    with sound_log(tmp_path) as journal:
        *_, cut = journal.read()
    first, last, _, _ = COMMITS[-1]
    assert isinstance(cut.event, LogCut)
    assert (cut.event.first_position, cut.event.events) == (first, last - first + 1)
    assert f"from position {first} on" in capsys.readouterr().err
    assert (tmp_path / cut.event.quarantine / "events.sqlite").read_bytes() == NEWEST_TORN
