"""`bin/run replay verify` and `anchor`: what they say of a log, whatever became of it."""

import shutil
from pathlib import Path
from threading import Event, Thread

import pytest

from bin.anchor_file import AnchorFile
from bin.exit_codes import ExitCode
from events.journal import SqliteJournal
from tests.golden.samples import SAMPLES
from tests.support.asking import ask
from tests.support.cli import Result
from tests.support.journals import append
from tests.support.sealed_log import change, write_log

EVENTS = len(SAMPLES)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a sound log."""
    place = tmp_path / "data"
    place.mkdir()
    write_log(place / "events.sqlite")
    return place


@pytest.fixture
def anchors(tmp_path: Path) -> Path:
    return tmp_path / "anchors.jsonl"


def verify(data: Path, *args: str | Path) -> Result:
    return ask("replay", "verify", "--data-dir", data, *args)


def note(data: Path, anchors: Path) -> Result:
    return ask("replay", "anchor", "--data-dir", data, "--out", anchors)


def grow(data: Path) -> None:
    """One more commit."""
    with SqliteJournal(data / "events.sqlite") as journal:
        journal.append_many([append("grown", journal.stream_version("grown"), 2)])


def test_a_sound_log(data: Path) -> None:
    """It says how much was checked, and the head seal, to be kept."""
    with SqliteJournal(data / "events.sqlite", read_only=True) as journal:
        seal = journal.sealed().seal.hex()
    answer = verify(data)
    assert (answer.code, answer.err) == (ExitCode.OK, "")
    assert answer.out.startswith(f"sound: {EVENTS} events in ")
    assert answer.out.endswith(f" commits; sealed up to position {EVENTS}: {seal}\n")


def test_an_empty_log_is_sound(tmp_path: Path) -> None:
    """Nothing is as it was written."""
    SqliteJournal(tmp_path / "events.sqlite").close()
    answer = verify(tmp_path)
    assert (answer.code, answer.out.split(";")[0]) == (ExitCode.OK, "sound: 0 events in 0 commits")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE stored_events SET state = x'7b7d' WHERE rowid = 1", "position 1 on: event 1 is not as it was sealed"),
        ("UPDATE stored_events SET topic = topic || ' ' WHERE rowid = 4", "2 on: one of the events 2 to 5 is not as"),
        ("DELETE FROM stored_events WHERE rowid = 4", "position 4 on: event 4 is missing"),
        ("DELETE FROM stored_events WHERE rowid > 5", "position 6 on: event 6 is missing"),
        ("DELETE FROM seals WHERE last = 5", "position 2 on: events 2 to 5 have no seal"),
        ("DELETE FROM seals WHERE last > 5", "position 6 on: event 6 is under no seal"),
        ("UPDATE seals SET first = 3 WHERE last = 5", "position 2 on: event 2 has no seal"),
        ("UPDATE seals SET seal = zeroblob(32) WHERE last = 1", "position 1 on: event 1 is not as it was sealed"),
        ("DROP TABLE seals", "position 1 on: the log has no seals"),
    ],
)
def test_what_was_done_to_it_is_told(data: Path, statement: str, told: str) -> None:
    """With the first position that may be wrong, and exit code 1."""
    change(data / "events.sqlite", statement)
    answer = verify(data)
    assert answer.code == ExitCode.DIFFERENCE
    assert told in answer.out


def test_a_torn_file_is_told(data: Path) -> None:
    """The end of the file is gone, as after a power loss on a disk that lies."""
    path = data / "events.sqlite"
    path.write_bytes(path.read_bytes()[: 8 * 4096])
    answer = verify(data)
    assert (answer.code, "the file is torn" in answer.out) == (ExitCode.DIFFERENCE, True)


def test_an_index_that_does_not_fit_is_told(data: Path) -> None:
    """Reads by stream go through the index of streams and versions; it must hold what the rows hold."""
    path = data / "events.sqlite"
    before = path.read_bytes()
    change(path, "UPDATE stored_events SET originator_id = 'user-X' WHERE originator_id = 'orders-1'")
    pages = [n for n in range(0, len(before), 4096) if before[n : n + 1] == b"\x0a"]  # leaves of indexes
    assert pages
    after = bytearray(before)
    for page in pages:
        after[page : page + 4096] = path.read_bytes()[page : page + 4096]
    path.write_bytes(after)
    answer = verify(data)
    assert answer.code == ExitCode.DIFFERENCE
    assert "the file around them is damaged" in answer.out


@pytest.mark.parametrize("content", [None, b"strategies: []\n" * 100, b""])
def test_what_is_no_log_cannot_be_checked(tmp_path: Path, content: bytes | None) -> None:
    """A file of another kind, an empty one, or none: exit code 2, the reason on stderr, nothing on stdout."""
    if content is not None:
        (tmp_path / "events.sqlite").write_bytes(content)
    answer = verify(tmp_path)
    assert (answer.code, answer.out) == (ExitCode.UNREADABLE, "")
    assert str(tmp_path / "events.sqlite") in answer.err


def test_anchors_hold_while_the_log_grows(data: Path, anchors: Path) -> None:
    """Each is a line; earlier ones stay, and all of them are compared."""
    for _ in range(3):
        assert note(data, anchors).code == ExitCode.OK
        grow(data)
    answer = verify(data, "--anchor", anchors)
    assert (answer.code, len(anchors.read_text().splitlines())) == (ExitCode.OK, 3)
    assert f", 3 anchors of {anchors}; " in answer.out


def test_an_older_copy_is_found_by_an_anchor(data: Path, anchors: Path) -> None:
    """It is sound by itself: only the anchor knows that there was more."""
    shutil.copy(data / "events.sqlite", data / "copy")
    grow(data)
    note(data, anchors)
    shutil.move(data / "copy", data / "events.sqlite")
    assert verify(data).code == ExitCode.OK
    answer = verify(data, "--anchor", anchors)
    assert answer.code == ExitCode.DIFFERENCE
    assert f"position {EVENTS + 1} on: the log ends with event {EVENTS}, but at " in answer.out


def test_a_log_that_was_sealed_anew_is_found_by_an_anchor(data: Path, anchors: Path) -> None:
    """Whoever writes other events in its place, with seals that fit; what an older anchor holds is believed."""
    note(data, anchors)
    shutil.copy(data / "events.sqlite", data / "copy")
    grow(data)
    note(data, anchors)
    shutil.move(data / "copy", data / "events.sqlite")
    with SqliteJournal(data / "events.sqlite") as journal:
        journal.append_many([append("other", 0, 2)])
    assert verify(data).code == ExitCode.OK
    answer = verify(data, "--anchor", anchors)
    assert answer.code == ExitCode.DIFFERENCE
    assert f"position {EVENTS + 1} on: at " in answer.out


def test_an_anchor_is_not_kept_beside_the_log(data: Path) -> None:
    """Whoever can change the one could change the other."""
    answer = note(data, data / "sub" / ".." / "anchors.jsonl")
    assert (answer.code, "lies in the data directory" in answer.err) == (ExitCode.USAGE, True)
    assert [one.name for one in data.iterdir()] == ["events.sqlite"]


@pytest.mark.parametrize("line", ["x", "{}", '{"position": 1, "seal": "xy", "time": ""}'])
def test_a_file_that_holds_no_anchors_is_refused(data: Path, anchors: Path, line: str) -> None:
    """With the number of the line; it is no verdict on the log."""
    note(data, anchors)
    anchors.write_text(anchors.read_text() + line + "\n")
    answer = verify(data, "--anchor", anchors)
    assert (answer.code, f"line 2 of {anchors} is no anchor" in answer.err) == (ExitCode.UNREADABLE, True)


def test_an_anchor_that_cannot_be_written_or_read(data: Path, tmp_path: Path) -> None:
    """The directory is missing: told, with the code of a storage failure and of a check that was not made."""
    missing = tmp_path / "none" / "anchors.jsonl"
    assert note(data, missing).code == ExitCode.STORAGE
    assert verify(data, "--anchor", missing).code == ExitCode.UNREADABLE
    assert AnchorFile(missing).path == missing


def test_a_log_that_is_being_written_is_sound(data: Path) -> None:
    """What had been committed when the check began is checked, while another thread keeps appending."""
    stop, wrote = Event(), Event()

    def write() -> None:
        with SqliteJournal(data / "events.sqlite") as journal:
            while not stop.is_set():
                journal.append_many([append("busy", journal.stream_version("busy"), 3)])
                wrote.set()

    writer = Thread(target=write)
    writer.start()
    assert wrote.wait(10)
    answers = [verify(data) for _ in range(5)]
    stop.set()
    writer.join()
    assert [answer.code for answer in answers] == [ExitCode.OK] * 5
