"""`bin/run monitor` in a process of its own: alone on a paper venue, beside a supervisor, and between the two."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from bin.exit_codes import ExitCode
from bin.lock import DataDirLock
from events.base import NewEvent
from events.journal import SqliteJournal
from events.system import StreamConnected
from exchange.alpha import paths
from tests.support.asking import ask
from tests.support.cli import wait_for_line
from tests.support.journals import META
from tests.support.paper import OTO, TIMEOUT, PaperAccount, PaperVenue, running_venue
from tests.support.source import ROOT

_USERS = count(1)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with running_venue(tmp_path_factory.mktemp("venue")) as running:
        yield running


@pytest.fixture
def account(venue: PaperVenue) -> Iterator[PaperAccount]:
    """One that nobody has used; faults go with it."""
    yield PaperAccount(venue, str(next(_USERS)))
    requests.delete(f"{venue.url}/admin/faults", timeout=TIMEOUT)


@contextmanager
def monitoring(account: PaperAccount, data: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The monitor of this account, until Ctrl-C."""
    args = ["--user", account.user_id, "--venue", account.venue.url, "--data-dir", str(data), "--duration", "0"]
    command = [sys.executable, "-m", "bin", "monitor", *args, *options]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def interrupted(process: subprocess.Popen[str]) -> list[str]:
    """What it still says after Ctrl-C, which is an orderly end."""
    process.send_signal(signal.SIGINT)
    out, err = rest_of(process)
    assert (process.returncode, err) == (ExitCode.OK, "")
    return out.splitlines()


def rest_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Until its end, with what was read together with an earlier line, which `communicate` would miss."""
    assert process.stdout is not None
    assert process.stderr is not None
    texts = process.stdout.read(), process.stderr.read()
    process.wait(TIMEOUT)
    return texts


def objects(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def keys_asked_for(account: PaperAccount) -> int:
    counts: dict[str, int] = account.venue.ledger()["requests"].get(account.user_id, {})
    return counts.get("get-listen-key", 0)


def test_alone_it_tells_every_update_and_the_totals(account: PaperAccount, tmp_path: Path) -> None:
    """All five of an OTO with their fields; the distribution adds up; only a listen key was asked for."""
    with monitoring(account, tmp_path, "--json") as process:
        wait_for_line(process, '"what":"connected"')
        placed = account.post(paths.OTO_PLACE, OTO)
        told = [json.loads(wait_for_line(process, "order_update")) for _ in range(5)]
        *_, closed, totals = objects(interrupted(process))
    assert [one["order_status"] for one in told] == ["NEW", "PENDING", "FILLED", "NEW", "FILLED"]
    assert {one["venue_order_id"] for one in told} == {str(one) for one in placed.values()}
    assert told[0]["client_order_id"].startswith("web_")
    assert (told[2]["side"], told[2]["order_type"], told[2]["executed"]) == ("BUY", "LIMIT", "1793.72")
    assert totals["by_status"] == {"FILLED": 2, "NEW": 2, "PENDING": 1}
    assert (totals["order_updates"], totals["connection_events"], closed["what"]) == (5, 2, "closed")
    assert set(account.venue.ledger()["requests"][account.user_id]) == {
        "get-listen-key",
        "oto-order/place",
        "userDataStream",
    }


def test_the_listen_key_is_masked(account: PaperAccount, tmp_path: Path) -> None:
    """Four of its 32 digits are told, and more of it nowhere."""
    with monitoring(account, tmp_path, "--json") as process:
        (key,) = objects([wait_for_line(process, '"type":"listen_key"')])
        rest = "".join(interrupted(process))
    assert re.fullmatch(r"[0-9a-f]{4}\.\.\.", key["masked"])
    assert not re.search(r"[0-9a-f]{32}", rest)


def test_a_lost_stream_is_told(account: PaperAccount, tmp_path: Path) -> None:
    """With the number of the next try, of ten."""
    with monitoring(account, tmp_path) as process:
        wait_for_line(process, "connection connected; reconnects 0/10")
        account.venue.admin("close-streams", account=account.user_id)
        assert "reconnects 1/10" in wait_for_line(process, "connection lost")
        assert "connection events: 3" in interrupted(process)


def test_a_session_that_has_expired_ends_it(account: PaperAccount, tmp_path: Path) -> None:
    """Exit code 4, with the venue's reason and the statistics."""
    rule = {"do": {"fault": "reply", "name": "login_expired"}, "when": {"endpoint": "get-listen-key"}}
    account.venue.admin("faults", rules=[rule])
    with monitoring(account, tmp_path) as process:
        out, _ = process.communicate(timeout=TIMEOUT)
    assert process.returncode == ExitCode.ACCOUNT_FAILED
    assert "connection given up" in out
    assert "order updates: 0" in out


def test_a_supervisor_that_begins_takes_the_stream_over(account: PaperAccount, tmp_path: Path) -> None:
    """The monitor asks for no other key, and goes on with what the supervisor records."""
    with monitoring(account, tmp_path) as process:
        wait_for_line(process, "connection connected")
        before = keys_asked_for(account)
        with SqliteJournal(tmp_path / "events.sqlite") as journal, DataDirLock(tmp_path):
            wait_for_line(process, "mode log")
            journal.append(f"connection-{account.user_id}", 0, [_connected(account)])
            wait_for_line(process, "connection connected; reconnects 0/10")
        out, _ = rest_of(process)
    assert (process.returncode, "the supervisor has ended" in out) == (ExitCode.OK, True)
    assert keys_asked_for(account) == before == 1


def _connected(account: PaperAccount) -> NewEvent:
    return NewEvent(event=StreamConnected(user_id=int(account.user_id), attempt=1), meta=META)


def test_a_reader_that_goes_away_ends_it(account: PaperAccount, tmp_path: Path) -> None:
    """As in `| head`: exit code 141, and not a word about it."""
    with monitoring(account, tmp_path) as process:
        wait_for_line(process, "connected")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(TIMEOUT) == ExitCode.BROKEN_PIPE
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "name a running paper venue with --venue URL"),
        (("--venue", "https://www.example.com"), "is no paper venue's"),
        (("--venue", "http://127.0.0.1:1/x"), "is no paper venue's"),
        (("--duration", "soon"), "'soon' is not a number"),
    ],
)
def test_what_it_cannot_do_is_a_usage_error(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    """Nothing is contacted; a paper session is sent to nobody but this machine."""
    answer = ask("monitor", "--user", 1, "--data-dir", tmp_path, *args)
    assert answer.code == ExitCode.USAGE
    assert said in " ".join(answer.err.replace("│", " ").split())
