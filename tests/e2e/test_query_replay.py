"""`bin/run query` and `bin/run replay` as their user runs them."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from bin.bench_log import write_log
from bin.exit_codes import ExitCode
from events.journal import SqliteJournal
from tests.support.cli import RUN, run, start, wait_for_line
from tests.support.example_log import LogWriter, early_report, run_started, write_example

READERS = [("query", "progress"), ("query", "health"), ("rebuild",), ("replay",)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A finished data directory with the example run."""
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        write_example(journal)
    return tmp_path


@pytest.fixture
def closed_data() -> Iterator[Path]:
    """The same in a directory that everybody may read and the test's user may not write."""
    place = Path(mkdtemp())
    with SqliteJournal(place / "events.sqlite") as journal:
        write_example(journal)
    place.chmod(0o555)
    yield place
    place.chmod(0o755)
    shutil.rmtree(place)


def test_progress_as_json_is_a_list_for_scripts(data: Path) -> None:
    """The fields are the agreed ones: counts are numbers, money is decimal text; the position goes to stderr."""
    answer = run("query", "progress", "--data-dir", data, "--format", "json")
    assert answer.json()[0] == {
        "user_id": 1,
        "strategy_id": "aop_volume_boost",
        "token": "AOP",
        "target_volume": "200",
        "current_volume": "200",
        "planned_trades": 21,
        "completed_trades": 20,
        "failed_trades": 1,
        "wear": "1.6017",
        "status": "reached",
        "reason": "",
    }
    assert (answer.code, answer.err) == (0, "as of position 210 of the log\n")


def test_progress_as_a_table_is_for_people(data: Path) -> None:
    """Columns are aligned under the fields' names."""
    head, first, second = run("query", "progress", "--data-dir", data).out.splitlines()
    assert head.split()[0::9] == ["user_id", "status"]
    assert first.split() == ["1", "aop_volume_boost", "AOP", "200", "200", "21", "20", "1", "1.6017", "reached", "-"]
    assert second.split()[-2:] == ["skipped", "-"]
    assert head.index("status") == first.index("reached") == second.index("skipped")


def test_progress_of_one_account(data: Path) -> None:
    """`--user` leaves the others out; an account that the log does not know is a usage error."""
    (row,) = run("query", "progress", "--data-dir", data, "--user", "2", "--format", "json").json()
    assert row["status"] == "skipped"
    unknown = run("query", "progress", "--data-dir", data, "--user", "9", "--format", "json")
    assert (unknown.code, unknown.out) == (ExitCode.USAGE, "")


def test_a_replay_tells_every_event_in_order(data: Path) -> None:
    """One line for each event, in the order of positions, under a head."""
    head, *lines = run("replay", "--data-dir", data).out.splitlines()
    assert head.split()[0] == "position"
    assert [int(line.split()[0]) for line in lines] == list(range(1, 211))
    assert lines[3].endswith("target already reached, skipped: the venue counts 205.5 of 200 USDT")


def test_a_replay_of_one_account_keeps_the_positions(data: Path) -> None:
    """`--user` leaves out other accounts and the program, not the place of what is left."""
    lines = run("replay", "--data-dir", data, "--user", "2").out.splitlines()[1:]
    assert [line.split()[:1] + line.split()[3:4] for line in lines] == [[str(n), "2"] for n in range(2, 6)]


def test_a_replay_as_jsonl_is_one_object_each(data: Path) -> None:
    """Each line has what is stored, and then the account, what happened in words, and why."""
    lines = run("replay", "--data-dir", data, "--format", "jsonl").out.splitlines()
    told = [json.loads(line) for line in lines]
    assert len(told) == 210
    assert list(told[0]) == ["position", "stream", "version", "topic", "meta", "data", "account", "words", "why"]
    assert (told[0]["topic"], told[0]["data"]["run_id"]) == ("system.run_started.v1", "run-1")


def test_a_closed_pipe_is_no_error_message(data: Path) -> None:
    """`replay | head -1` ends quietly."""
    command = f"'{RUN}' replay --data-dir '{data}' | head -1"
    piped = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert (piped.stdout.count("\n"), piped.stderr) == (1, "")


def test_a_long_answer_may_be_cut_by_its_reader(tmp_path: Path) -> None:
    """`query | head -1` ends quietly, with the code for it, however much was to come."""
    write_log(tmp_path / "events.sqlite", 3_000, accounts=3)
    command = f"set -o pipefail; '{RUN}' query reports --format jsonl --data-dir '{tmp_path}' | head -1"
    piped = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (piped.returncode, piped.stdout.count("\n"), piped.stderr) == (ExitCode.BROKEN_PIPE, 1, "")


def test_a_watched_answer_follows_the_log(data: Path) -> None:
    """`--watch` answers again when the log has grown, and Ctrl-C is its proper end."""
    process = start("query", "runs", "--watch", "--data-dir", data)
    try:
        assert wait_for_line(process, "as of position") == "as of position 210 of the log\n"
        with SqliteJournal(data / "events.sqlite") as journal:
            LogWriter(journal).write("system", run_started("run-2"))
        assert wait_for_line(process, "run-2").split()[:2] == ["run-2", "running"]
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


def test_a_watch_ends_when_nobody_reads_it(data: Path) -> None:
    """Also where nothing new is recorded that it would have to write."""
    command = f"'{RUN}' query runs --watch --format json --data-dir '{data}' | head -1"
    piped = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert (piped.stdout, piped.stderr) == ("[\n", "")


def test_a_followed_replay_tells_what_is_recorded(data: Path) -> None:
    """`--follow` goes on with what another process records, and Ctrl-C is its proper end."""
    with SqliteJournal(data / "events.sqlite") as journal:
        process = start("replay", "--follow", "--type", "RunStarted", "--data-dir", data)
        try:
            assert "run run-1 started" in wait_for_line(process, "started")
            LogWriter(journal).write("system", run_started("run-2"))
            assert wait_for_line(process, "run-2").split()[0] == "211"
        finally:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


def test_a_followed_order_is_told_when_its_trade_is_known(data: Path) -> None:
    """A report that comes before the venue's answer is told after it, so that no filter loses it."""
    process = start("replay", "-f", "--trade", "u1-b3-t1", "--format", "jsonl", "--limit", "4", "--data-dir", data)
    with SqliteJournal(data / "events.sqlite") as journal:
        writer = LogWriter(journal)
        for stream, event in early_report("u1-b3-t1"):
            writer.write(stream, event)
    out, err = process.communicate(timeout=60)
    assert sorted(json.loads(line)["position"] for line in out.splitlines()) == [211, 212, 213, 214]
    assert (process.returncode, err) == (0, "")


def test_a_followed_replay_ends_with_its_reader(data: Path) -> None:
    """`replay --follow | head -1` ends at once, although nothing more is recorded."""
    command = f"set -o pipefail; '{RUN}' replay --follow --data-dir '{data}' | head -1"
    piped = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (piped.returncode, piped.stdout.count("\n"), piped.stderr) == (ExitCode.BROKEN_PIPE, 1, "")


def test_a_question_without_end_can_be_stopped(data: Path) -> None:
    """Ctrl-C ends SQL that would run for ever, with the code for a stop."""
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    process = start("query", "sql", rows, "--format", "jsonl", "--data-dir", data)
    wait_for_line(process, '{"i":1}')
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == ExitCode.STOPPED


@pytest.mark.parametrize("command", [*READERS, ("sweep", "--user", "1"), ("acknowledge", "--user", "1")])
def test_a_directory_without_a_log_is_a_usage_error(command: tuple[str, ...], tmp_path: Path) -> None:
    """A data directory that is missing or empty is named, with what to do."""
    for place, said in ((tmp_path, "has no events.sqlite"), (tmp_path / "missing", "is no directory")):
        answer = run(*command, "--data-dir", place)
        assert (answer.code, answer.out) == (ExitCode.USAGE, "")
        assert answer.err.startswith(f"{place} {said}; name the --data-dir of a run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", READERS)
def test_a_file_that_is_no_log_is_a_storage_error(command: tuple[str, ...], tmp_path: Path) -> None:
    """A foreign file in the log's place is named in one line, and left as it was."""
    (tmp_path / "events.sqlite").write_text("this is no log, whatever its name says")
    answer = run(*command, "--data-dir", tmp_path)
    assert answer.code == ExitCode.STORAGE
    assert str(tmp_path / "events.sqlite") in answer.err
    assert len(answer.err.splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["events.sqlite"]


@pytest.mark.skipif(os.getuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_closed_directory_can_be_asked(closed_data: Path) -> None:
    """A finished run on a read-only medium is answered from memory, and left as it was."""
    unprivileged = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.getuid() == 0 else []
    command: list[str | Path] = [*unprivileged, RUN, "query", "progress", "--data-dir", closed_data, "--format", "json"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)[0]["completed_trades"] == 20
    assert "working it out in memory instead" in answer.stderr
    assert [each.name for each in closed_data.iterdir()] == ["events.sqlite"]


@pytest.mark.parametrize(
    "arguments", [("query",), ("query", "ordres"), ("replay", "--format", "xml"), ("query", "progress", "--user", "x")]
)
def test_a_question_that_cannot_be_understood_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    """An unknown view, format or account number ends with 64."""
    assert run(*arguments).code == ExitCode.USAGE


def test_an_audit_says_what_it_checked(data: Path) -> None:
    """A log whose events carry no messages is read to its end, and the answer says that nothing could be checked."""
    answer = run("replay", "audit", "--data-dir", data)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "210 events, 0 decisions made again, nothing to say; 210 appends do not tell what led to them\n"
    )
