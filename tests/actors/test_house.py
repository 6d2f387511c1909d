"""All actors together on the venue in memory."""

from decimal import Decimal
from typing import Any

import pytest

from events.accounts import AccountQuieted, CallHeldBack, StopRequested
from events.executions import OrderClosed, OrderExecuted, OrderReported, ReportIgnored
from events.journal import InMemoryJournal, StorageFailed
from events.orders import OtoRequested, ReconciliationRequested
from events.strategies import StrategyStarted
from events.system import ActorRestarted, RunEnded, RunStarted, StreamClosed, StreamConnected, StreamFailed, StreamLost
from events.trades import TradeCompleted
from exchange.errors import RateLimited, Unauthorised, Unknown
from tests.support.fake_venue import FakeVenue
from tests.support.house import house, placed, quick_terms

TARGET = 200
BOTH_TARGETS = 400
LEGS = 2


def test_an_account_at_its_target_is_skipped() -> None:
    """Nothing is placed and no stream is opened for an account that the venue already counts enough for."""
    venue = FakeVenue(fills_at_once=True)
    venue.set_volume(1, "KOGE", Decimal(500))
    with house(venue, quick_terms()) as running:
        assert [one.status for one in running.result().results] == ["skipped"]
    assert {call for _, call in venue.calls} == {"user_volume", "tokens", "symbol_rules", "open_orders"}


def test_an_account_trades_until_the_venue_says_reached() -> None:
    """Trades go on, over as many batches as it takes, until the venue's own figure is at the target."""
    venue = FakeVenue(fills_at_once=True)
    with house(venue, quick_terms()) as running:
        result = running.result()
        assert [one.status for one in result.results] == ["reached"]
    assert venue.volumes[1]["KOGE"] >= TARGET
    assert len(running.events(TradeCompleted)) == sum(call == "place_oto" for _, call in venue.calls)


def test_several_accounts_and_strategies_run_side_by_side() -> None:
    """Two strategies of one user share its account, one trade at a time; the other user goes its own way."""
    venue = FakeVenue(fills_at_once=True)
    both = (quick_terms(1, strategy_id="a"), quick_terms(1, strategy_id="b", target_volume=Decimal(400)))
    with house(venue, *both, quick_terms(2)) as running:
        statuses = [one.status for one in running.result().results]
    assert statuses == ["reached"] * 3
    assert venue.volumes[1]["KOGE"] >= BOTH_TARGETS


def test_with_the_guard_one_account_trades_a_symbol_at_a_time() -> None:
    """Whatever the threads do: each trade of the token begins when the one before is over, and all get there."""
    venue = FakeVenue(fills_at_once=True)
    with house(venue, *(quick_terms(user, self_match_guard=True) for user in (1, 2, 3))) as running:
        assert [one.status for one in running.result().results] == ["reached"] * 3
    steps = sorted(running.events(OtoRequested) + running.events(TradeCompleted), key=lambda one: one.position)
    trades: list[Any] = [one.event for one in steps]
    assert len(trades) >= 3 * 2 * TARGET // 40
    assert all(
        (type(intent), type(end), intent.trade_id) == (OtoRequested, TradeCompleted, end.trade_id)
        for intent, end in zip(trades[::2], trades[1::2], strict=True)
    )


def test_the_log_tells_the_run_from_start_to_end() -> None:
    """RunStarted is first, RunEnded last, and the stream is closed in between."""
    venue = FakeVenue(fills_at_once=True)
    with house(venue, quick_terms()) as running:
        running.result()
    kinds = [type(one.event) for one in running.events()]
    assert (kinds[0], kinds[-1]) == (RunStarted, RunEnded)
    assert (kinds.count(StreamConnected), kinds.count(StreamClosed)) == (1, 1)


def test_only_what_comes_from_outside_has_no_cause() -> None:
    """The operator's start and the venue's reports have no cause in the log; all else has one, recorded before it."""
    venue = FakeVenue(fills_at_once=True)
    with house(venue, quick_terms()) as running:
        running.result()
    log = running.events()
    outside = {type(one.event) for one in log if one.meta.causation is None}
    begun = {RunStarted, RunEnded, StrategyStarted, ReconciliationRequested}
    assert outside <= begun | {OrderReported, OrderExecuted, OrderClosed, ReportIgnored}
    assert all(one.meta.causation < one.position for one in log if one.meta.causation is not None)


def test_a_stop_lets_the_trade_in_hand_finish() -> None:
    """The open legs still fill after the stop, the trade is counted, and nothing more is placed."""
    venue = FakeVenue()
    with house(venue, quick_terms()) as running:
        working, pending = placed(venue)
        running.system.stop_trading(now=False)
        assert running.recorded(StopRequested)
        venue.fill(working)
        venue.fill(pending)
        assert [one.status for one in running.result().results] == ["stopped"]
    assert len(running.events(TradeCompleted)) == 1
    assert len(venue.orders) == LEGS


def test_a_second_stop_cancels_what_is_open() -> None:
    """The working leg is canceled, its end confirmed by a look, and the account leaves."""
    venue = FakeVenue()
    with house(venue, quick_terms()) as running:
        working, _ = placed(venue)
        running.system.stop_trading(now=True)
        assert [one.status for one in running.result().results] == ["stopped"]
    assert venue.orders[int(working)].status == "CANCELED"


def test_a_dead_session_ends_that_account_only() -> None:
    """A stream that cannot be established ends the user's strategies with a clear error; the other user goes on."""
    venue = FakeVenue(fills_at_once=True)
    venue.fail_next(1, "create_listen_key", Unauthorised("log in again"))
    with house(venue, quick_terms(1), quick_terms(2)) as running:
        statuses = {one.user_id: one.status for one in running.result().results}
    assert statuses == {1: "parked", 2: "reached"}
    assert [one.reason for one in running.happened(StreamFailed)] == ["log in again"]


def test_a_placement_whose_answer_is_lost_is_found_and_counted_once() -> None:
    """Unknown is settled by looking: there is one order, and one trade."""
    venue = FakeVenue(fills_at_once=True)
    venue.fail_next(1, "place_oto", Unknown("timeout"), done=True)
    with house(venue, quick_terms(target_volume=Decimal(30))) as running:
        assert [one.status for one in running.result().results] == ["reached"]
    assert len(venue.orders) == LEGS
    assert len(running.events(TradeCompleted)) == 1


def test_fills_that_no_frame_told_are_found_by_looking() -> None:
    """The stream breaks in the middle of a trade; what filled meanwhile is read over REST when it is back."""
    venue = FakeVenue()
    with house(venue, quick_terms(target_volume=Decimal(30))) as running:
        working, pending = placed(venue)
        venue.drop_streams(1)
        assert running.recorded(StreamLost)
        venue.fill(working)
        venue.fill(pending)
        assert [one.status for one in running.result().results] == ["reached"]
    assert len(running.events(TradeCompleted)) == 1


def test_an_account_that_crashes_in_a_trade_goes_on_with_it() -> None:
    """The fresh UserActor folds its stream, looks at its orders, and finishes the trade."""
    venue = FakeVenue()
    with house(venue, quick_terms(target_volume=Decimal(30))) as running:
        working, pending = placed(venue)
        running.crash("user-1")
        assert running.recorded(ActorRestarted)
        venue.fill(working)
        venue.fill(pending)
        assert [one.status for one in running.result().results] == ["reached"]
    assert len(running.events(OtoRequested)) == 1


@pytest.mark.parametrize("actor", ["orders-1", "gateway-1", "connection-1", "oracle"])
def test_any_actor_may_crash_in_a_trade(actor: str) -> None:
    """Whoever depended on it is started anew, and the target is reached all the same."""
    venue = FakeVenue()
    with house(venue, quick_terms(target_volume=Decimal(30))) as running:
        working, pending = placed(venue)
        running.crash(actor)
        assert running.recorded(ActorRestarted)
        venue.fill(working)
        venue.fill(pending)
        assert [one.status for one in running.result().results] == ["reached"]
    assert len(running.events(OtoRequested)) == 1


def test_a_quiet_holds_across_a_restart_for_calls_of_every_kind() -> None:
    """Killed in the quiet and started again: no query, no comparison, no listen key before the venue's time."""
    venue, journal = FakeVenue(), InMemoryJournal()
    terms = quick_terms()
    venue.fail_next(1, "quote", RateLimited("429", retry_after=Decimal(600)))
    with house(venue, terms, journal=journal) as first:
        assert first.recorded(AccountQuieted)
        first.kill()
    asked = list(venue.calls)
    with house(venue, terms, journal=journal, run_id="run-2") as second:
        assert second.recorded(CallHeldBack)
        assert second.recorded(StreamLost)
    assert [call for call in venue.calls[len(asked) :] if call[0] == 1] == []


class FailingDisk(InMemoryJournal):
    """Fills up when the first placement is to be recorded."""

    def append_many(self, appends: Any) -> Any:
        if any(isinstance(new.event, OtoRequested) for append in appends for new in append.events):
            raise StorageFailed("disk full")
        return super().append_many(appends)


def test_nothing_is_placed_that_could_not_be_recorded() -> None:
    """The intent is durable before anything is sent; a store that fails gives the whole run up."""
    venue = FakeVenue(fills_at_once=True)
    with house(venue, quick_terms(1), quick_terms(2), journal=FailingDisk()) as running:
        result = running.result()
    assert (result.storage_failed, result.halted) == (True, "disk full")
    assert not venue.orders


def test_a_run_that_died_is_taken_up_by_the_next() -> None:
    """Kill the program between placing and filling: the next one finds the orders and does not place them again."""
    venue, journal = FakeVenue(), InMemoryJournal()
    terms = quick_terms(target_volume=Decimal(30))
    with house(venue, terms, journal=journal) as first:
        working, pending = placed(venue)
        first.kill()
    venue.fill(working)
    venue.fill(pending)
    with house(venue, terms, journal=journal, run_id="run-2") as second:
        assert [one.status for one in second.result().results] == ["reached"]
    assert len(venue.orders) == LEGS
    assert not second.happened(RunStarted)[-1].previous_run_sealed
