"""How a run ends before its time: stops, refusals and rubbish, with their exit codes."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.books import logged_orders, venue_orders
from tests.support.cli import events, ledger, progress, run, start, venue_pid, wait_for_line

LONG = ("--token", "AOP", "--chain", "BSC", "--volume", "5000", "--amount", "40", "--interval", "0.05")


@pytest.fixture
def long_run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that would take minutes, in the middle of its first batch."""
    process = start("supervisor", *LONG, "--user", "1", "--user", "2", "--plain", "--data-dir", tmp_path)
    wait_for_line(process, "trade done")
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_stop_finishes_the_trade_in_hand(
    long_run: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    """Exit 3; every order that was begun is finished, in the log as at the venue; the totals are printed."""
    long_run.send_signal(number)
    out, _ = long_run.communicate(timeout=20)
    assert long_run.returncode == 3
    assert re.search(r"Final volumes:\n.*0/5000 USDT .* when the venue was last asked, \d+ expected", out)
    assert {row["status"] for row in progress(tmp_path).values()} == {"stopped"}
    assert logged_orders(events(tmp_path)) == venue_orders(ledger(tmp_path))


def test_a_run_after_a_stop_needs_only_the_rest(long_run: subprocess.Popen[str], tmp_path: Path) -> None:
    """No work is lost: the next run plans from what the venue has counted."""
    long_run.send_signal(signal.SIGTERM)
    long_run.communicate(timeout=20)
    done = sum(1 for e in events(tmp_path) if e["topic"].startswith("trade.completed") and e["data"]["user_id"] == 1)
    args = (
        "--token",
        "AOP",
        "--chain",
        "BSC",
        "--volume",
        str(10 * (done + 2)),
        "--amount",
        "40",
        "--interval",
        "0.05",
    )
    assert run("supervisor", *args, "--user", "1", "--data-dir", tmp_path).code == 0
    trades = [e for e in events(tmp_path) if e["topic"].startswith("trade.completed") and e["data"]["user_id"] == 1]
    assert len(trades) == done + 2


def test_the_lines_of_a_killed_run_are_gone_on_with(long_run: subprocess.Popen[str], tmp_path: Path) -> None:
    """The same command again tells the batch's size, and a volume with what is on its way from the trades before."""
    long_run.kill()
    out, _ = long_run.communicate(timeout=20)
    done = max((float(one) for one in re.findall(r"user 1 .* trade done.* volume=([0-9.]+)/", out)), default=0)
    again = start("supervisor", *LONG, "--user", "1", "--user", "2", "--plain", "--data-dir", tmp_path)
    try:
        line = ""
        while "user 1 " not in line:
            line = wait_for_line(again, "trade done")
    finally:
        again.kill()
        again.communicate(timeout=20)
    found = re.search(r"loop=\d+/500, .*volume=([0-9.]+)/5000", line)
    assert found is not None, line
    assert float(found[1]) > done


def test_a_long_pause_does_not_outlive_a_stop(tmp_path: Path) -> None:
    """With an interval of a minute the stop still ends the run at once: the pause is not slept out."""
    process = start("supervisor", *LONG[:-1], "60", "--user", "1", "--plain", "--data-dir", tmp_path)
    wait_for_line(process, "trade done")
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    process.communicate(timeout=20)
    assert process.returncode == 3
    assert time.monotonic() - began < 20


def test_a_second_stop_cancels_what_is_open(tmp_path: Path) -> None:
    """The market stands still and the buy rests; the second stop cancels it, and the venue's books say so."""
    config = tmp_path / "c.yaml"
    config.write_text(RESTING)
    process = start(
        "supervisor", "--config", config, "--plain", "--log-level", "debug", "--data-dir", tmp_path / "data"
    )
    wait_for_line(process, "OTO order placed", log=True)
    process.send_signal(signal.SIGINT)
    wait_for_line(process, "stop requested")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 3
    (buy,) = [row for row in ledger(tmp_path / "data")["orders"] if row["side"] == "BUY"]
    assert buy["status"] == "CANCELED"
    assert logged_orders(events(tmp_path / "data"))[str(buy["venue_order_id"])][-1] == "CANCELED"


def test_a_run_whose_venue_is_killed_ends_in_order(long_run: subprocess.Popen[str], tmp_path: Path) -> None:
    """It says what happened at once, exits with 4 and seals the log; what was in hand is left for the next start."""
    pid = venue_pid(tmp_path)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    out, err = long_run.communicate(timeout=60)
    assert long_run.returncode == 4
    assert "the paper venue was killed by signal 9" in err
    assert "exit code 4: the venue ended before every target was reached" in out
    assert "stopped by the operator" not in out
    topics = [event["topic"] for event in events(tmp_path)]
    assert topics[-1].startswith("system.run_ended")
    assert not {"account.stop_requested.v1", "strategy.ended.v1", "inventory.held.v1"} & set(topics)


def test_a_second_supervisor_is_refused(long_run: subprocess.Popen[str], tmp_path: Path) -> None:
    """It names the first one's pid and changes nothing."""
    result = run("supervisor", *LONG, "--user", "3", "--data-dir", tmp_path)
    assert result.code == 74
    assert re.search(rf"\b{long_run.pid}\b", result.err)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--token", "AOPP"), 78, "AOP"),
        (("--volume", "0"), 78, "--volume"),
        (("--amount", "-1"), 78, "--amount"),
        (("--chain", "BSD"), 78, "BSC"),
        (("--no-such-option",), 64, "--no-such-option"),
    ],
)
def test_bad_input_starts_nothing(tmp_path: Path, args: tuple[str, ...], code: int, words: str) -> None:
    """A clear error that names the option, the documented exit code, and no event written."""
    result = run("supervisor", *LONG, "--user", "1", *args, "--data-dir", tmp_path)
    assert result.code == code
    assert words in result.err
    assert not (tmp_path / "events.sqlite").exists()


def test_a_bad_file_reports_every_error_at_once(tmp_path: Path) -> None:
    """Three mistakes, three lines with file and line number, exit 78."""
    config = tmp_path / "bad.yaml"
    config.write_text(BAD)
    result = run("supervisor", "--config", config, "--data-dir", tmp_path / "data")
    assert result.code == 78
    assert {f"bad.yaml:{n}" for n in (4, 5, 6)} <= set(re.findall(r"bad\.yaml:\d+", result.err))


# No order ever fills: the buy rests, and timeout, cancel and stop must deal with it.
RESTING = """
strategies:
  - {strategy_id: rest, target_token: AOP, target_volume: 100, user_ids: [1], single_trade_amount_usdt: 40}
venue: {kind: paper, never_fill_probability: 1}
"""

BAD = """
strategies:
  - strategy_id: x
    target_tokn: AOP
    target_volume: -5
    user_ids: []
    single_trade_amount_usdt: 40
"""
