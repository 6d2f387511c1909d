"""The activity view: what a strategy is doing, in words, and how fast its trades go."""

from decimal import Decimal
from typing import get_args

import pytest
from msgspec.structs import replace

from events.accounts import StopRequested, TradingPaused
from events.base import Event
from events.orders import CancelRequested, LegClosed, LegTimedOut, LookRequested, OtoAccepted
from events.strategies import StrategyEnded, StrategyQueued, StrategyResumed, StrategyStarted, VolumeCheckRequested
from events.system import AccountParked
from events.trades import QuoteObserved, TradeStarted
from events.values import ExecutedLeg, StrategyStatus
from events.volumes import CreditRateObserved, MulPointChanged
from tests.support.example_log import (
    RUN,
    STRATEGY,
    batch_planned,
    example_terms,
    executed,
    run_started,
    trade_abandoned,
    trade_completed,
    volume_checked,
)
from tests.support.views import live_after

BEGUN = (run_started(), StrategyStarted(run_id=RUN, terms=example_terms()))
TRADE = TradeStarted(user_id=1, strategy_id=STRATEGY, trade_id="t1", batch=1, number=1, planned_trades=20)
ACCEPTED = OtoAccepted(user_id=1, strategy_id=STRATEGY, trade_id="t1", working_order_id="7", pending_order_id="8")
BOUGHT = LegClosed(user_id=1, trade_id="t1", leg="working", executed=executed("working", "t1", "39.99"))
SOLD = LegClosed(user_id=1, trade_id="t1", leg="pending", executed=executed("pending", "t1", "39.91"))
TIMED_OUT = LegTimedOut(user_id=1, strategy_id=STRATEGY, trade_id="t1", leg="working", venue_order_id="7")
CHECK = VolumeCheckRequested(user_id=1, strategy_id=STRATEGY, reason="the batch is over")


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), "starting"),
        ((CHECK,), "asking the venue for the volume"),
        ((volume_checked("30"),), "planning"),
        ((StrategyQueued(user_id=1, strategy_id=STRATEGY),), "waiting for its turn"),
        ((batch_planned(1, "0", 20),), "batch of 20 trades planned"),
        ((TRADE,), "asking for a price"),
        ((TRADE, ACCEPTED), "waiting for the buy"),
        ((TRADE, ACCEPTED, BOUGHT), "waiting for the sell"),
        ((TRADE, ACCEPTED, BOUGHT, SOLD), "working out what the trade came to"),
        ((TRADE, ACCEPTED, TIMED_OUT), "canceling the buy that timed out"),
        ((TRADE, CancelRequested(user_id=1, trade_id="t1", venue_order_id="7", reason="x")), "canceling an order: x"),
        ((TRADE, LookRequested(user_id=1, trade_id="t1", reason="x")), "looking at the venue's order lists: x"),
        ((trade_completed(1),), "pausing"),
        ((trade_abandoned(1),), "pausing after a failed trade: rejected by the venue"),
        ((trade_abandoned(1, failed=False),), "trade called off: the operator stopped the run"),
        ((TradingPaused(user_id=1, reason="the stream is down"),), "paused: the stream is down"),
        ((StopRequested(user_id=1, now=False),), "stopping after the trade in hand"),
        ((AccountParked(user_id=1, reason="session expired"),), "parked: session expired"),
    ],
)
def test_each_event_is_a_state_in_words(events: tuple[Event, ...], state: str) -> None:
    """What a strategy does next can be read in words after each event."""
    assert live_after(*BEGUN, *events).state == state


def test_a_leg_that_ended_unfilled_is_no_wait_for_the_sell() -> None:
    """The sell is waited for only when the buy was filled."""
    unfilled = LegClosed(user_id=1, trade_id="t1", leg="working", executed=_canceled())
    assert live_after(*BEGUN, TRADE, unfilled).state == "working out what the trade came to"


@pytest.mark.parametrize("status", get_args(StrategyStatus))
def test_every_ending_is_told(status: StrategyStatus) -> None:
    """Each way to end has words, with the reason where that is the news."""
    ended = StrategyEnded(user_id=1, strategy_id=STRATEGY, status=status, current_volume=None, reason="why")
    told = {"reached": "target reached", "skipped": "skipped: already at target"}.get(status, f"{status}: why")
    assert live_after(*BEGUN, ended).state == told


def test_an_account_wide_event_leaves_ended_strategies_alone() -> None:
    """A stop that is asked for after a strategy ended does not make it look alive."""
    ended = StrategyEnded(user_id=1, strategy_id=STRATEGY, status="reached", current_volume=Decimal(200))
    assert live_after(*BEGUN, ended, StopRequested(user_id=1, now=True)).state == "target reached"


def test_the_batch_and_the_quote_are_shown() -> None:
    """Batch progress, credit, price and multiplier are those of the newest events."""
    quote = QuoteObserved(user_id=1, strategy_id=STRATEGY, trade_id="t1", price=Decimal("0.0000005"), mul_point=4)
    row = live_after(*BEGUN, batch_planned(1, "0", 20), TRADE, quote)
    assert (row.batch, row.trade, row.batch_trades, row.credit_per_trade) == (1, 1, 20, Decimal(10))
    assert (row.last_price, row.mul_point) == (Decimal("0.0000005"), 4)


def test_a_measured_credit_replaces_the_planned_one() -> None:
    """After a batch was credited differently, what was measured is shown."""
    rate = {"expected": Decimal(10), "measured": Decimal("160.5")}
    measured = CreditRateObserved(user_id=1, strategy_id=STRATEGY, batch=1, trades=2, **rate)
    assert live_after(*BEGUN, batch_planned(1, "0", 20), measured).credit_per_trade == Decimal("160.5")


def test_a_changed_multiplier_is_shown() -> None:
    """The multiplier that the venue changed to is shown at once."""
    changed = MulPointChanged(user_id=1, strategy_id=STRATEGY, ticker="AOP", before=4, after=2)
    assert live_after(*BEGUN, batch_planned(1, "0", 20), changed).mul_point == 2


def test_the_pace_counts_from_the_first_trade_to_the_start_of_the_last() -> None:
    """The pauses between trades are part of it, and failed trades are; one trade alone says nothing of its pause."""
    begun = live_after(*BEGUN, TRADE, trade_completed(1))
    assert (begun.paced_trades, begun.pace_to) == (0, None)
    row = live_after(*BEGUN, TRADE, trade_completed(1), TRADE, trade_abandoned(2), TRADE)
    assert row.pace_from is not None
    assert row.pace_to is not None
    assert (row.paced_trades, row.pace_to - row.pace_from) == (2, 4000)


def test_resuming_measures_the_pace_anew() -> None:
    """The time between two runs is no part of the pace."""
    resumed = StrategyResumed(run_id=RUN, user_id=1, strategy_id=STRATEGY, terms=example_terms())
    row = live_after(*BEGUN, TRADE, trade_completed(1), TRADE, resumed)
    assert (row.paced_trades, row.pace_from, row.pace_to) == (0, None, None)


def _canceled() -> ExecutedLeg:
    return replace(executed("working", "t1", "0"), order_status="CANCELED")
