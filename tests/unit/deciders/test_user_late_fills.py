"""Fills that come after an order's end, or after its trade was over: counted, and what they leave is declared."""

from decimal import Decimal

from actors.deciders.limits import acknowledged
from actors.messages.orders import LookUpOrders, ReconcileOrders, Watch
from actors.messages.placements import OtoAnswered
from events.inventory import DustRecorded, InventoryCleared, InventoryHeld
from events.orders import LateFillObserved, LegClosed, OtoRequested
from events.strategies import StrategyEnded
from events.trades import TradeAbandoned, TradePartlyCompleted
from events.unwinds import UnwindStarted
from tests.support.account import PENDING, SALE, WORKING, Account
from tests.support.terms import terms

BUY, SELL = "8000001", "8000002"
ASSET = "ALPHA_900"


def holding(account: Account) -> Account:
    """All that was bought is held: neither the sell nor the one plain sale that is allowed sold anything."""
    account.trades_from("0").places().leg_ends(WORKING, quantity="1800")
    account.leg_ends(PENDING, "REJECTED", quantity="0").sees_book().sale_is_placed()
    return account.leg_ends(SALE, "CANCELED", quantity="0")


def test_a_fill_after_the_cancel_changes_what_is_left_to_sell() -> None:
    """The buy was canceled in part; while its coins wait for a price, another fill of it is reported."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="1000", quote="20")
    account.leg_ends(WORKING, "CANCELED", quantity="1500", quote="30")
    assert account.event(LateFillObserved).coins == Decimal("499.95")
    account.sees_book()
    assert account.trade.unwind_order is not None
    assert account.trade.unwind_order.quantity == Decimal("1499.85")


def test_a_leg_that_ends_while_a_sale_is_open_does_not_settle_the_trade() -> None:
    """The pending leg's end comes late, when its coins are on sale already: the sale is waited for."""
    account = Account(terms(unwind_attempts=1)).trades_from("0").places()
    account.leg_ends(WORKING, "CANCELED", quantity="1000", quote="20").sees_book().sale_is_placed()
    account.leg_ends(PENDING, "EXPIRED", quantity="0")
    assert (account.trade.phase, InventoryHeld in account.events) == ("unwinding", False)
    account.leg_ends(SALE, quantity="999.9", quote="20")
    assert account.event(TradePartlyCompleted).remainder == 0


def test_a_pending_leg_that_ends_between_sales_is_noted() -> None:
    """Whatever the trade is about, an end of its orders is never lost."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="1000", quote="20")
    account.leg_ends(PENDING, "EXPIRED", quantity="0")
    assert account.event(LegClosed).leg == "pending"
    assert account.trade.phase == "pricing"


def test_the_same_end_again_is_no_news() -> None:
    """The tracker tells an end again when it is asked to watch."""
    account = Account().trades_from("0").places().leg_ends().leg_ends()
    assert account.events == []
    account.leg_ends(PENDING, quantity="1818", quote="35.9").leg_ends(PENDING, quantity="1818", quote="35.9")
    assert account.events == []


def test_coins_bought_after_the_trade_was_abandoned_are_held() -> None:
    """A canceled buy that bought nothing, and then filled after all: no other trade hides it."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0")
    assert TradeAbandoned in account.events
    account.leg_ends(WORKING, "CANCELED", quantity="1800", quote="36")
    late, held = account.event(LateFillObserved), account.event(InventoryHeld)
    assert (late.coins, late.leg) == (Decimal("1799.82"), "working")
    assert (held.quantity, held.asset) == (Decimal("1799.82"), ASSET)
    assert account.event(StrategyEnded).status == "parked"


def test_a_late_sale_takes_held_coins_off_the_books() -> None:
    """The sell filled although it was reported as rejected: what is left is dust, and its revenue lowers the wear."""
    account = holding(Account(terms(unwind_attempts=1)))
    wear = account.strategy().wear
    account.leg_ends(PENDING, "FILLED", quantity="1799.82", quote="36")
    assert account.event(LateFillObserved).coins == Decimal("-1799.82")
    assert account.event(InventoryCleared).how == "sold"
    assert account.event(DustRecorded).total == 0
    assert account.strategy().wear == wear + account.event(LateFillObserved).wear


def test_a_late_part_of_a_sale_lowers_what_is_held() -> None:
    """What remains is still worth selling, and is said anew."""
    account = holding(Account(terms(unwind_attempts=1)))
    account.leg_ends(SALE, "CANCELED", quantity="800", quote="16")
    assert account.event(InventoryHeld).quantity == Decimal("999.82")
    assert account.state.held[ASSET].quantity == Decimal("999.82")


def bought_late(account: Account) -> Account:
    """The buy of the first trade was canceled and empty; it fills when the next trade has been sent to the venue."""
    account.trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0")
    account.time_passes(60_000).sees_price().leg_ends(WORKING, "CANCELED", quantity="1800", quote="36")
    assert account.state.held[ASSET].quantity == Decimal("1799.82")
    return account


def is_answered(account: Account) -> Account:
    """The second trade's orders get ids of their own."""
    return account.when(OtoAnswered(trade_id=account.trade.trade_id, working_order_id=BUY, pending_order_id=SELL))


def test_late_coins_are_sold_with_those_of_the_trade_in_hand() -> None:
    """The next trade of the token is under way: its settlement sells them too, and they are no longer held."""
    account = is_answered(bought_late(Account()))
    assert UnwindStarted not in account.events
    account.leg_ends(BUY, "CANCELED", quantity="1000", quote="20").sees_book()
    assert account.trade.unwind_order is not None
    assert account.trade.unwind_order.quantity == Decimal("2799.72")
    account.sale_is_placed().leg_ends(SALE, quantity="2799.72", quote="55")
    assert account.event(InventoryCleared).how == "sold"
    assert account.event(DustRecorded).total == 0
    assert account.state.held == {}


def test_late_coins_stay_held_when_the_trade_in_hand_comes_to_nothing() -> None:
    """It bought nothing and so sells nothing: the account buys no more until they are dealt with."""
    account = is_answered(bought_late(Account())).leg_ends(BUY, "CANCELED", quantity="0")
    assert TradeAbandoned in account.events
    assert account.event(StrategyEnded).status == "parked"
    assert account.state.held[ASSET].quantity == Decimal("1799.82")


def test_late_coins_and_those_of_the_trade_in_hand_are_held_together() -> None:
    """The one sale that is allowed sells nothing: what is held is all that the account has."""
    account = is_answered(bought_late(Account(terms(unwind_attempts=1))))
    account.leg_ends(BUY, "CANCELED", quantity="1000", quote="20").sees_book().sale_is_placed()
    account.leg_ends(SALE, "CANCELED", quantity="0")
    assert account.event(InventoryHeld).quantity == Decimal("1799.82") + Decimal("999.9")
    assert account.state.held[ASSET].quantity == Decimal("2799.72")


def test_a_trade_that_waits_for_its_price_buys_nothing_more_of_held_coins() -> None:
    """Nothing was sent yet when the trade before it turned out to have bought: it is called off."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0").time_passes(60_000)
    account.leg_ends(WORKING, "CANCELED", quantity="1800", quote="36").sees_price()
    assert OtoRequested not in account.events
    assert account.event(TradeAbandoned).failed is False
    assert account.event(StrategyEnded).status == "parked"


def test_ended_orders_are_looked_at_again_by_the_next_run() -> None:
    """Whatever filled of them while nobody listened is told by the tracker, before the comparison is answered."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0")
    account.dies_and_recovers().starts("run-2")
    look = account.command(LookUpOrders)
    assert (look.symbol, look.venue_order_ids) == ("ALPHA_900USDT", (WORKING, PENDING))
    assert account.commands().index(LookUpOrders) < account.commands().index(ReconcileOrders)


def test_the_tracker_is_asked_of_ended_orders_by_the_next_run() -> None:
    """It may have counted a fill of the last moment; a look would show it nothing new, and we were never told."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0")
    account.dies_and_recovers().starts("run-2")
    assert account.command(Watch).venue_order_ids == (WORKING, PENDING)
    account.leg_ends(WORKING, quantity="1800")
    assert account.event(LateFillObserved).coins == Decimal("1799.82")


def test_an_order_that_ended_unfilled_is_looked_at_again_however_many_were_filled_since() -> None:
    """The last eight are those that ended unfilled: nothing can come of the others."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0")
    for number in range(1, 6):
        buy, sell = f"800000{number}1", f"800000{number}2"
        account.time_passes(60_000).sees_price()
        account.when(OtoAnswered(trade_id=account.trade.trade_id, working_order_id=buy, pending_order_id=sell))
        account.leg_ends(buy).leg_ends(sell, quantity="1818", quote="35.9")
    account.dies_and_recovers().starts("run-2")
    assert account.command(LookUpOrders).venue_order_ids == (WORKING, PENDING)


def test_filled_orders_are_not_looked_at_again() -> None:
    """Nothing can fill of them any more; and after a day nothing is expected of others."""
    account = Account().trades_from("0").completes_trade().dies_and_recovers().starts("run-2")
    assert LookUpOrders not in account.commands()
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0").dies_and_recovers()
    account.now += 86_400_000
    assert LookUpOrders not in account.starts("run-2").commands()


def test_a_late_sale_is_counted_at_the_price_of_the_late_buy() -> None:
    """Nothing was known of a price before the buy filled: its coins count what they cost, until the sale takes them."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0")
    account.leg_ends(WORKING, quantity="1800", quote="36")
    wear = account.strategy().wear
    account.leg_ends(PENDING, "FILLED", quantity="1799.82", quote="35")
    assert account.event(LateFillObserved).wear == Decimal("1799.82") * Decimal("0.02") - Decimal("34.9965")
    assert account.strategy().wear == wear + account.event(LateFillObserved).wear
    assert account.state.held == {}


def test_a_late_sale_of_acknowledged_coins_leaves_none_less_than_none() -> None:
    """The operator took them off the books before the venue told that they were sold."""
    account = holding(Account(terms(unwind_attempts=1)))
    account.given(*acknowledged(account.state, None)).leg_ends(SALE, "FILLED", quantity="1799.82", quote="36")
    assert account.event(LateFillObserved).coins == Decimal("-1799.82")
    assert account.state.dust[ASSET] == 0
    assert account.state.held == {}
