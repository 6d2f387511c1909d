"""The OrderTracker's decider: reports in, order facts out."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from actors.deciders import orders
from actors.messages.base import TellUser
from actors.messages.orders import FrameRefused, OrderEnded, OrdersSeen, ReportReceived, WatchOrders
from actors.messages.placements import FindInFrames, FindOrder, OrderAnswered, OtoAnswered
from events.executions import FrameUnreadable, OrderClosed, OrderExecuted, OrderReported, ReportIgnored
from events.plain_json import plain_json
from events.reports import UnreadableFrame
from projections.states.orders import CLOSED_AT_A_TIME, CLOSED_ORDERS_KEPT, OrdersState, all_orders, evolve
from tests.support.reports import fill_row, order_row, report
from tests.support.story import Story


class Tracker(Story):
    def __init__(self) -> None:
        super().__init__(OrdersState(user_id=1), orders.decide, evolve)

    def gets(self, **fields: Any) -> "Tracker":
        self.when(ReportReceived(report=report(**fields), ts_event=1))
        return self

    def known(self) -> list[str]:
        return [order.venue_order_id for order in all_orders(self.state)]


def test_a_fill_is_recorded_as_received_and_as_concluded() -> None:
    """One append holds the venue's report, the fill that it means, and the order's end."""
    tracker = Tracker().gets(status="NEW", execution_id=1).gets(fill="200", cum="200", status="FILLED", execution_id=2)
    assert tracker.events == [OrderReported, OrderExecuted, OrderClosed]


def test_the_zeros_of_a_report_are_not_written() -> None:
    """Most amounts are 0 in a report that is no fill; it reads as it was all the same."""
    new = Tracker().gets(status="NEW", quantity="200", execution_id=1).event(OrderReported)
    written = plain_json(new)
    amounts = {"last_qty", "last_px", "last_quote", "cum_qty", "cum_quote", "commission"}
    assert not amounts & msgspec.json.decode(written).keys()
    assert msgspec.json.decode(written, type=OrderReported) == new


def test_a_pending_leg_with_quantity_zero_is_not_complete() -> None:
    """Q is 0 while the leg waits, and z >= q would call it filled (venue protocol notes, 5.4)."""
    tracker = Tracker().gets(status="PENDING", quantity="0", execution_id=1)
    assert tracker.events == [OrderReported]


def test_a_repeated_execution_counts_once() -> None:
    """The same execution id again changes no number."""
    tracker = Tracker().gets(fill="50", cum="50", status="PARTIALLY_FILLED", execution_id=5)
    tracker.gets(fill="50", cum="50", status="PARTIALLY_FILLED", execution_id=5)
    assert tracker.events == [ReportIgnored]


def test_two_fills_that_share_a_trade_id_both_count() -> None:
    """One match, two fills, two execution ids (venue protocol notes, 7.6)."""
    tracker = Tracker().gets(fill="50", cum="50", status="PARTIALLY_FILLED", execution_id=5, match_id="9")
    tracker.gets(fill="150", cum="200", status="FILLED", execution_id=6, match_id="9")
    assert tracker.event(OrderClosed).cum_qty == 200


def test_an_order_closes_only_when_its_fills_are_complete() -> None:
    """FILLED overtook a partial fill: the totals wait for it."""
    tracker = Tracker().gets(fill="150", cum="200", status="FILLED", execution_id=6)
    assert OrderClosed not in tracker.events
    tracker.gets(fill="50", cum="50", status="PARTIALLY_FILLED", execution_id=5)
    assert tracker.event(OrderClosed).cum_qty == 200


def test_a_missing_fill_is_made_up_for_over_rest() -> None:
    """The frame never came; the fills read over REST have the same ids and count once."""
    tracker = Tracker().gets(fill="150", cum="200", status="FILLED", execution_id=6)
    tracker.when(
        OrdersSeen(orders=(order_row(cum="200", status="FILLED"),), fills=(fill_row("50", 5), fill_row("150", 6)))
    )
    assert tracker.event(OrderClosed).cum_qty == 200
    assert [e for e in tracker.events if e is OrderExecuted] == [OrderExecuted]


def test_an_order_first_seen_over_rest_is_known_from_then_on() -> None:
    """A look adopts an order whose frames were all missed."""
    tracker = Tracker().when(OrdersSeen(orders=(order_row(cum="0", status="CANCELED"),), fills=()))
    assert tracker.event(OrderClosed).order_status == "CANCELED"


def test_an_older_report_takes_nothing_back() -> None:
    """NEW after FILLED is late, not a new life."""
    tracker = Tracker().gets(fill="200", cum="200", status="FILLED", execution_id=2).gets(status="NEW", execution_id=1)
    assert tracker.events == [ReportIgnored]
    (order,) = all_orders(tracker.state)
    assert order.order_status == "FILLED"


def test_a_fill_after_a_cancel_is_counted() -> None:
    """The order's end is recorded again with what it really came to."""
    tracker = Tracker().gets(status="NEW", execution_id=1).gets(status="CANCELED", execution_id=2)
    tracker.gets(fill="20", cum="20", status="CANCELED", execution_id=3)
    assert tracker.event(OrderClosed).cum_qty == 20


def test_a_list_from_before_a_late_fill_does_not_take_it_back() -> None:
    """A canceled order fills after its end while a look is on its way: what the look brings is older."""
    tracker = (
        Tracker().gets(status="CANCELED", execution_id=1).gets(fill="200", cum="200", status="FILLED", execution_id=2)
    )
    tracker.when(OrdersSeen(orders=(order_row(cum="0", status="CANCELED"),), fills=()))
    assert tracker.events == []
    (order,) = all_orders(tracker.state)
    assert order.order_status == "FILLED"
    assert order.cum_qty == 200


def test_commissions_add_up_per_asset() -> None:
    """The commission of a report is of this fill alone."""
    tracker = Tracker().gets(fill="50", cum="50", status="PARTIALLY_FILLED", execution_id=5, fee="0.005")
    tracker.gets(fill="150", cum="200", status="FILLED", execution_id=6, fee="0.015")
    (commission,) = tracker.event(OrderClosed).commissions
    assert commission.amount == Decimal("0.020")


def test_a_watched_order_that_has_ended_is_told_at_once() -> None:
    """The legs may have ended before the placement's reply came."""
    tracker = Tracker().gets(fill="200", cum="200", status="FILLED", execution_id=2)
    tracker.when(WatchOrders(venue_order_ids=("7000001", "7000002")))
    told = tracker.command(TellUser).message
    assert isinstance(told, OrderEnded)
    assert told.position == 3


def test_an_unreadable_frame_is_kept() -> None:
    """Poison is recorded for inspection and changes nothing else."""
    tracker = Tracker().when(FrameRefused(frame=UnreadableFrame(reason="no JSON", raw="{")))
    assert tracker.events == [FrameUnreadable]


def test_closed_orders_are_forgotten_in_time() -> None:
    """The state follows what is open, not the age of the log: at any time the last ends are known, and few more."""
    tracker = Tracker()
    for number in range(CLOSED_ORDERS_KEPT + 3 * CLOSED_AT_A_TIME):
        tracker.gets(venue_order_id=str(number), status="CANCELED", execution_id=number + 1)
        known = tracker.known()
        assert known == [str(n) for n in range(number + 1)][-len(known) :]
        assert min(number + 1, CLOSED_ORDERS_KEPT) <= len(known) <= CLOSED_ORDERS_KEPT + CLOSED_AT_A_TIME


def test_the_order_that_ended_longest_ago_is_forgotten_first() -> None:
    """One that is open stays, and one that a late fill closed anew counts from then."""
    tracker = Tracker().gets(venue_order_id="open", status="NEW", execution_id=1)
    for number in range(CLOSED_ORDERS_KEPT):
        tracker.gets(venue_order_id=str(number), status="CANCELED", execution_id=number + 2)
    tracker.gets(venue_order_id="0", fill="20", cum="20", status="CANCELED", execution_id=900)
    for number in range(CLOSED_AT_A_TIME):
        tracker.gets(venue_order_id=f"later {number}", status="CANCELED", execution_id=number + 901)
    assert {"open", "0", "later 0"} <= set(tracker.known())
    assert "1" not in tracker.known()


SEEN = report(status="NEW", execution_id=1)


def wanted(**changes: Any) -> FindInFrames:
    """The order of the reports in this file."""
    seen = SEEN
    same = {"symbol": seen.symbol, "side": seen.side, "price": seen.price, "quantity": seen.quantity}
    return FindInFrames(**{"trade_id": "t1", "after": 0, **same, **changes})


def test_an_unanswered_placement_is_found_among_the_frames() -> None:
    """The best evidence of all: the venue told us of it (venue protocol notes, section 14)."""
    tracker = Tracker().gets(status="NEW", execution_id=1).when(FindOrder(wanted=wanted()))
    found = tracker.command(TellUser).message
    assert isinstance(found, OtoAnswered)
    seen = SEEN.venue_order_id
    assert (found.working_order_id, found.pending_order_id) == (seen, str(int(seen) + 1))


def test_a_plain_order_is_found_among_the_frames() -> None:
    """For an attempt at a sale the answer is that of a plain order."""
    tracker = Tracker().gets(status="NEW", execution_id=1).when(FindOrder(wanted=wanted(attempt=2)))
    found = tracker.command(TellUser).message
    assert isinstance(found, OrderAnswered)
    assert (found.attempt, found.found) == (2, True)


@pytest.mark.parametrize(
    "other",
    [{"price": Decimal(7)}, {"quantity": Decimal(7)}, {"side": "SELL"}, {"known_order_ids": "it"}, {"after": 1}],
)
def test_an_order_of_other_values_or_of_somebody_else_is_not_taken_for_it(other: dict[str, Any]) -> None:
    """Nothing is answered: the look over REST says what is not there."""
    if "known_order_ids" in other:
        other = {"known_order_ids": frozenset({SEEN.venue_order_id})}
    tracker = Tracker().gets(status="NEW", execution_id=1).when(FindOrder(wanted=wanted(**other)))
    assert tracker.commands() == []
