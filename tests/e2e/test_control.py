"""A running supervisor is commanded over its socket: status, pause, resume, stop and kill, each on a real run."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import events, ledger, progress, run, start, wait_for_line
from tests.support.controls import control

BUSY = """
strategies:
  - {strategy_id: a, target_token: AOP, target_volume: 5000, user_ids: [1, 2], single_trade_amount_usdt: 40,
     trade_interval_seconds: 0.05}
  - {strategy_id: b, target_token: KOGE, target_volume: 5000, user_ids: [1], single_trade_amount_usdt: 40,
     trade_interval_seconds: 0.05}
"""
RESTING = """
strategies:
  - {strategy_id: rest, target_token: AOP, target_volume: 100, user_ids: [1, 2], single_trade_amount_usdt: 40}
venue: {kind: paper, never_fill_probability: 1}
"""
EXPIRED = """
global_settings: {trade_interval_seconds: 0.05, volume_check_delay_seconds: 0.1}
strategies:
  - {strategy_id: a, target_token: AOP, target_volume: 10, user_ids: [1, 2], single_trade_amount_usdt: 40}
"""
FAULTS = """
rules: [{when: {endpoint: user-volume, account: 1}, do: {fault: reply, name: login_expired}}]
"""


def begun(tmp_path: Path, settings: str, line: str) -> subprocess.Popen[str]:
    """A run that has told this line."""
    (tmp_path / "c.yaml").write_text(settings)
    log = ("--log-level", "debug") if settings is RESTING else ()
    process = start("supervisor", "--config", tmp_path / "c.yaml", "--plain", *log, "--data-dir", tmp_path / "data")
    wait_for_line(process, line, log=bool(log))
    return process


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Two accounts in the middle of a run that would take minutes; the first has two strategies."""
    process = begun(tmp_path, BUSY, "trade done")
    yield process
    process.kill()
    process.communicate()


def of(data: Path, topic: str, user_id: int) -> list[Any]:
    """The account's events of a kind, in order."""
    return [e for e in events(data) if e["topic"].startswith(topic) and e["data"].get("user_id") == user_id]


def rows(status: str) -> dict[tuple[int, str], Any]:
    """The strategies that `status --json` told."""
    told = map(json.loads, status.splitlines())
    return {(one["user_id"], one["strategy_id"]): one for one in told if one["type"] == "strategy"}


@pytest.mark.timeout(120)
def test_a_paused_account_begins_no_trade_until_it_is_resumed_also_in_the_next_run(
    busy: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Status, display and query say who paused it; after a crash the next run still waits; then it trades on."""
    data = tmp_path / "data"
    paused = control(data, "pause", "--user", "1")
    assert (paused.code, f"pid {os.getpid()})" in paused.out) == (0, True)
    wait_for_line(busy, "user 2 a: trade done")
    standing = rows(control(data, "status", "--json").out)
    assert {key[0] for key, one in standing.items() if one["reason"].startswith("paused by ")} == {1}
    busy.kill()
    busy.communicate()
    assert progress(data)[1, "a"]["reason"].startswith("paused by ")
    again = begun(tmp_path, BUSY, "user 2 a: trade done")
    before = of(data, "account.paused", 1)[-1]["position"]
    assert not [e for e in of(data, "trade.started", 1) + of(data, "order.oto_requested", 1) if e["position"] > before]
    assert control(data, "resume", "--user", "1").code == 0
    wait_for_line(again, "user 1 b: trade done")
    again.send_signal(signal.SIGTERM)
    assert again.wait(20) == 3
    again.communicate()


@pytest.mark.timeout(120)
def test_a_stop_ends_only_what_it_names_and_a_stop_of_all_is_the_first_ctrl_c(
    busy: subprocess.Popen[str], tmp_path: Path
) -> None:
    """One strategy ends, then one account; the rest trades on until all is stopped, with exit code 3."""
    data = tmp_path / "data"
    assert control(data, "stop", "--strategy", "b").code == 0
    wait_for_line(busy, "user 1 b: strategy ended, status=stopped")
    wait_for_line(busy, "user 1 a: trade done")
    assert control(data, "stop", "--user", "1").code == 0
    wait_for_line(busy, "user 1 a: strategy ended, status=stopped")
    wait_for_line(busy, "user 2 a: trade done")
    assert control(data, "stop", "--all").code == 0
    busy.communicate(timeout=20)
    assert busy.returncode == 3
    given = [(e["data"]["command"], e["data"]["by"]["uid"]) for e in events(data) if "operator_commanded" in e["topic"]]
    assert given == [("stop", os.getuid())] * 3


@pytest.mark.timeout(120)
def test_a_kill_cancels_what_is_open_of_what_it_names(tmp_path: Path) -> None:
    """The buys rest: one account's is canceled while the other's stays open; then all, and the run ends with 3."""
    data = tmp_path / "data"
    process = begun(tmp_path, RESTING, "OTO order placed")
    wait_for_line(process, "OTO order placed", log=True)
    killed = control(data, "kill", "--user", "2", "--json")
    told = [json.loads(line) for line in killed.out.splitlines()]
    assert [one.get("event", one["type"]) for one in told] == ["account.stop_requested.v1", "strategy.ended.v1", "end"]
    assert {row["user_id"]: row["status"] for row in rows(control(data, "status", "--json").out).values()} == {
        1: "running",
        2: "stopped",
    }
    assert run("kill", "--all", "--data-dir", data).code == 0
    process.communicate(timeout=20)
    assert process.returncode == 3
    buys = [row for row in ledger(data)["orders"] if row["side"] == "BUY"]
    assert [row["status"] for row in buys] == ["CANCELED"] * 2


@pytest.mark.timeout(120)
def test_an_account_with_an_expired_login_stays_parked_until_it_is_resumed(tmp_path: Path) -> None:
    """The other account is done in the first run; the second run leaves the parked one alone; resumed, it trades."""
    (tmp_path / "c.yaml").write_text(EXPIRED)
    (tmp_path / "faults.yaml").write_text(FAULTS)
    data, args = tmp_path / "data", ("supervisor", "--config", tmp_path / "c.yaml", "--plain", "--data-dir")
    assert run(*args, data, "--faults", tmp_path / "faults.yaml").code == 4
    assert {key[0]: row["status"] for key, row in progress(data).items()} == {1: "parked", 2: "reached"}
    intents = len(of(data, "order.", 1))
    second = run(*args, data)
    assert (second.code, "bin/run resume --user 1" in second.out) == (4, True)
    assert len(of(data, "order.", 1)) == intents
    resumed = control(data, "resume", "--user", "1")
    assert (resumed.code, "parked no more" in resumed.out) == (0, True)
    assert run(*args, data).code == 0
    assert progress(data)[1, "a"]["status"] == "reached"
