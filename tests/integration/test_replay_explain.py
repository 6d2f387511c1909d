"""`bin/run replay explain` for every order and every trade of logs in which much went wrong."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from events.base import Event, Recorded
from events.executions import OrderClosed, OrderExecuted, OrderReported
from events.journal import SqliteJournal
from events.orders import (
    CancelAnswered,
    CancelRequested,
    LateFillObserved,
    OtoAccepted,
    OtoNotSent,
    OtoRejected,
    OtoRequested,
    OtoUnresolved,
)
from events.strategies import BatchPlanned
from events.trades import TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.unwinds import UnwindAccepted, UnwindFailed, UnwindRequested
from projections.causes import Step, drawn
from projections.explaining import AccountLog
from projections.subjects import account
from tests.support.simulated import write_simulated

SEEDS = (5, 8, 15, 25, 101, 127, 145, 151)
"""Timed out and half filled legs, sales of leftovers, searches, adopted and lost placements, refusals, held coins,
orders of somebody else, strategies that wait for their turn, crashes.
"""

OF_TRADE = (OtoRequested, OtoAccepted, OtoRejected, OtoNotSent, OtoUnresolved, UnwindRequested, UnwindAccepted)
OF_ORDER = (OrderReported, OrderExecuted, OrderClosed, CancelRequested, CancelAnswered, LateFillObserved)
CREDITED = (TradeCompleted, TradePartlyCompleted)


@pytest.fixture(scope="module", params=SEEDS)
def data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One seed's log."""
    place = tmp_path_factory.mktemp("data")
    write_simulated(place / "events.sqlite", request.param)
    return place


@pytest.fixture(scope="module")
def log(data: Path) -> tuple[Recorded, ...]:
    """The same events."""
    with SqliteJournal(data / "events.sqlite", read_only=True) as journal:
        return tuple(journal.read())


def accounts(log: Sequence[Recorded]) -> Iterator[tuple[list[Recorded], AccountLog]]:
    for user in sorted({account(one) or 0 for one in log} - {0}):
        own = [one for one in log if account(one) == user]
        yield own, AccountLog(own)


def owned(own: Sequence[Recorded]) -> dict[str, str]:
    """Which trade an order belongs to, by the answers that named it."""
    owners: dict[str, str] = {}
    for one in own:
        if isinstance(one.event, OtoAccepted):
            owners |= dict.fromkeys((one.event.working_order_id, one.event.pending_order_id), one.event.trade_id)
        elif isinstance(one.event, UnwindAccepted):
            owners[one.event.venue_order_id] = one.event.trade_id
    return owners


def at(steps: Sequence[Step], *stages: str) -> set[int]:
    """The positions of the steps of some stages, of all where none is named."""
    return {one.told.recorded.position for one in steps if one.told and (not stages or one.stage in stages)}


def named(own: Sequence[Recorded], kinds: tuple[type[Event], ...], **fields: str) -> set[int]:
    return {
        one.position
        for one in own
        if isinstance(one.event, kinds) and all(getattr(one.event, name) == value for name, value in fields.items())
    }


def test_every_trade_is_explained_by_all_that_the_log_has_of_it(log: tuple[Recorded, ...]) -> None:
    """Volume, plan, intents, answers, reports, fills, ends and credit: whatever there is stands in the trade's tree."""
    trades = 0
    for own, whole in accounts(log):
        owners = owned(own)
        for begin in (one.event for one in own if isinstance(one.event, TradeStarted)):
            trades, steps = trades + 1, whole.trade(begin.trade_id)
            assert steps[0].stage == "terms"
            assert len(at(steps, "volume seen")) == 2
            assert named(own, (BatchPlanned,), strategy_id=begin.strategy_id) & at(steps, "plan")
            assert at(steps, "intent", "reply") >= named(own, OF_TRADE, trade_id=begin.trade_id)
            assert at(steps, "credit") >= named(own, CREDITED, trade_id=begin.trade_id)
            for order in (order for order, trade in owners.items() if trade == begin.trade_id):
                assert at(steps) >= named(own, OF_ORDER[:5], venue_order_id=order)
                assert at(steps, "fill") >= named(own, (OrderExecuted,), venue_order_id=order)
                assert at(steps, "frame", "look") >= named(own, (OrderReported,), venue_order_id=order)
    assert trades


def test_every_order_is_explained_from_its_volume_to_its_credit(log: tuple[Recorded, ...]) -> None:
    """Also sales of leftovers, orders that were found by looking, and those that ended without a fill."""
    for own, whole in accounts(log):
        for order, trade in owned(own).items():
            steps = whole.order(order)
            assert {"terms", "volume seen", "plan", "trade", "price", "intent", "request", "reply"} <= {
                one.stage for one in steps
            }
            assert at(steps) >= named(own, OF_ORDER[:5], venue_order_id=order)
            if named(own, (OrderExecuted,), venue_order_id=order):
                assert at(steps, "fill") >= named(own, (OrderExecuted,), venue_order_id=order)
                assert at(steps, "credit") >= named(own, CREDITED, trade_id=trade)


def test_what_was_sent_stands_between_intent_and_answer(log: tuple[Recorded, ...]) -> None:
    """A request is told for every placement of which the venue may know, and for no other."""
    for own, whole in accounts(log):
        for begin in (one.event for one in own if isinstance(one.event, TradeStarted)):
            steps = whole.trade(begin.trade_id)
            placed = {one.parent for one in steps if one.stage == "request" and one.told is None}
            answered = named(own, (OtoAccepted, OtoRejected, OtoUnresolved, UnwindAccepted), trade_id=begin.trade_id)
            never = not answered and not named(own, (UnwindFailed,), trade_id=begin.trade_id)
            assert never == (not placed)
            assert all(steps[number - 1].stage == "intent" for number in placed if number is not None)


def test_a_parent_stands_before_its_child(log: tuple[Recorded, ...]) -> None:
    """So the tree has no circle; and everything has a cause but the terms that the operator gave."""
    for own, whole in accounts(log):
        for begin in (one.event for one in own if isinstance(one.event, TradeStarted)):
            steps = whole.trade(begin.trade_id)
            assert [one.number for one in steps] == list(range(1, len(steps) + 1))
            assert [one.number for one in steps if one.parent is None] == [1]
            assert all(one.parent < one.number for one in steps if one.parent is not None)
            assert sorted(one.number for one, *_ in drawn(steps)) == [one.number for one in steps]


def test_an_abandoned_trade_says_why_and_what_followed(log: tuple[Recorded, ...]) -> None:
    """Its end is in its tree, and so is what its account decided next because of it."""
    for own, whole in accounts(log):
        for end in (one for one in own if isinstance(one.event, TradeAbandoned)):
            steps = whole.trade(end.event.trade_id)  # type: ignore[attr-defined]
            followed = {one.position for one in own if one.meta.causation == end.position}
            assert {end.position, *followed} <= at(steps, "decided", "trade", "plan")
