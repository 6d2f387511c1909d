"""`bin/run doctor` on a venue and the accounts there."""

import socket
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace

from bin.doctor_accounts import Bench, account_findings, balance, beside_supervisor
from bin.doctor_venue import NoVenue, answers, market, venue_at
from bin.exit_codes import ExitCode
from bin.lock import DataDirLock
from bin.venue_ports import ports_of
from config.schema import Settings
from events.system import StreamConnected, StreamLost
from exchange.alpha.session import Hosts
from exchange.quiet import Quiet
from tests.support.asking import ask
from tests.support.doctor import loaded, record, settings_file, verdicts
from tests.support.house import RUN
from tests.support.odd_server import answering, http_reply, odd_server
from tests.support.paper import TIMEOUT, PaperVenue, running_venue

_USERS = count(1)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with running_venue(tmp_path_factory.mktemp("venue")) as running:
        yield running


@pytest.fixture
def faulty(venue: PaperVenue) -> Iterator[PaperVenue]:
    """Faults go with the test."""
    yield venue
    requests.delete(f"{venue.url}/admin/faults", timeout=TIMEOUT)


def hosts_of(venue: PaperVenue) -> Hosts:
    return Hosts(rest_url=venue.url, stream_url=venue.ws)


def reply_with(venue: PaperVenue, name: str, endpoint: str) -> None:
    rule = {"do": {"fault": "reply", "name": name}, "when": {"endpoint": endpoint}}
    venue.admin("faults", rules=[rule])


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_all_is_well_on_a_venue_that_runs(venue: PaperVenue, tmp_path: Path) -> None:
    """Exit code 0; every check says what it looked at, and none has anything to mend; nothing was written."""
    data = tmp_path / "data"
    answer = ask("doctor", "--config", settings_file(tmp_path, user=77), "--data-dir", data, "--venue", venue.url)
    assert (answer.code, "mend" in answer.out, data.exists()) == (ExitCode.OK, False, False)
    assert len(answer.out.splitlines()) == 15
    assert set(venue.ledger()["requests"]["77"]) == {
        *("get-listen-key", "userDataStream", "cloud-wallet/alpha", "get-wallet-asset", "user-volume")
    }


def test_a_venue_that_does_not_answer_is_a_failure(tmp_path: Path) -> None:
    """Nobody listens there."""
    hosts = Hosts(rest_url=f"http://127.0.0.1:{closed_port()}", stream_url="ws://127.0.0.1:1")
    (found,) = answers(hosts, loaded(tmp_path).settings)
    assert (found.check, found.verdict) == ("reachable", "failure")


@pytest.mark.parametrize(
    ("reply", "check"), [("server_error", "reachable"), ("rate_limited", "rate limit"), ("banned", "rate limit")]
)
def test_a_venue_that_is_not_well_is_a_failure(faulty: PaperVenue, tmp_path: Path, reply: str, check: str) -> None:
    """Or one that turns us away; nothing more is asked of it."""
    reply_with(faulty, reply, "token/list")
    found = answers(hosts_of(faulty), loaded(tmp_path).settings)
    assert verdicts(found[:1]) == {check: "failure"}


@pytest.mark.parametrize(("ahead_s", "verdict"), [(0, "ok"), (5, "warning"), (-5, "warning"), (60, "failure")])
def test_a_clock_that_is_wrong_is_told(venue: PaperVenue, tmp_path: Path, ahead_s: int, verdict: str) -> None:
    """By the date of the venue's answer."""
    found = answers(hosts_of(venue), loaded(tmp_path).settings, lambda: time.time() + ahead_s)
    assert verdicts(found)["clock"] == verdict


@pytest.mark.parametrize("date", ["", "Date: yesterday\r\n"])
def test_an_answer_without_a_date_is_a_warning(tmp_path: Path, date: str) -> None:
    """The clocks cannot be compared."""
    reply = http_reply('{"code":"000000","data":[],"success":true}', headers=date)
    with odd_server(answering(reply)) as server:
        hosts = Hosts(rest_url=server.url, stream_url="ws://127.0.0.1:1")
        assert verdicts(answers(hosts, loaded(tmp_path).settings))["clock"] == "warning"


def test_a_token_that_is_not_traded_is_a_failure(venue: PaperVenue, tmp_path: Path) -> None:
    """In the words of the settings' own check."""
    one = loaded(tmp_path, ticker="APO")
    findings, _ = market(ports_of(hosts_of(venue), one.settings), one)
    assert (findings[0].verdict, "did you mean AOP" in findings[0].words) == ("failure", True)


def test_a_market_that_cannot_be_read_is_a_failure(faulty: PaperVenue, tmp_path: Path) -> None:
    """A page in place of the listing."""
    reply_with(faulty, "html_page", "get-exchange-info")
    one = loaded(tmp_path)
    assert market(ports_of(hosts_of(faulty), one.settings), one)[0][0].verdict == "failure"


def test_a_paper_venue_that_cannot_be_started_is_a_failure(tmp_path: Path) -> None:
    """Its dump of tokens is none."""
    (tmp_path / "tokens.json").write_text("{}")
    settings = loaded(tmp_path, "venue: {tokens_file: tokens.json}").settings
    with pytest.raises(NoVenue, match="could not be started"), venue_at(settings, tmp_path, None):
        pass


def bench(venue: PaperVenue, settings: Settings, data_dir: Path, hosts: Hosts | None = None) -> Bench:
    return Bench(settings, data_dir, ports_of(hosts or hosts_of(venue), settings), ())


@pytest.mark.parametrize(
    ("endpoint", "reply", "found"),
    [
        ("cloud-wallet/alpha", "login_expired", {"session alive": "failure"}),
        ("user-volume", "rate_limited", {"session alive": "ok", "balance": "failure"}),
        ("get-listen-key", "risk_challenge", {"session alive": "ok", "balance": "ok", "listen key": "failure"}),
    ],
)
def test_an_account_that_the_venue_refuses_is_a_failure(
    faulty: PaperVenue, tmp_path: Path, endpoint: str, reply: str, found: dict[str, str]
) -> None:
    """At whichever call, and nothing that needs it is tried after it."""
    reply_with(faulty, reply, endpoint)
    user = next(_USERS)
    findings = verdicts(account_findings(bench(faulty, loaded(tmp_path, user=user).settings, tmp_path), user))
    assert {check: findings[check] for check in found} == found
    assert "stream acknowledged" not in findings


def test_a_stream_that_cannot_be_had_is_a_failure(venue: PaperVenue, tmp_path: Path) -> None:
    """The key is given back all the same."""
    user = next(_USERS)
    hosts = replace(hosts_of(venue), stream_url=f"ws://127.0.0.1:{closed_port()}/x")
    found = verdicts(account_findings(bench(venue, loaded(tmp_path, user=user).settings, tmp_path, hosts), user))
    assert (found["listen key"], found["stream acknowledged"]) == ("ok", "failure")
    assert venue.ledger()["requests"][str(user)]["userDataStream"] == 1


@pytest.mark.parametrize(
    ("amount", "volume", "verdict"), [(30, 100, "ok"), (200_000, 100, "failure"), (30, 10**10, "warning")]
)
def test_too_little_money_is_told(venue: PaperVenue, tmp_path: Path, amount: int, volume: int, verdict: str) -> None:
    """Less than a trade takes is a failure, less than the fees of the plan will take a warning."""
    one = loaded(tmp_path, user=9).settings
    (spec,) = one.strategies
    plan = replace(one, strategies=(replace(spec, amount=Decimal(amount), target_volume=Decimal(volume)),))
    table = bench(venue, plan, tmp_path)
    client = table.ports.client(9, Quiet(lambda: 0))
    assert balance(table, client, 9).verdict == verdict
    client.close()


def test_beside_a_supervisor_no_key_is_asked_for(venue: PaperVenue, tmp_path: Path) -> None:
    """Its own stream could end; its log says how that stream is. An account that is not its own has no such stream."""
    user = next(_USERS)
    record(tmp_path, "system", replace(RUN, accounts=(user,)))
    record(tmp_path, f"connection-{user}", StreamConnected(user_id=user, attempt=1))
    with DataDirLock(tmp_path):
        found = list(account_findings(bench(venue, loaded(tmp_path, user=user).settings, tmp_path), user))
        assert (found[-1].verdict, found[-1].words) == ("skipped", "the supervisor has the stream, which is up")
        assert beside_supervisor(tmp_path, user + 1) is None
        lost = StreamLost(user_id=user, reason="gone", attempt=1, retry_in=Decimal(3))
        record(tmp_path, f"connection-{user}", lost)
        assert getattr(beside_supervisor(tmp_path, user), "verdict", "") == "warning"
    assert "get-listen-key" not in venue.ledger()["requests"][str(user)]


@pytest.mark.parametrize("log", [None, b"", b"no log at all" * 500])
def test_a_supervisor_whose_log_cannot_be_read_is_left_its_stream(
    venue: PaperVenue, tmp_path: Path, log: bytes | None
) -> None:
    """One that is just starting has none yet. The doctor asks for no key, and goes on to its own end."""
    if log is not None:
        (tmp_path / "events.sqlite").write_bytes(log)
    file = settings_file(tmp_path, user=next(_USERS))
    with DataDirLock(tmp_path):
        answer = ask("doctor", "--config", file, "--data-dir", tmp_path, "--venue", venue.url)
    assert answer.code in (ExitCode.DIFFERENCE, ExitCode.UNREADABLE)
    assert "warning  stream acknowledged" in answer.out
    assert "listen key" not in answer.out
    assert answer.err == ""
