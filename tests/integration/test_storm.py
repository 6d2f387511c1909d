"""Twenty accounts at a venue that turns calls away: whoever was told to wait asks for nothing meanwhile."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from actors.supervisor import RunPlan, RunResult
from actors.system import start_system, stop_system
from bin.venue_ports import VenuePorts, paper_login
from events.accounts import AccountQuieted
from events.journal import InMemoryJournal
from exchange.alpha.rest import AlphaClient
from exchange.alpha.session import Hosts
from exchange.alpha.transport import Timeouts
from exchange.errors import LeftInPeace, RateLimited
from exchange.pace import Pace, Pacer
from exchange.paper.faults_actions import WrongReply
from exchange.paper.faults_plan import FaultPlan, Rule, When
from exchange.paper.settings import PaperSettings
from exchange.quiet import Quiet
from exchange.rate_limit import RateLimits
from tests.simulation.scenario import symbol_rules
from tests.support.house import QUICK, RUN
from tests.support.odd_server import answering, http_reply, odd_server
from tests.support.paper import running_venue
from tests.support.terms import terms

ACCOUNTS = range(1, 21)
RETRY_AFTER_S = 1
UNDER_WAY_S = 0.1
"""A request that another thread was just about to send when the answer came."""
PATIENCE_S = 60
TURNED_AWAY = 429
STORM = FaultPlan(
    seed=3,
    rules=(Rule(do=WrongReply(name="rate_limited", retry_after=RETRY_AFTER_S), when=When(probability=Decimal("0.1"))),),
)
LIMITS = RateLimits(
    placements_per_second=Decimal(10), calls_per_second=Decimal(30), address_calls_per_second=Decimal(300)
)


class Sent(NamedTuple):
    """A request and its answer's status, with the times of a clock that never goes back (s)."""

    began: float
    ended: float
    status: int | None


class NotedPorts(VenuePorts):
    """Notes each account's requests."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts, Timeouts(), paper_login, Pacer(LIMITS))
        self.sent: dict[int, list[Sent]] = defaultdict(list)
        self._lock = Lock()

    def client(self, user_id: int, quiet: Quiet) -> AlphaClient:
        def note(_method: str, _path: str, status: int | None, milliseconds: float) -> None:
            now = time.monotonic()
            with self._lock:
                self.sent[user_id].append(Sent(now - milliseconds / 1000, now, status))

        pace = Pace(self.pacer, user_id) if self.pacer is not None else None
        return AlphaClient(self._hosts, paper_login(user_id), on_http=note, quiet=quiet, pace=pace)


class Storm(NamedTuple):
    """What came of it."""

    result: RunResult
    sent: dict[int, list[Sent]]
    quieted: int


@pytest.fixture
def storm(tmp_path: Path) -> Iterator[Storm]:
    """Every tenth call of twenty accounts is turned away until all have reached their target."""
    with running_venue(tmp_path, PaperSettings(faults=STORM)) as venue:
        ports, journal = NotedPorts(Hosts(rest_url=venue.url, stream_url=venue.ws)), InMemoryJournal()
        system = start_system(_plan(), journal, ports, QUICK)
        try:
            result = system.outcome.result(PATIENCE_S)
        finally:
            stop_system(system, 0, "the test is over")
        quieted = sum(isinstance(one.event, AccountQuieted) for one in journal.read())
        yield Storm(result, ports.sent, quieted)


def _plan() -> RunPlan:
    """One trade for each account."""
    one = terms(
        rules=symbol_rules()["ALPHA_382USDT"], target_volume=Decimal(10), volume_check_delay_ms=100, retry_delay_ms=100
    )
    everyone = tuple(replace(one, user_id=user_id) for user_id in ACCOUNTS)
    return RunPlan(run=replace(RUN, accounts=tuple(ACCOUNTS)), terms=everyone)


def test_a_storm_of_429s(storm: Storm) -> None:
    """Whoever is turned away sends nothing, on none of its threads, before Retry-After is over; nobody else waits for
    it, and every account gets through.
    """
    told = [(user_id, one) for user_id, sent in storm.sent.items() for one in sent if one.status == TURNED_AWAY]
    assert len(told) >= len(ACCOUNTS) / 2
    assert storm.quieted >= len(told) / 2
    for user_id, answer in told:
        assert [one for one in storm.sent[user_id] if _within(one, answer, after=UNDER_WAY_S)] == []
    user_id, first = min(told, key=lambda found: found[1].ended)
    assert any(_within(one, first) for other, sent in storm.sent.items() if other != user_id for one in sent)
    assert [one.reason for one in storm.result.results if one.status != "reached"] == []
    assert len(storm.result.results) == len(ACCOUNTS)


def _within(one: Sent, answer: Sent, after: float = 0) -> bool:
    """Whether it began in the time for which the answer asked to be left in peace."""
    return answer.ended + after < one.began < answer.ended + RETRY_AFTER_S


def test_what_all_accounts_read_together_is_left_in_peace_too() -> None:
    """Tokens and filters are read in nobody's name: whoever needs them next does not ask before Retry-After is over."""
    turned_away = answering(http_reply("", status="429 Too Many Requests", headers="retry-after: 60\r\n"))
    with odd_server(turned_away) as server:
        ports = VenuePorts(Hosts(rest_url=server.url, stream_url=server.ws_url), Timeouts())
        with closing(ports.market()) as first, closing(ports.market()) as second:
            with pytest.raises(RateLimited):
                first.tokens()
            for read in (first.tokens, first.symbol_rules, second.tokens):
                with pytest.raises(LeftInPeace) as refusal:
                    read()
                assert refusal.value.retry_after > Decimal(50)
        assert server.connections == 1
