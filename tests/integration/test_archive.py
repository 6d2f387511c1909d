"""`bin/run archive`: closed days leave the log's file, and everything reads them as before."""

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from bin.bench_log import write_log
from bin.exit_codes import ExitCode
from bin.lock import DataDirLock
from events.journal import SqliteJournal
from events.quarantine import put_right, take_over
from tests.support.asking import ask
from tests.support.cli import Result
from tests.support.journals import META, new

EVENTS = 6_000
"""Three days of two accounts, and the beginning of a fourth."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of which nothing was archived."""
    directory = tmp_path_factory.mktemp("whole")
    write_log(directory / "events.sqlite", EVENTS, accounts=2)
    return directory


@pytest.fixture(scope="module")
def archived(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same log with its old days closed."""
    directory = tmp_path_factory.mktemp("archived")
    shutil.copy(whole / "events.sqlite", directory)
    answer = ask("archive", "--data-dir", directory)
    assert answer.code == 0, answer.err
    return directory


@pytest.fixture
def copy(archived: Path, tmp_path: Path) -> Path:
    """The archived log, to be changed."""
    return Path(shutil.copytree(archived, tmp_path / "copy"))


def told(data: Path, *command: str) -> Result:
    return ask(*command, "--data-dir", data)


def rows_in_file(data: Path) -> int:
    with closing(sqlite3.connect(data / "events.sqlite")) as db:
        return int(db.execute("SELECT count(*) FROM stored_events").fetchone()[0])


def test_the_file_keeps_only_what_is_not_closed(whole: Path, archived: Path) -> None:
    """Each closed day is a segment of its own, and all of them are smaller than what left the file."""
    segments = sorted((archived / "archive").iterdir())
    assert len(segments) >= 2
    assert 0 < rows_in_file(archived) < rows_in_file(whole) // 2
    freed = (whole / "events.sqlite").stat().st_size - (archived / "events.sqlite").stat().st_size
    assert sum(one.stat().st_size for one in segments) < freed // 4


@pytest.mark.parametrize(
    "command",
    [
        ("replay",),
        ("replay", "--format", "jsonl", "--raw"),
        ("replay", "verify"),
        ("replay", "audit"),
        ("query", "statement", "--user", "1", "--day", "2025-10-10"),
        ("query", "trades", "--format", "csv"),
        ("query", "trades", "--as-of", "2000", "--format", "csv"),
        ("export", "events", "--out", "-", "--format", "jsonl"),
    ],
    ids=" ".join,
)
def test_every_command_answers_as_before(whole: Path, archived: Path, command: tuple[str, ...]) -> None:
    """Also where it reads the whole log from its first event."""
    before, after = told(whole, *command), told(archived, *command)
    assert (after.code, after.out) == (before.code, before.out)
    assert before.out


def test_actors_recover_the_same(whole: Path, archived: Path) -> None:
    """Each stream has the same events and the same version, from the beginning and from the middle."""
    with (
        SqliteJournal(whole / "events.sqlite", read_only=True) as one,
        SqliteJournal(archived / "events.sqlite", read_only=True) as other,
    ):
        for stream in sorted({recorded.stream for recorded in one.read()}):
            assert list(other.read_stream(stream)) == list(one.read_stream(stream))
            assert list(other.read_stream(stream, 700)) == list(one.read_stream(stream, 700))
            assert other.stream_version(stream) == one.stream_version(stream)


def test_the_log_goes_on_and_stays_sound(copy: Path) -> None:
    """Positions and versions follow those in the archive, also of a stream that is nowhere else; seals chain on."""
    with SqliteJournal(copy / "events.sqlite") as journal:
        head, version = journal.head(), journal.stream_version("connection-1")
        (recorded,) = journal.append("connection-1", version, [new()])
    assert (recorded.position, recorded.version) == (head + 1, version + 1)
    answer = told(copy, "replay", "verify")
    assert (answer.code, f"{head + 1:,} events" in answer.out) == (0, True), answer.out


def test_a_reader_that_was_there_before_misses_nothing(whole: Path, tmp_path: Path) -> None:
    """It reads on while the days are closed under it."""
    shutil.copy(whole / "events.sqlite", tmp_path)
    with SqliteJournal(tmp_path / "events.sqlite", read_only=True) as journal:
        positions = [recorded.position for recorded in journal.read(limit=10)]
        assert told(tmp_path, "archive").code == 0
        positions += [recorded.position for recorded in journal.read(10)]
    assert positions == list(range(1, EVENTS + 1))


def _edited(segment: Path) -> None:
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [(Path.unlink, "is missing"), (_edited, "not sound from position"), (lambda one: one.write_bytes(b""), "read")],
    ids=["deleted", "edited", "emptied"],
)
def test_a_damaged_segment_is_found(copy: Path, damage: object, said: str) -> None:
    """By verify, with where; and whoever needs its events is told so, and guesses nothing."""
    assert callable(damage)
    damage(sorted((copy / "archive").iterdir())[1])
    answer = told(copy, "replay", "verify")
    assert (answer.code, said in answer.out) == (ExitCode.DIFFERENCE, True), answer.out


def test_a_missing_segment_is_a_storage_error_for_readers(copy: Path) -> None:
    """In one line that names it."""
    gone = sorted((copy / "archive").iterdir())[1]
    gone.unlink()
    answer = told(copy, "replay")
    assert (answer.code, gone.name in answer.err) == (ExitCode.STORAGE, True), answer.err


def test_a_damaged_end_is_cut_off_and_the_archive_stays(whole: Path, tmp_path: Path) -> None:
    """What is put in the log's place names the same segments, and is sound with them."""
    path = Path(shutil.copy(whole / "events.sqlite", tmp_path))
    assert told(tmp_path, "archive", "--before", "2025-10-12").code == 0
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE stored_events SET state = 'torn' WHERE rowid = ?", (EVENTS,))
    cut = put_right(path, tmp_path / "quarantine", 1, lambda _done, _total: None)
    assert take_over(path, ())
    answer = told(tmp_path, "replay", "verify")
    assert (answer.code, f"{cut.first_position:,} events" in answer.out) == (0, True), answer.out


def test_a_log_that_is_not_sound_is_not_archived(whole: Path, tmp_path: Path) -> None:
    """A change would get out of sight with it."""
    shutil.copy(whole / "events.sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        db.execute("UPDATE stored_events SET topic = 'x' WHERE rowid = 7")
    answer = told(tmp_path, "archive")
    assert (answer.code, "nothing more was archived" in answer.err) == (ExitCode.DIFFERENCE, True)
    assert rows_in_file(tmp_path) == EVENTS


def test_a_directory_in_use_is_left_alone(whole: Path, tmp_path: Path) -> None:
    """A supervisor has it."""
    shutil.copy(whole / "events.sqlite", tmp_path)
    with DataDirLock(tmp_path):
        answer = told(tmp_path, "archive")
    assert (answer.code, rows_in_file(tmp_path)) == (ExitCode.STORAGE, EVENTS)


def test_a_second_time_finds_nothing_to_close(copy: Path) -> None:
    """The newest commit stays in the file, whatever its day."""
    before = rows_in_file(copy)
    answer = told(copy, "archive")
    assert (answer.code, rows_in_file(copy)) == (0, before)
    assert "no day" in answer.out


def test_a_day_that_is_not_over_is_never_closed(tmp_path: Path) -> None:
    """Whatever day `--before` names: today's events stay in the file."""
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        for version in range(3):
            now = replace(META, ts_init=time.time_ns() // 1_000_000)
            journal.append("system", version, (replace(new(), meta=now),))
    answer = told(tmp_path, "archive", "--before", "2099-01-01")
    assert (answer.code, rows_in_file(tmp_path)) == (0, 3)
    assert "that is over" in answer.out


def test_sql_says_that_archived_events_are_not_in_its_table(archived: Path) -> None:
    """The views hold them all the same."""
    answer = told(archived, "query", "sql", "SELECT count(*) AS n FROM events")
    assert int(answer.out.split()[1]) == rows_in_file(archived)
    assert f"begins at position {EVENTS - rows_in_file(archived) + 1}" in answer.err


@pytest.mark.parametrize("position", [5, EVENTS // 3, EVENTS - 1])
def test_an_earlier_position_is_the_same_from_an_archived_log(
    whole: Path, archived: Path, tmp_path: Path, position: int
) -> None:
    """What was known then is copied from segments as from the file, byte by byte, and is sealed as it was."""
    files = []
    for data, place in ((whole, tmp_path / "whole"), (archived, tmp_path / "archived")):
        answer = ask("replay", "--until", position, "--out", place, "--data-dir", data)
        assert answer.code == 0, answer.err
        files.append([(place / name).read_bytes() for name in ("events.sqlite", "views.sqlite")])
    assert files[0] == files[1]
    assert ask("replay", "verify", "--data-dir", tmp_path / "archived").code == 0
