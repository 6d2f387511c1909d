"""Orders at the venue that are no trade's: told once, whether they are open or have executed, and never touched."""

from decimal import Decimal

from actors.messages.orders import OrderEnded, ReconcileOrders
from actors.messages.placements import OtoFailed
from actors.messages.streams import StreamMoved
from events.executions import OrderClosed
from events.orders import OrderUnknown, OtoAccepted, OtoRequested
from events.reports import OrderSnapshot
from events.trades import TradeAbandoned
from projections.states.user import DAY_MS, PLACEMENTS_REMEMBERED
from tests.support.account import PENDING, WORKING, Account
from tests.support.reports import order_row

STRANGER = "7500000"


def never_placed() -> Account:
    """The first placement was never answered, and no look showed it."""
    account = Account().trades_from("0").sees_price()
    failed = OtoFailed(trade_id=account.trade.trade_id, outcome="unknown", code="", message="reset")
    account.when(failed).looks_in_vain(12_000)
    assert TradeAbandoned in account.events
    return account


def accepted(working_order_id: str) -> OtoAccepted:
    return OtoAccepted(
        user_id=1, strategy_id="aop", trade_id="1-000099", working_order_id=working_order_id, pending_order_id="0"
    )


def compares(account: Account, *executed: OrderSnapshot) -> list[str]:
    """The orders that a comparison tells of as unknown, where the venue shows these executed ones."""
    account.when(StreamMoved()).reconciles(executed=executed)
    return [one.venue_order_id for one in account.last.events if isinstance(one, OrderUnknown)]


def test_an_order_that_executes_after_it_was_given_up_is_told_of() -> None:
    """The venue hid it for longer than it was looked for, and what it bought is in no books."""
    account = never_placed().leg_ends(WORKING, quantity="1800")
    unknown = account.event(OrderUnknown)
    assert (unknown.venue_order_id, unknown.cum_qty, unknown.order_status) == (WORKING, Decimal(1800), "FILLED")
    assert compares(account, order_row(status="FILLED", cum="200", venue_order_id=WORKING)) == []


def test_an_order_that_executed_without_a_frame_is_told_of_with_the_next_comparison() -> None:
    """It is in the order history only; it is told of once."""
    account, row = never_placed(), order_row(status="FILLED", cum="200", venue_order_id=STRANGER)
    assert [compares(account, row), compares(account, row)] == [[STRANGER], []]


def test_what_ends_without_a_fill_is_nobodys_concern() -> None:
    """An order of the owner that was canceled has changed nothing."""
    assert OrderUnknown not in never_placed().leg_ends(WORKING, "CANCELED", quantity="0").events


def test_an_order_that_ends_while_a_placement_is_unanswered_may_be_that_one() -> None:
    """Frames overtake replies: it is not told of as somebody else's."""
    account = Account().trades_from("0").sees_price().leg_ends(WORKING)
    assert OrderUnknown not in account.events


def test_another_tokens_order_is_nobodys_concern() -> None:
    """The owner may trade what the run does not."""
    closed = OrderClosed(
        user_id=1,
        venue_order_id=STRANGER,
        symbol="ALPHA_22USDT",
        side="BUY",
        order_status="FILLED",
        cum_qty=Decimal(1),
        cum_quote=Decimal(48),
        avg_px=Decimal(48),
        commissions=(),
    )
    assert never_placed().when(OrderEnded(position=99, closed=closed)).events == []


def test_own_orders_are_no_strangers() -> None:
    """Neither those of trades that are over nor those in hand."""
    account = Account().trades_from("0").completes_trade()
    rows = [order_row(status="FILLED", cum="200", venue_order_id=one) for one in (WORKING, PENDING)]
    assert compares(account, *rows) == []
    account.time_passes(3_000).places()
    assert compares(account, *rows) == []


def test_an_order_from_before_all_that_is_remembered_is_not_told_of() -> None:
    """The ids of older placements are forgotten: it may have been ours."""
    account = never_placed()
    (order,) = [recorded.event for recorded in account.log if isinstance(recorded.event, OtoRequested)]
    for number in range(PLACEMENTS_REMEMBERED):
        account.given(order, accepted(str(7_000_011 + number)))
    rows = [order_row(status="FILLED", cum="200", venue_order_id=one) for one in ("7000001", STRANGER)]
    assert compares(account, *rows) == [STRANGER]
    (asked,) = account.when(StreamMoved()).command(ReconcileOrders).executed
    assert asked.above == 7_000_011


def test_a_comparison_reads_what_executed_since_the_last_one() -> None:
    """Before the first there is nothing to compare with; after a long pause a day is enough."""
    account = Account().starts()
    assert account.command(ReconcileOrders).since == 0
    account.sees_volume("0").time_passes(10_000).dies_and_recovers().starts("run-2")
    assert account.command(ReconcileOrders).since == account.now - 10_000 - 60_000
    account.reconciles()
    account.now += 9 * DAY_MS
    assert account.dies_and_recovers().starts("run-3").command(ReconcileOrders).since == account.now - DAY_MS
