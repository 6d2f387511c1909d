"""The paper venue as a process: started, stopped, killed, and its ledger read from the outside."""

import json
import re
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from bin.exit_codes import ExitCode
from exchange.alpha import paths
from exchange.paper.settings import PaperSettings
from tests.support.paper import OTO, RESTING, TIMEOUT, PaperAccount, PaperVenue, running_venue, venue_command
from tests.support.real_data import SYMBOLS, TAPE, TOKENS, at_hand
from tests.support.source import ROOT


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False)


def ledger(data_dir: Path) -> Any:
    """What `bin/run venue ledger` prints."""
    done = run(sys.executable, "-m", "bin", "venue", "ledger", "--data-dir", str(data_dir), "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def one_trade(venue: PaperVenue) -> dict[str, int]:
    """An OTO of account 1, filled on both sides; the reply to its placement."""
    account = PaperAccount(venue)
    with account.stream() as frames:
        placed: dict[str, int] = account.post(paths.OTO_PLACE, OTO)
        frames.until(str(placed["pendingOrderId"]), "FILLED")
    return placed


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """Orders, balances, volume, counts and a turned knob are there again, and ids go on."""
    with running_venue(tmp_path) as venue:
        one_trade(venue)
        venue.admin("mul-point", token="AOP", mul_point=2)
        resting = PaperAccount(venue).post(paths.OTO_PLACE, RESTING)
        before, wallet = venue.ledger(), PaperAccount(venue, "1").post(paths.FUNDING_WALLET)
        venue.kill()
    with running_venue(tmp_path) as venue:
        account = PaperAccount(venue)
        assert venue.ledger()["orders"] == before["orders"]
        assert account.post(paths.FUNDING_WALLET) == wallet
        assert account.get(paths.USER_VOLUME)["totalVolume"] == 10
        assert account.post(paths.OTO_PLACE, RESTING)["workingOrderId"] == resting["pendingOrderId"] + 1
        assert venue.ledger()["requests"]["1"]["oto-order/place"] == 3
        assert {row["mulPoint"] for row in venue.public(paths.AGG_TICKER) if row["symbol"] == "AOP"} == {2}


def test_an_order_that_was_open_fills_after_a_kill(tmp_path: Path) -> None:
    """The market it waits for may come after the restart."""
    with running_venue(tmp_path) as venue:
        venue.admin("market", symbol="ALPHA_382USDT", halted=True)
        placed = PaperAccount(venue).post(paths.OTO_PLACE, OTO)
        venue.kill()
    with running_venue(tmp_path) as venue:
        account = PaperAccount(venue)
        with account.stream() as frames:
            venue.admin("market", symbol="ALPHA_382USDT", halted=False)
            frames.until(str(placed["pendingOrderId"]), "FILLED")


def test_a_venue_that_cannot_write_its_state_ends(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """On a full disk it would forget what it has answered: one line says so, with the code for storage."""
    with running_venue(tmp_path) as venue:
        resource.prlimit(venue.process.pid, resource.RLIMIT_FSIZE, (2_000, 2_000))
        with suppress(requests.ConnectionError):  # or its answer is that it failed
            requests.get(venue.url + paths.AGG_TICKER, timeout=TIMEOUT)
        assert venue.process.wait(TIMEOUT) == ExitCode.STORAGE
    (line,) = capfd.readouterr().err.splitlines()
    assert re.fullmatch(r"venue: .*paper-venue\.sqlite: .*", line)


def test_the_ledger_is_read_while_it_runs_and_after(tmp_path: Path) -> None:
    """The command gives what the admin endpoint gives."""
    with running_venue(tmp_path) as venue:
        one_trade(venue)
        running = venue.ledger()
        assert ledger(tmp_path) == running
    assert ledger(tmp_path) == running
    assert {row["status"] for row in running["orders"]} == {"FILLED"}


def test_the_ledger_is_a_table_for_people(tmp_path: Path) -> None:
    """Orders, credits and requests under their titles."""
    with running_venue(tmp_path) as venue:
        one_trade(venue)
    shown = run(sys.executable, "-m", "bin", "venue", "ledger", "--data-dir", str(tmp_path)).stdout
    assert re.search(r"orders\n  venue_order_id +account +symbol .*\n  7000001 +1 +ALPHA_382USDT +BUY +0.0223 ", shown)
    assert re.search(r"credits\n  account +token .*\n  1 +AOP +10\.00000000 ", shown)
    assert re.search(r"\n  1 +oto-order/place +1\n", shown)


def test_a_directory_without_a_venue_has_no_ledger(tmp_path: Path) -> None:
    """Usage error 64, and what to do."""
    done = run(sys.executable, "-m", "bin", "venue", "ledger", "--data-dir", str(tmp_path))
    assert done.returncode == 64
    assert "has no paper-venue.sqlite; name the --data-dir of a run" in done.stderr


def test_sigterm_stops_it_cleanly(tmp_path: Path) -> None:
    """Exit code 0, with a stream still open."""
    with running_venue(tmp_path) as venue, PaperAccount(venue).stream():
        venue.process.terminate()
        assert venue.process.wait(TIMEOUT) == 0


def test_one_venue_per_directory(tmp_path: Path) -> None:
    """A second one says so and ends with 74; the first does not notice."""
    with running_venue(tmp_path) as venue:
        second = run(*venue_command(tmp_path))
        assert (second.returncode, second.stdout) == (74, "")
        assert "another paper venue runs on it" in second.stderr
        one_trade(venue)


def test_it_stops_with_its_parent(tmp_path: Path) -> None:
    """When the pipe that is its stdin is closed, as the death of the parent does."""
    command, pipe = venue_command(tmp_path, "--exit-with-parent"), subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert (set(ready), ready["pid"]) == ({"url", "ws", "pid"}, process.pid)
        process.stdin.close()
        assert process.wait(TIMEOUT) == 0


@pytest.mark.parametrize(
    ("option", "content", "error"),
    [
        ("--tokens", "{}", "expected token rows"),
        ("--symbols", "[]x", "expected symbol rules"),
        ("--tape", "a,b\n", "line 1: expected the columns"),
        ("--settings", '{"sed": 1}', "unknown field `sed`"),
    ],
)
def test_a_bad_file_ends_it_with_78(tmp_path: Path, option: str, content: str, error: str) -> None:
    """The file is named, nothing is printed on stdout, and there is no traceback."""
    file = tmp_path / "given"
    file.write_text(content)
    done = run(*venue_command(tmp_path / "data", option, str(file)))
    assert (done.returncode, done.stdout) == (78, "")
    assert str(file) in done.stderr
    assert error in done.stderr
    assert "Traceback" not in done.stderr


def test_options_override_the_settings_file(tmp_path: Path) -> None:
    """The file says one lag, the command line another."""
    file = tmp_path / "settings.json"
    file.write_text('{"volume_lag_seconds": 3600, "seed": 5}')
    command = venue_command(tmp_path, "--settings", str(file), "--volume-lag", "0", "--credit-rule", "multiplied")
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        venue = PaperVenue(ready["url"], ready["ws"], process)
        one_trade(venue)
        assert PaperAccount(venue).get(paths.USER_VOLUME)["totalVolume"] > 100
        process.terminate()


@pytest.mark.skipif(not at_hand(), reason="the real dumps are not beside this checkout")
def test_real_dumps_and_a_real_tape(tmp_path: Path) -> None:
    """All 403 rows and 735 symbols are listed, and real tokens trade on the tape's prices."""
    settings = PaperSettings(tokens_file=str(TOKENS), symbols_file=str(SYMBOLS), tape_file=str(TAPE))
    with running_venue(tmp_path, settings) as venue:
        assert len(venue.public(paths.AGG_TICKER)) == 403
        assert len(venue.public(paths.EXCHANGE_INFO)["symbols"]) == 735
        account = PaperAccount(venue)
        koge = {"baseAsset": "ALPHA_22", "workingPrice": 50, "workingQuantity": "0.6", "pendingPrice": 40}
        payment = [{"amount": "30", "paymentWalletType": "CARD"}]
        with account.stream() as frames:
            placed = account.post(paths.OTO_PLACE, OTO | koge | {"paymentDetails": payment})
            frames.until(str(placed["pendingOrderId"]), "FILLED")
        assert account.get(paths.USER_VOLUME)["totalVolume"] == 30
