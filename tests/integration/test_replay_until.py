"""`bin/run replay --until`: views as they were, in a place of their own, the same bytes each time."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bin.exit_codes import ExitCode
from events.base import NewEvent
from events.journal import SqliteJournal
from projections.answers import ANSWERS
from tests.golden.samples import SAMPLES
from tests.support.asking import ask
from tests.support.cli import RUN
from tests.support.simulated import write_simulated

SEED = 101
POSITION = 300


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which much went wrong."""
    place = tmp_path_factory.mktemp("data")
    write_simulated(place / "events.sqlite", SEED)
    return place


@pytest.fixture(scope="module")
def then(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was known at POSITION."""
    place = tmp_path_factory.mktemp("past") / "then"
    assert go_back(data, POSITION, "--out", place) == place
    return place


def go_back(data: Path, until: str | int, *args: str | Path) -> Path:
    answer = ask("replay", "--until", until, "--data-dir", data, *args)
    assert answer.code == 0, answer.err
    return Path(answer.out.strip())


def digests(place: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(place.iterdir())}


@pytest.mark.parametrize("view", sorted(ANSWERS))
def test_every_view_is_as_it_was(data: Path, then: Path, view: str) -> None:
    """What is asked there is answered as the running system would have answered."""
    expected = ask("query", view, "--as-of", POSITION, "--data-dir", data, "--format", "json")
    answer = ask("query", view, "--data-dir", then, "--format", "json")
    assert (answer.code, answer.out) == (0, expected.out)
    assert answer.err.endswith(expected.err)  # of runs it is said, too, that no supervisor runs there


def test_the_same_position_gives_the_same_bytes(data: Path, then: Path, tmp_path: Path) -> None:
    """Also while the log grows, from views that were or were not folded before, and after questions were asked."""
    shutil.copy(data / "events.sqlite", tmp_path)
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        ended = SAMPLES["system.run_ended.v1"]
        journal.append("system", journal.stream_version("system"), [NewEvent(event=ended.event, meta=ended.meta)])
        again = go_back(tmp_path, POSITION, "--out", tmp_path / "again")
    assert ask("query", "progress", "--data-dir", again).code == 0
    assert digests(again) == digests(then)
    assert list(digests(again)) == ["events.sqlite", "views.sqlite"]


def test_another_process_writes_the_same_bytes(data: Path, then: Path, tmp_path: Path) -> None:
    """Nothing depends on the order of a set or on anything else of a process."""
    command: list[str | Path] = [RUN, "replay", "--until", str(POSITION), "--out", tmp_path / "one", "--data-dir", data]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run(command, check=True, timeout=60, env=environment, capture_output=True)
    assert digests(tmp_path / "one") == digests(then)


def test_a_time_stands_for_the_last_position_before(data: Path, then: Path, tmp_path: Path) -> None:
    """Of events that were decided in the same millisecond none is left out."""
    with SqliteJournal(data / "events.sqlite", read_only=True) as journal:
        log = list(journal.read())
    moment = log[POSITION - 1].meta.ts_init
    last = max(one.position for one in log if one.meta.ts_init <= moment)
    text = (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=moment)).isoformat(timespec="milliseconds")
    by_time = go_back(data, text, "--out", tmp_path / "time")
    assert digests(by_time) == digests(go_back(data, last, "--out", tmp_path / "position"))
    assert len(log) > last


def test_a_scratch_place_is_made_and_told(data: Path) -> None:
    """Without --out the path goes to stdout, for scripts; stderr says what is there."""
    answer = ask("replay", "--until", 1, "--data-dir", data)
    place = Path(answer.out.strip())
    assert answer.err.startswith("1 event, up to ")
    assert answer.err.endswith(f"ask with bin/run query VIEW --data-dir {place}\n")
    assert ask("query", "runs", "--data-dir", place, "--format", "json").json()[0]["status"] == "running"
    shutil.rmtree(place)


def test_the_log_there_is_told_and_explained(data: Path, then: Path) -> None:
    """The place holds the log as it was, so every other question can be asked of it."""
    told = ask("replay", "--data-dir", data, "--until", POSITION, "--format", "jsonl")
    assert ask("replay", "--data-dir", then, "--format", "jsonl").out == told.out
    assert ask("query", "sql", "SELECT count(*) n FROM events", "--data-dir", then).out.split() == ["n", str(POSITION)]


@pytest.mark.parametrize("position", [1, POSITION - 1, POSITION])
def test_the_log_there_is_sealed(data: Path, tmp_path: Path, position: int) -> None:
    """It is verified like any other, also where the position is in the middle of a commit."""
    place = go_back(data, position, "--out", tmp_path / "then")
    answer = ask("replay", "verify", "--data-dir", place)
    assert (answer.code, answer.err) == (0, ""), answer.out


def test_what_was_tampered_with_is_not_sealed_anew(data: Path, tmp_path: Path) -> None:
    """Whoever verifies the place finds what verifying the log would have found."""
    shutil.copy(data / "events.sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        db.execute("UPDATE stored_events SET topic = 'order.closed.v9' WHERE rowid = 20")
    for position in (20, POSITION):
        place = go_back(tmp_path, position, "--out", tmp_path / f"then-{position}")
        assert ask("replay", "verify", "--data-dir", place).code == ExitCode.DIFFERENCE


def test_with_a_filter_events_are_told_up_to_there(data: Path) -> None:
    """Nothing is written then."""
    lines = ask("replay", "--until", POSITION, "--type", "order", "--data-dir", data).out.splitlines()[1:]
    assert 0 < int(lines[-1].split()[0]) <= POSITION


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--until", "999999"), "the log has no position 999999; it ends at "),
        (("--until", "0"), "the log has no position 0; it ends at "),
        (("--until", "1999-01-01"), "the log had not begun at that time"),
        (("--until", "then"), "'then' is no time; write 2026-11-21"),
    ],
)
def test_a_place_outside_the_log_is_refused(data: Path, tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    """One line, the usage code, and nothing is left behind."""
    answer = ask("replay", *args, "--out", tmp_path / "new", "--data-dir", data)
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (ExitCode.USAGE, "", 1)
    assert answer.err.startswith(said)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(data: Path, tmp_path: Path) -> None:
    """A directory with something in it, the data directory above all, is refused as it is."""
    before = digests(data)
    (tmp_path / "mine").write_text("mine")
    for place in (data, tmp_path, tmp_path / "mine"):
        answer = ask("replay", "--until", POSITION, "--out", place, "--data-dir", data)
        assert (answer.code, answer.out) == (ExitCode.USAGE, "")
        assert answer.err.startswith(f"{place} is there and not empty; name a new directory")
    assert digests(data) == before


@pytest.mark.parametrize(
    "args", [("--out", "x"), ("--until", "3", "--out", "x", "--user", "1"), ("--until", "3", "-f")]
)
def test_options_that_do_not_go_together_are_a_usage_error(data: Path, args: tuple[str, ...]) -> None:
    """A place without a moment, a place for what is told, and an end of what is to come."""
    answer = ask("replay", *args, "--data-dir", data)
    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert not Path("x").exists()


def test_a_view_that_stops_there_is_told(data: Path, tmp_path: Path) -> None:
    """The others are whole; the storage code says that something is missing."""
    shutil.copy(data / "events.sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        db.execute("UPDATE stored_events SET state = '{}' WHERE topic = 'trade.quote_observed.v1'")
    answer = ask("replay", "--until", POSITION, "--out", tmp_path / "then", "--data-dir", tmp_path)
    assert answer.code == ExitCode.STORAGE
    assert "the view trades stopped before event" in answer.err
    assert ask("query", "fills", "--data-dir", tmp_path / "then").code == 0


def test_a_place_that_cannot_be_written_is_a_storage_error(data: Path) -> None:
    """One line, and nothing half done."""
    answer = ask("replay", "--until", POSITION, "--out", "/proc/none", "--data-dir", data)
    assert (answer.code, len(answer.err.splitlines())) == (ExitCode.STORAGE, 1)
