"""Leftover coins: sold within the slippage, recorded as dust, or held and said so."""

from decimal import Decimal

import pytest

from actors.deciders.limits import acknowledged
from actors.messages.orders import CancelDone, LookedUp
from actors.messages.placements import FindInFrames, OrderAnswered, OrderFailed, PlaceOrder, SearchOrder
from actors.messages.prices import BookNotSeen, BookSeen, FetchBook, FetchQuote
from actors.messages.strategies import AskAdmission, StopTrading
from events.inventory import DustRecorded, InventoryHeld
from events.orders import OrdersLookedUp
from events.strategies import StrategyEnded
from events.trades import TradeCompleted, TradePartlyCompleted
from events.unwinds import UnwindEnded, UnwindFailed, UnwindPriced, UnwindRequested
from events.values import Outcome
from projections.states.user_model import LOOK_AGAIN_MS
from tests.support.account import PENDING, SALE, WORKING, Account
from tests.support.terms import rules, terms


def with_leftovers() -> Account:
    """The sell of the first trade timed out unfilled: 1817.998182 coins are left."""
    account = Account().trades_from("0").places().leg_ends(WORKING).time_passes(300_000)
    account.when(CancelDone(trade_id=account.trade.trade_id, venue_order_id=PENDING, outcome="accepted"))
    return account.leg_ends(PENDING, "CANCELED", quantity="0")


def test_leftover_coins_are_sold_at_the_book() -> None:
    """The price is the bid that takes them all."""
    account = with_leftovers()
    assert account.commands() == [FetchBook]
    account.sees_book(("0.0200", "500"), ("0.0199", "5000"), ("0.01", "99999"))
    order = account.command(PlaceOrder).order
    assert (order.side, order.price, order.quantity) == ("SELL", Decimal("0.0199"), Decimal("1817.99"))


def test_the_price_stays_within_the_slippage() -> None:
    """Nothing is sold below the best bid less 2 %, however thin the book is."""
    account = with_leftovers().sees_book(("0.0200", "1"), ("0.0100", "99999"))
    assert account.event(UnwindRequested).order.price == Decimal("0.0196")


def test_a_sale_in_part_is_quoted_again() -> None:
    """What the first sale left is sold by a second at a new price."""
    account = with_leftovers().sees_book().sale_is_placed().time_passes(10_000)
    account.leg_ends(SALE, "CANCELED", quantity="1000", quote="19.9").time_passes(0)
    account.sees_book()
    assert account.command(PlaceOrder).order.quantity == Decimal("817.99")
    assert account.command(PlaceOrder).attempt == 2


def test_sales_are_bounded_and_the_rest_is_held() -> None:
    """After five attempts the coins are held, and the account buys no more of the token."""
    account = with_leftovers()
    for _ in range(5):
        account.when(BookNotSeen(trade_id=account.trade.trade_id, outcome="unknown", message="timeout"))
        account.time_passes(2_000)
    assert account.event(InventoryHeld).quantity == Decimal("1817.998182")
    assert UnwindEnded in account.events
    assert account.event(StrategyEnded).status == "parked"
    assert "acknowledge --user 1" in account.event(StrategyEnded).reason


def test_held_coins_block_the_next_run_too() -> None:
    """A new start does not forget them."""
    account = with_leftovers()
    for _ in range(5):
        is_refused(account.sees_book()).time_passes(2_000)
    account.dies_and_recovers().starts("run-2").sees_volume("10")
    assert account.event(StrategyEnded).status == "parked"


def test_acknowledged_coins_no_longer_block() -> None:
    """The operator has dealt with them: the next run trades the token again."""
    account = with_leftovers()
    for _ in range(5):
        is_refused(account.sees_book()).time_passes(2_000)
    assert acknowledged(account.state, "KOGE") == ()
    account.given(*acknowledged(account.state, "AOP"))
    account.dies_and_recovers().starts("run-2").sees_volume("10")
    assert account.commands() == [AskAdmission]


def test_a_rejected_sale_is_tried_at_a_new_price() -> None:
    """A refusal costs an attempt, and the next begins with a fresh book."""
    account = with_leftovers().sees_book()
    account.when(_rejected(account))
    assert account.commands() == [FindInFrames, SearchOrder]
    account.looks_in_vain(2_000)
    assert account.events == [OrdersLookedUp, UnwindFailed]
    account.time_passes(2_000)
    assert account.commands() == [FetchBook]


def test_a_refused_sale_that_exists_is_adopted() -> None:
    """The error reply was wrong: selling the coins once more would sell what the account does not have."""
    account = with_leftovers().sees_book()
    account.when(_rejected(account))
    account.when(OrderAnswered(trade_id=account.trade.trade_id, attempt=1, venue_order_id=SALE, found=True))
    assert account.trade.phase == "unwinding"


def test_an_unknown_sale_is_searched_for() -> None:
    """Never sold twice: it is looked for, and is absent only after complete reads and the settle time."""
    account = with_leftovers().sees_book()
    account.when(_failed(account, "unknown"), after=10_060)
    assert account.commands() == [FindInFrames, SearchOrder]
    account.looks_in_vain(9_000)
    assert UnwindFailed not in account.events
    account.looks_in_vain(4_000)
    assert account.event(UnwindFailed).outcome == "rejected"


def test_a_crash_before_the_sales_answer_searches_for_it() -> None:
    """The intent is in the log and the answer is not."""
    account = with_leftovers().sees_book().dies_and_recovers()
    assert account.commands() == [FindInFrames, SearchOrder]


def test_a_crash_before_the_price_asks_for_it_again() -> None:
    """Nothing was sent yet."""
    assert with_leftovers().dies_and_recovers().commands() == [FetchBook]


def test_a_stop_at_once_leaves_the_coins_held() -> None:
    """The operator cannot wait for a sale; what is left is on the books."""
    account = with_leftovers().sees_book().sale_is_placed().when(StopTrading(now=True))
    account.leg_ends(SALE, "CANCELED", quantity="0")
    assert account.event(InventoryHeld).reason == "the operator stopped at once"


def test_a_stop_at_once_does_not_wait_for_a_price() -> None:
    """No order is open: the trade is closed with its coins held, and a late book sells nothing."""
    account = with_leftovers().when(StopTrading(now=True))
    assert InventoryHeld in account.events
    assert account.state.trade is None


def test_a_sold_remainder_counts_in_the_wear() -> None:
    """Wear is what was paid less all that was received, by the sell and by the sales; dust counts for nothing."""
    account = with_leftovers().sells_leftovers("1817.99", "35.7")
    done = account.event(TradePartlyCompleted)
    assert done.wear == Decimal(36) - (Decimal("35.7") - Decimal("0.00357"))


def test_dust_is_recorded_and_adds_up() -> None:
    """What is below one step or the minimum notional is said, trade by trade."""
    account = Account().trades_from("0").completes_trade()
    first = account.event(DustRecorded)
    account.time_passes(3_000).completes_trade()
    assert account.event(DustRecorded).total == first.total + account.event(DustRecorded).quantity


def test_dust_that_has_become_sellable_is_sold_with_a_trade() -> None:
    """A coarse step leaves coins worth selling after a few trades: they are not left to rot."""
    coarse = terms(rules=rules(step_size="100"))
    account = Account(coarse).trades_from("0").places().leg_ends(WORKING)
    account.leg_ends(PENDING, quantity="1700", quote="33.6")
    assert TradeCompleted in account.events
    account.time_passes(3_000).places("0.0201").leg_ends(WORKING).leg_ends(PENDING, quantity="1600", quote="31")
    assert account.commands() == [FetchBook]
    account.sees_book().sale_is_placed().leg_ends(SALE, quantity="200", quote="4")
    assert account.event(TradeCompleted).unwinds[0].quantity == 200


def test_dust_is_not_tried_where_the_slippage_makes_it_too_little() -> None:
    """5.05 coins are worth 0.101 at the market and 0.099 at the least price that is allowed: the least order is 0.1."""
    account = Account().trades_from("0").places().leg_ends(WORKING)
    account.leg_ends(PENDING, quantity="1812.948182", quote="35.8")
    assert TradeCompleted in account.events
    assert account.event(DustRecorded).total == Decimal("5.05")


def test_coins_that_a_fallen_book_makes_too_little_are_dust() -> None:
    """Selling them is no longer possible; they are not held, and the account trades on."""
    account = Account().trades_from("0").places().leg_ends(WORKING)
    account.leg_ends(PENDING, quantity="1812.698182", quote="35.8").sees_book(("0.0185", "1000"))
    assert (account.event(DustRecorded).total, InventoryHeld in account.events) == (Decimal("5.3"), False)
    assert account.event(UnwindEnded).reason == "too little to sell at 0.0185"
    assert account.state.trade is None


def test_equal_placements_are_told_apart_by_their_quantity() -> None:
    """The price stands still: each order has a (price, quantity) pair of its own."""
    account = Account(terms(interval_ms=0)).trades_from("0")
    quantities = []
    for _ in range(3):
        account.places()
        assert account.trade.order is not None
        quantities.append(account.trade.order.quantity)
        account.leg_ends(WORKING).leg_ends(PENDING, quantity="1817.9", quote="35.9")
    assert quantities == [Decimal("1818.18"), Decimal("1818.17"), Decimal("1818.16")]


def test_orders_are_told_apart_only_as_far_as_the_least_order_allows() -> None:
    """Whole coins for 8 USDT at 0.5: 14, 13 and 12, and 14 again: of 11, one of which may go to the commission, too
    few would be left to sell. No trade is denied for its shift.
    """
    account = Account(terms(rules=rules(step_size="1", min_qty="1", min_notional="5"), amount="8", interval_ms=0))
    account.trades_from("0", mul_point=1)
    quantities = []
    for _ in range(6):
        account.places("0.5", mul_point=1)
        assert account.trade.order is not None
        quantities.append(int(account.trade.order.quantity))
        account.leg_ends(WORKING).leg_ends(PENDING, quantity=str(quantities[-1]), quote="6")
    assert quantities == [14, 13, 12, 14, 14, 14]


def test_a_sale_is_told_apart_only_as_far_as_the_least_order_allows() -> None:
    """300 coins at 0.02 are worth 6 USDT, and one step less would be worth 4: below the least order of 5."""
    account = Account(terms(rules=rules(step_size="100", min_qty="100", min_notional="5"))).trades_from("0").places()
    account.leg_ends(WORKING, "CANCELED", quantity="400", quote="8").sees_book().sale_is_placed()
    account.leg_ends(SALE, "CANCELED", quantity="0").time_passes(2_000).sees_book()
    assert account.command(PlaceOrder).order.quantity == 300


def test_a_look_at_the_ended_order_does_not_hide_the_book() -> None:
    """Its answer comes when the book is awaited already: the book is used as soon as it is seen."""
    account = with_leftovers()
    account.when(LookedUp(trade_id=account.trade.trade_id, complete=True))
    account.sees_book()
    assert account.commands() == [PlaceOrder]


def test_a_book_without_bids_counts_as_an_attempt() -> None:
    """Nobody buys: the account is not kept for ever."""
    account = with_leftovers()
    account.when(_empty_book(account))
    assert account.event(UnwindPriced).best_bid is None
    assert account.trade.unwind_attempt == 1


@pytest.mark.parametrize(
    ("ask", "age", "reason"),
    [
        ("0.0200", 0, "the book is crossed: its bid 0.02 is not below its ask 0.02"),
        ("0.0201", 10_001, "the book is 10.001 s old, more than 10 s"),
        ("0.0201", -10_001, "the book's time is 10.001 s ahead of ours: one of the clocks is wrong"),
    ],
)
def test_a_book_that_is_not_of_now_sells_nothing(ask: str, age: int, reason: str) -> None:
    """Crossed or of another time: it counts as an attempt, and the next look may show a sound one."""
    account = with_leftovers()
    account.sees_book(("0.0200", "5000"), ask=ask, age=age)
    assert account.event(UnwindPriced).message == reason
    assert PlaceOrder not in account.commands()
    account.time_passes(LOOK_AGAIN_MS)
    assert account.commands() == [FetchBook]
    account.sees_book(("0.0200", "5000"), ask="0.0201", age=10_000)
    assert account.command(PlaceOrder).attempt == 2


def test_a_book_that_does_not_say_of_when_it_is_sells() -> None:
    """Nor need there be anybody who sells: coins that are left are worth less every minute."""
    account = with_leftovers().when(
        BookSeen(trade_id="1-000001", bids=((Decimal("0.02"), Decimal(5000)),), ask=None, at=0)
    )
    assert account.command(PlaceOrder).attempt == 1


def test_the_next_trade_begins_after_a_sale() -> None:
    """A partial success goes on with the batch."""
    account = with_leftovers().sells_leftovers("1817.99", "35.7").time_passes(3_000)
    assert account.commands() == [FetchQuote]


def _failed(account: Account, outcome: Outcome) -> OrderFailed:
    return OrderFailed(
        trade_id=account.trade.trade_id, attempt=account.trade.unwind_attempt, outcome=outcome, code="", message="no"
    )


def is_refused(account: Account) -> Account:
    """The sale is refused, and no list shows it."""
    return account.when(_rejected(account)).looks_in_vain(2_000)


def _rejected(account: Account) -> OrderFailed:
    return _failed(account, "rejected")


def _empty_book(account: Account) -> BookSeen:
    return BookSeen(trade_id=account.trade.trade_id, bids=())
