"""Volume queries of many accounts, side by side, answered one by one."""

from collections.abc import Iterator
from decimal import Decimal
from threading import Barrier

import pytest
from msgspec.structs import replace

from actors.journal import JournalClient
from actors.market import Market
from actors.messages.base import Request
from actors.messages.volumes import QueryVolume, VolumeNotSeen, VolumeSeen
from actors.volume_oracle import AccountReader, VolumeOracle
from events.journal import InMemoryJournal
from events.values import SymbolRules
from events.volumes import VolumeObserved, VolumeUnavailable
from exchange.errors import Rejected, Unauthorised
from exchange.port import UserVolume
from tests.support.fake_client import FakeClient
from tests.support.fake_venue import FakeVenue
from tests.support.listening import TIMEOUT, Listener, seat
from tests.support.timekeeping import ManualTime

ACCOUNTS = range(1, 5)


class Bench:
    """An oracle for four accounts."""

    def __init__(self, client: JournalClient, venue: FakeVenue, parallel: int = 8) -> None:
        self.venue = venue
        self.time = ManualTime()
        self.users = {account: Listener(f"user-{account}") for account in ACCOUNTS}
        market = Market(venue.client(0), self.time)
        readers = {account: AccountReader(lambda account=account: self.client(account), market) for account in ACCOUNTS}  # type: ignore[misc]
        place = seat("oracle", time=self.time)
        self.address = place.address
        VolumeOracle.start(place, client, self.users, readers, parallel)

    def client(self, account: int) -> FakeClient:
        return self.venue.client(account)

    def asks(
        self,
        account: int,
        ticker: str = "KOGE",
        base_asset: str = "ALPHA_22",
        cause: int | None = None,
        rules: SymbolRules | None = None,
    ) -> None:
        query = QueryVolume(user_id=account, strategy_id="s", ticker=ticker, base_asset=base_asset, rules=rules)
        self.address.tell(Request(command=query, cause=cause))


@pytest.fixture
def bench(client: JournalClient) -> Bench:
    return Bench(client, FakeVenue())


def test_an_answer_is_recorded_in_the_accounts_own_stream(bench: Bench, journal: InMemoryJournal) -> None:
    """The user hears of the volume, the multiplier, and the position of the record."""
    bench.venue.set_volume(2, "KOGE", Decimal(30))
    bench.asks(2)
    seen = bench.users[2].hears(VolumeSeen)
    assert (seen.volume, seen.mul_point, seen.position) == (Decimal(30), 1, 1)
    assert [one.event.total for one in journal.read_stream("volume-2") if isinstance(one.event, VolumeObserved)] == [30]


def test_the_cause_of_the_query_is_that_of_the_record(bench: Bench, journal: InMemoryJournal) -> None:
    """The log tells why the venue was asked."""
    bench.asks(1, cause=12)
    bench.users[1].hears(VolumeSeen)
    assert [one.meta.causation for one in journal.read()] == [12]


def test_the_token_list_is_read_once_for_all_who_ask_together(bench: Bench) -> None:
    """A start with many users asks for it once; two seconds later it is read anew."""
    for account in ACCOUNTS:
        bench.asks(account)
    for account in ACCOUNTS:
        bench.users[account].hears(VolumeSeen)
    assert bench.venue.calls.count((0, "tokens")) == 1
    bench.venue.set_token("ALPHA_22", mul_point=2)
    bench.time.pass_ms(2_000)
    bench.asks(1)
    assert bench.users[1].hears(VolumeSeen).mul_point == 2


def test_a_token_that_the_venue_does_not_list_is_an_answer(bench: Bench) -> None:
    """The query came to nothing, and the user hears why."""
    bench.asks(1, "GHOST", "ALPHA_0")
    not_seen = bench.users[1].hears(VolumeNotSeen)
    assert (not_seen.outcome, not_seen.message) == ("rejected", "the venue lists no token ALPHA_0")


def test_filters_are_told_where_they_are_others_than_were_known(bench: Bench) -> None:
    """Those of now; they are read at most every five seconds for all accounts."""
    known = bench.venue.client(9).symbol_rules()["ALPHA_22USDT"]
    bench.asks(1, rules=known)
    assert bench.users[1].hears(VolumeSeen).rules is None
    bench.venue.symbols["ALPHA_22USDT"] = replace(bench.venue.symbols["ALPHA_22USDT"], status="BREAK")
    bench.time.pass_ms(5_000)
    for account in (1, 2):
        bench.asks(account, rules=known)
        assert bench.users[account].hears(VolumeSeen).rules == replace(known, status="BREAK")
    assert bench.venue.calls.count((0, "symbol_rules")) == 2


def test_a_symbol_without_filters_is_an_answer(bench: Bench) -> None:
    """It has gone from the list: nothing is planned on what was known of it."""
    known = bench.venue.client(9).symbol_rules()["ALPHA_22USDT"]
    del bench.venue.symbols["ALPHA_22USDT"]
    bench.asks(1, rules=known)
    not_seen = bench.users[1].hears(VolumeNotSeen)
    assert not_seen.message == "the venue tells no filters of ALPHA_22USDT that can be read"


def test_a_ticker_that_another_live_token_gets_is_an_answer(bench: Bench) -> None:
    """Its volume is not known to be this token's any more (venue protocol notes, 19, no. 17); offline ones do not
    count.
    """
    bench.venue.set_token("ALPHA_22", mul_point=1)
    twin = replace(bench.venue.token_rows["ALPHA_22"], alpha_id="ALPHA_23", chain_name="Base", offline=True)
    bench.venue.token_rows["ALPHA_23"] = twin
    bench.asks(1)
    bench.users[1].hears(VolumeSeen)
    bench.venue.token_rows["ALPHA_23"] = replace(twin, offline=False)
    bench.time.pass_ms(250)
    bench.asks(1)
    expected = "KOGE is ALPHA_22 on BSC and ALPHA_23 on Base, and the venue tells volumes by ticker alone"
    assert bench.users[1].hears(VolumeNotSeen).message == expected


@pytest.mark.parametrize("error", [Rejected("no"), Unauthorised("log in")])
def test_one_accounts_trouble_stays_its_own(
    bench: Bench, journal: InMemoryJournal, error: Rejected | Unauthorised
) -> None:
    """It is recorded in its stream; the next account is answered."""
    bench.venue.fail_next(1, "user_volume", error)
    bench.asks(1)
    assert bench.users[1].hears(VolumeNotSeen).outcome == error.outcome
    bench.asks(2)
    bench.users[2].hears(VolumeSeen)
    assert [type(one.event) for one in journal.read_stream("volume-1")] == [VolumeUnavailable]


class Broken(FakeClient):
    def user_volume(self) -> UserVolume:
        raise ZeroDivisionError


def test_a_defect_in_a_query_is_answered_as_unknown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user does not wait for ever, and the oracle lives."""
    monkeypatch.setattr(bench, "client", lambda account: Broken(bench.venue, account))
    bench.asks(1)
    not_seen = bench.users[1].hears(VolumeNotSeen)
    assert (not_seen.outcome, not_seen.message) == ("unknown", "ZeroDivisionError")


class Together(FakeClient):
    """Answers when as many as the barrier wants are asked at the same time."""

    barrier = Barrier(len(ACCOUNTS))

    def user_volume(self) -> UserVolume:
        self.barrier.wait(TIMEOUT)
        return super().user_volume()


@pytest.fixture
def together(client: JournalClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(client, FakeVenue())
    monkeypatch.setattr(bench, "client", lambda account: Together(bench.venue, account))
    yield bench
    Together.barrier.reset()


def test_accounts_are_queried_side_by_side(together: Bench) -> None:
    """Four queries that each wait for the other three all come back."""
    for account in ACCOUNTS:
        together.asks(account)
    for account in ACCOUNTS:
        together.users[account].hears(VolumeSeen)
