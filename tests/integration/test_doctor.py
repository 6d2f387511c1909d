"""`bin/run doctor`: each failure provoked, and what is said to mend it."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace

from actors.messages.orders import CancelDone, Reconciled
from actors.messages.strategies import StopTrading
from actors.messages.streams import StreamDown, StreamMoved
from bin import alert_tracking
from bin.doctor_accounts import Bench, account_findings, balance, beside_supervisor
from bin.doctor_findings import Finding, exit_code_of, failure, ok, skipped, warning
from bin.doctor_log import log_findings
from bin.doctor_place import disk, modes, other_process
from bin.doctor_settings import alerts, configuration, headroom
from bin.doctor_venue import NoVenue, answers, market, venue_at
from bin.exit_codes import ExitCode
from bin.lock import DataDirLock
from bin.venue_ports import ports_of
from config.origins import Loaded
from config.schema import Settings
from events.accounts import AccountQuieted
from events.base import Event, Metadata, NewEvent
from events.control import AccountPaused
from events.inventory import InventoryHeld
from events.journal import SqliteJournal
from events.system import AccountParked, RunEnded, StreamConnected, StreamLost
from events.values import Operator
from exchange.alpha.session import Hosts
from exchange.quiet import Quiet
from projections.runner import Runner
from projections.states.outbox import Outbox
from tests.support.account import WORKING, Account
from tests.support.asking import ask
from tests.support.house import RUN
from tests.support.paper import TIMEOUT, PaperVenue, running_venue
from tests.support.sealed_log import change
from tests.support.terms import terms

_USERS = count(1)
BY = Operator(name="op", uid=0, pid=1)
HELD = InventoryHeld(
    user_id=1,
    strategy_id="aop",
    trade_id="1-1",
    asset="ALPHA_382",
    ticker="AOP",
    quantity=Decimal("12.5"),
    value=Decimal(3),
    reason="the book was empty",
)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with running_venue(tmp_path_factory.mktemp("venue")) as running:
        yield running


@pytest.fixture
def faulty(venue: PaperVenue) -> Iterator[PaperVenue]:
    """Faults go with the test."""
    yield venue
    requests.delete(f"{venue.url}/admin/faults", timeout=TIMEOUT)


def settings_file(directory: Path, more: str = "", ticker: str = "AOP", user: int = 1) -> Path:
    file = directory / "c.yaml"
    strategy = f"{{strategy_id: a, target_token: {ticker}, target_volume: 100, user_ids: [{user}]}}"
    file.write_text(f"strategies:\n  - {strategy}\n{more}\n")
    return file


def loaded(directory: Path, more: str = "", ticker: str = "AOP", user: int = 1) -> Loaded:
    found, findings = configuration(settings_file(directory, more, ticker, user))
    assert found is not None, findings
    return found


def hosts_of(venue: PaperVenue) -> Hosts:
    return Hosts(rest_url=venue.url, stream_url=venue.ws)


def reply_with(venue: PaperVenue, name: str, endpoint: str) -> None:
    rule = {"do": {"fault": "reply", "name": name}, "when": {"endpoint": endpoint}}
    venue.admin("faults", rules=[rule])


def verdicts(findings: Sequence[Finding] | Iterator[Finding]) -> dict[str, str]:
    return {one.check: one.verdict for one in findings}


def record(directory: Path, stream: str, *events: Event, ago_s: int = 0) -> None:
    at = time.time_ns() // 1_000_000 - ago_s * 1000
    meta = Metadata(correlation_id="c", causation=None, ts_event=at, ts_init=at)
    with SqliteJournal(directory / "events.sqlite") as journal:
        new = [NewEvent(event=event, meta=meta) for event in events]
        journal.append(stream, journal.stream_version(stream), new)


def the(findings: Iterator[Finding], check: str) -> Finding:
    return next(one for one in findings if one.check == check)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_worst_finding_decides_the_exit_code() -> None:
    """What was skipped is no warning."""
    well, amiss, bad = ok("a", ""), warning("b", "", ""), failure("c", "", "")
    codes = [exit_code_of(found) for found in ([well, skipped("d", "")], [well, amiss], [bad, amiss])]
    assert codes == [0, 1, 2]


def test_all_is_well_on_a_venue_that_runs(venue: PaperVenue, tmp_path: Path) -> None:
    """Exit code 0; every check says what it looked at, and none has anything to mend; nothing was written."""
    data = tmp_path / "data"
    answer = ask("doctor", "--config", settings_file(tmp_path, user=77), "--data-dir", data, "--venue", venue.url)
    assert (answer.code, "mend" in answer.out, data.exists()) == (ExitCode.OK, False, False)
    assert len(answer.out.splitlines()) == 15
    assert set(venue.ledger()["requests"]["77"]) == {
        *("get-listen-key", "userDataStream", "cloud-wallet/alpha", "get-wallet-asset", "user-volume")
    }


def test_a_paper_venue_is_started_for_the_checks(tmp_path: Path) -> None:
    """On a copy of the state, in a place of its own; the directory stays as it was."""
    answer = ask("doctor", "--config", settings_file(tmp_path), "--data-dir", tmp_path / "data", "--json")
    assert answer.code == ExitCode.OK
    assert '"check":"stream acknowledged","verdict":"ok"' in answer.out
    assert not (tmp_path / "data").exists()


def test_settings_that_cannot_be_used_are_a_failure(tmp_path: Path) -> None:
    """Each mistake by itself, and the data directory is looked at all the same."""
    (tmp_path / "c.yaml").write_text(
        "strategies:\n  - {strategy_id: a, target_token: AOP, target_volume: x, tokn: 1}\n"
    )
    answer = ask("doctor", "--config", tmp_path / "c.yaml", "--data-dir", tmp_path)
    assert (answer.code, answer.out.count("failure  configuration")) == (ExitCode.UNREADABLE, 3)
    assert "ok       disk space" in answer.out


def test_an_account_that_the_settings_do_not_have_is_a_failure(tmp_path: Path) -> None:
    """Or nothing would be looked at, and all would seem well."""
    file = settings_file(tmp_path)
    answer = ask("doctor", "--config", file, "--data-dir", tmp_path, "--user", 5, "--venue", "http://127.0.0.1:1")
    assert "failure  configuration: user 5: it is in no strategy" in answer.out


def no_directory(tmp_path: Path, kind: str) -> Path:
    place = tmp_path / "data"
    if kind == "circle":
        place.symlink_to(place)
    elif kind == "long":
        return tmp_path / ("a" * 300)
    else:
        place.touch()
    return place / "below" if kind == "below a file" else place


@pytest.mark.parametrize("kind", ["file", "below a file", "circle", "long"])
def test_a_place_that_can_be_no_data_directory_is_a_failure(tmp_path: Path, kind: str) -> None:
    """What lies in it is not looked at; all else is, and the doctor tells it in words to its end."""
    place = no_directory(tmp_path, kind)
    file = settings_file(tmp_path)
    answer = ask("doctor", "--config", file, "--data-dir", place, "--venue", "http://127.0.0.1:1")
    assert answer.code == ExitCode.UNREADABLE
    assert f"failure  data directory: {place} cannot be used" in answer.out
    assert "disk space" not in answer.out
    assert "failure  reachable" in answer.out


def test_little_room_is_a_warning_and_none_a_failure(tmp_path: Path) -> None:
    """Also for a directory that is not there yet."""
    place = tmp_path / "not" / "there"
    assert [disk(place).verdict, disk(place, little_mb=10**9).verdict] == ["ok", "warning"]
    assert disk(place, too_little_mb=10**9).verdict == "failure"


def test_files_that_others_may_change_or_read_are_a_failure(tmp_path: Path) -> None:
    """The log may be read, a secret may not."""
    log, secret = tmp_path / "events.sqlite", tmp_path / "alerts.urls"
    for file, mode in ((log, 0o644), (secret, 0o600)):
        file.touch()
        file.chmod(mode)
    assert modes(tmp_path, (secret,)).verdict == "ok"
    secret.chmod(0o640)
    assert modes(tmp_path, (secret,)).mend == f"chmod 600 {secret}"
    log.chmod(0o664)
    assert (modes(tmp_path, ()).verdict, modes(tmp_path, ()).mend) == ("warning", f"chmod go-w {log}")
    log.chmod(0o646)
    assert modes(tmp_path, ()).verdict == "failure"


def test_another_supervisor_is_a_warning(tmp_path: Path) -> None:
    """With its pid."""
    assert other_process(tmp_path).verdict == "ok"
    with DataDirLock(tmp_path):
        assert f"pid {os.getpid()}" in other_process(tmp_path).words
        assert other_process(tmp_path).verdict == "warning"


def test_a_log_that_was_changed_is_a_failure(tmp_path: Path) -> None:
    """And nothing is told of what it adds up to."""
    record(tmp_path, "system", RUN, RunEnded(run_id="run-1", exit_code=0, reason="all targets reached"))
    assert verdicts(log_findings(tmp_path, (1,)))["log sound"] == "ok"
    change(tmp_path / "events.sqlite", "UPDATE stored_events SET state = '{}' WHERE rowid = 1")
    assert verdicts(log_findings(tmp_path, (1,))) == {"log sound": "failure"}


def test_views_that_stopped_or_lag_are_told(tmp_path: Path) -> None:
    """A lag counts only while a supervisor runs: otherwise the next who asks folds what is missing."""
    record(tmp_path, "system", RUN, ago_s=600)
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        runner = Runner(journal, tmp_path / "views.sqlite")
        runner.catch_up()
        runner.close()
    record(tmp_path, "system", RUN, ago_s=600)
    assert verdicts(log_findings(tmp_path, ()))["views"] == "ok"
    with DataDirLock(tmp_path):
        assert verdicts(log_findings(tmp_path, ()))["views"] == "warning"
    change(tmp_path / "views.sqlite", "UPDATE tracking SET stopped_at = 1, stopped_by = 'x', error = 'no'")
    assert "bin/run rebuild" in the(log_findings(tmp_path, ()), "views").mend


def test_a_run_that_did_not_end_is_a_warning(tmp_path: Path) -> None:
    """Unless it goes on."""
    record(tmp_path, "system", RUN)
    assert "settles what was in hand" in the(log_findings(tmp_path, ()), "last run").mend
    with DataDirLock(tmp_path):
        assert the(log_findings(tmp_path, ()), "last run").verdict == "ok"


def test_what_an_account_is_left_with_is_told(tmp_path: Path) -> None:
    """Unsold coins, a park that waits for its owner, a pause, a venue that wants to be left in peace."""
    record(tmp_path, "user-1", HELD, AccountParked(user_id=1, reason="a challenge", restricted=True))
    until = time.time_ns() // 1_000_000 + 60_000
    record(tmp_path, "user-2", AccountPaused(user_id=2, by=BY), AccountQuieted(user_id=2, until=until, reason="429"))
    first = {one.check: one for one in log_findings(tmp_path, (1,))}
    assert "bin/run sweep --user 1" in first["unsold inventory"].mend
    assert (first["parked"].verdict, "bin/run resume --user 1" in first["parked"].mend) == ("failure", True)
    second = verdicts(log_findings(tmp_path, (2,)))
    assert (second["parked"], second["rate-limit quiet"]) == ("warning", "warning")
    assert verdicts(log_findings(tmp_path, (3,)))["parked"] == "ok"


def left_in_hand(directory: Path, story: Account) -> Finding:
    record(directory, "user-1", *(one.event for one in story.log))
    return the(log_findings(directory, (1,)), "trade in hand")


def test_a_trade_that_was_left_in_hand_is_told(tmp_path: Path) -> None:
    """After a stop that did not wait for the order's end: the order, and who settles it."""
    found = left_in_hand(tmp_path, Account().trades_from("0").places().when(StopTrading(now=True)))
    assert (found.verdict, found.user_id) == ("warning", 1)
    assert "1-000001: BUY 1818.18 ALPHA_900USDT at 0.022, order 7000001, may be open" in found.words
    assert "the next run with user 1 looks at the venue and settles it" in found.mend


def test_what_a_parked_account_has_not_sold_is_told(tmp_path: Path) -> None:
    """Its sell may be open; a run that goes on does nothing about it before its owner's word."""
    story = Account().trades_from("0").places().leg_ends(WORKING).when(StreamMoved())
    asked = story.state.reconciliation.number
    story.when(Reconciled(number=asked, complete=False, outcome="unauthorised", message="log in"))
    with DataDirLock(tmp_path):
        found = left_in_hand(tmp_path, story)
    assert (found.verdict, "order 7000002, may be open; 1817.998182 AOP bought" in found.words) == ("warning", True)
    assert "bin/run resume --user 1" in found.mend


def test_how_the_cancel_of_a_restricted_accounts_order_went_is_told(tmp_path: Path) -> None:
    """Where the settings have it tried: the reason does not call the trade left as it is, and the answer is said."""
    story = Account(terms(on_restriction="cancel")).trades_from("0").places()
    story.when(StreamDown(position=0, reason="please verify", final=True, outcome="unauthorised"))
    assert "trade 1-000001 is tried" in story.state.parked
    assert "left as it is" not in story.state.parked
    story.when(CancelDone(trade_id="1-000001", venue_order_id=WORKING, outcome="accepted"))
    assert "the cancel of order 7000001 was answered: accepted" in left_in_hand(tmp_path, story).words


@pytest.mark.parametrize("story", [Account().trades_from("0"), Account().trades_from("0").places()])
def test_a_trade_that_a_run_works_on_is_no_warning(tmp_path: Path, story: Account) -> None:
    """Nor is one that has sent nothing yet."""
    with DataDirLock(tmp_path):
        assert left_in_hand(tmp_path, story).verdict == "ok"


def test_alerts_that_cannot_be_sent_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """URLs that others may read are a failure; alerts that were given up a warning."""
    (tmp_path / "urls").write_text("json://127.0.0.1/x")
    (tmp_path / "urls").chmod(0o644)
    assert alerts(loaded(tmp_path, "alerts: {urls_file: urls}").settings, tmp_path).verdict == "failure"
    monkeypatch.setenv("OTOMAT_ALERT_URLS", "json://127.0.0.1/x")
    assert alerts(loaded(tmp_path).settings, tmp_path).verdict == "ok"
    alert_tracking.write(tmp_path, alert_tracking.Tracked(position=0, outbox=Outbox(dropped=2)))
    assert "2 alerts" in alerts(loaded(tmp_path).settings, tmp_path).words


def test_more_calls_than_the_rate_allows_are_a_warning(tmp_path: Path) -> None:
    """Counted from the accounts that trade at a time and their intervals."""
    assert headroom(loaded(tmp_path).settings).verdict == "ok"
    assert headroom(loaded(tmp_path, "venue: {address_calls_per_second: 0.5}").settings).verdict == "warning"
    assert headroom(loaded(tmp_path, "venue: {address_calls_per_second: 3}").settings).verdict == "ok"


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
