"""An operator has what an account was left with sold."""

from decimal import Decimal

from msgspec.structs import replace

from actors.deciders.limits import acknowledged, why_not_acknowledged
from actors.messages.orders import LookUpOrders
from actors.messages.placements import PlaceOrder
from actors.messages.prices import BookNotSeen, FetchBook
from actors.messages.strategies import Admitted, AskAdmission
from actors.messages.volumes import QueryVolume
from events.inventory import CoinsSwept, DustRecorded, InventoryHeld, SweepStarted
from events.strategies import StrategyEnded
from events.values import StrategyTerms
from tests.support.account import PENDING, SALE, WORKING, Account
from tests.support.terms import rules, terms

ASSET = "ALPHA_900"
SWEEP = terms(sweep=True)


def left_with_coins() -> Account:
    """1799.82 coins are held: neither the sell nor the one plain sale that is allowed sold any."""
    account = Account(terms(unwind_attempts=1)).trades_from("0").places().leg_ends(WORKING, quantity="1800")
    account.leg_ends(PENDING, "REJECTED", quantity="0").sees_book().sale_is_placed()
    account.leg_ends(SALE, "CANCELED", quantity="0")
    assert ASSET in account.state.held
    return account.dies_and_recovers()


def sweeping(account: Account, sweep: StrategyTerms = SWEEP) -> Account:
    """Begun, admitted and connected."""
    account.strategies = (sweep,)
    account.starts("run-2").reconciles()
    account.when(Admitted(strategy_id="aop"))
    return account.connects()


def test_a_sweep_buys_nothing_and_asks_for_no_volume() -> None:
    """It waits for its turn like a strategy, and then for the stream."""
    account = left_with_coins()
    account.strategies = (SWEEP,)
    account.starts("run-2")
    assert AskAdmission in account.commands()
    assert QueryVolume not in account.commands()


def test_held_coins_are_put_up_for_sale() -> None:
    """All of them but a step, which tells the order from the one before; at what the book gives."""
    account = sweeping(left_with_coins())
    assert account.event(SweepStarted).quantity == Decimal("1799.82")
    assert FetchBook in account.commands()
    account.sees_book()
    assert account.trade.unwind_order is not None
    assert account.trade.unwind_order.quantity == Decimal("1799.81")


def test_a_sweep_that_sells_all_leaves_nothing_held() -> None:
    """Its wear is what the coins fetched less than they count in the books, and the token may be bought again."""
    account = sweeping(left_with_coins())
    wear = account.strategy().wear
    account.sells_leftovers("1799.82", "35")
    swept = account.event(CoinsSwept)
    assert (swept.quantity, swept.wear) == (
        Decimal("1799.82"),
        Decimal("1799.82") * Decimal("0.02") - Decimal("34.9965"),
    )
    assert account.event(DustRecorded).total == 0
    assert account.event(StrategyEnded).status == "swept"
    assert (account.state.held, account.strategy().wear) == ({}, wear + swept.wear)


def test_what_a_sweep_cannot_sell_is_held_again() -> None:
    """The book takes nothing within the slippage, as often as it is tried."""
    account = sweeping(left_with_coins())
    for attempt in range(SWEEP.unwind_attempts):
        account.sees_book().sale_is_placed(str(attempt)).leg_ends(str(attempt), "CANCELED", quantity="0")
    assert account.event(InventoryHeld).quantity == Decimal("1799.82")
    assert account.event(StrategyEnded).status == "parked"


def test_coins_that_have_become_too_little_are_no_longer_held() -> None:
    """They fell below the least order since: nothing can be sold, and the token may be bought again."""
    account = sweeping(left_with_coins()).sees_book(("0.00005", "1000000"))
    assert account.event(CoinsSwept).quantity == 0
    assert ASSET not in account.state.held
    assert account.state.dust[ASSET] == Decimal("1799.82")
    assert account.event(StrategyEnded).status == "swept"


def test_a_sweep_without_coins_ends_at_once() -> None:
    """There is nothing to sell, and that is said."""
    account = Account(SWEEP).starts().reconciles().when(Admitted(strategy_id="aop")).connects()
    assert account.event(StrategyEnded).status == "swept"
    assert "no AOP" in account.event(StrategyEnded).reason


def left_with_dust(quantity: str = "1800") -> Account:
    """So many coins, each of which was written off."""
    account, coins = Account(), Decimal(quantity)
    return account.given(
        DustRecorded(
            user_id=1,
            strategy_id="aop",
            trade_id="1-000000",
            asset=ASSET,
            quantity=coins,
            total=coins,
            value=Decimal(0),
        )
    )


def test_dust_that_is_worth_an_order_is_sold() -> None:
    """It was written off when it was left: what it fetches is a gain."""
    account = sweeping(left_with_dust()).sells_leftovers("1800", "36")
    assert account.event(CoinsSwept).wear == Decimal("-35.9964")
    assert account.event(StrategyEnded).status == "swept"


def test_a_book_that_cannot_be_read_is_asked_for_again() -> None:
    """A sweep of dust knows no price before; after as many attempts as are allowed it says why nothing was sold."""
    account = sweeping(left_with_dust())
    for _ in range(SWEEP.unwind_attempts):
        assert account.strategy().status is None
        account.when(BookNotSeen(trade_id=account.trade.trade_id, outcome="unavailable", message="down"))
        account.time_passes(2_000)
    ended = account.event(StrategyEnded)
    assert (ended.status, "5 sales did not sell it all" in ended.reason) == ("parked", True)
    assert account.state.dust[ASSET] == 1800
    assert account.state.held == {}


def test_a_sweep_that_sells_nothing_does_not_say_that_it_sold() -> None:
    """What is left is too little for an order: that is told, with the quantity."""
    account = sweeping(left_with_dust()).sees_book(("0.00005", "1000000"))
    assert account.event(StrategyEnded).reason == "nothing could be sold: 1800 AOP are worth too little for an order"


def test_a_sweep_sells_no_more_at_once_than_an_order_may_have() -> None:
    """1005 is no whole number of steps: 1000 are sold first, and then what is left."""
    coarse = terms(sweep=True, rules=rules(step_size="10", min_qty="10", max_qty="1005"))
    account = sweeping(left_with_dust("1510"), coarse).sees_book()
    assert account.command(PlaceOrder).order.quantity == 1000
    account.sale_is_placed().leg_ends(SALE, quantity="1000", quote="20").time_passes(2_000).sees_book()
    assert account.command(PlaceOrder).order.quantity == 510


def test_a_sweep_sells_no_more_at_once_than_an_order_may_be_worth() -> None:
    """At 0.05 an order may have 820 coins, which are worth 41 USDT."""
    account = sweeping(left_with_dust("1510"), terms(sweep=True, rules=rules(max_notional="41")))
    account.sees_book(("0.05", "1000000"))
    assert account.command(PlaceOrder).order.quantity == 820
    account.sale_is_placed().leg_ends(SALE, quantity="820", quote="41").time_passes(2_000)
    account.sees_book(("0.05", "1000000"))
    assert account.command(PlaceOrder).order.quantity == 690


def test_a_late_sale_lowers_what_a_sweep_sells() -> None:
    """It is the sale of the trade before: the sweep, which waits for its book, has 800 coins less to sell."""
    account = sweeping(left_with_coins())
    account.leg_ends(SALE, "CANCELED", quantity="800", quote="16")
    assert account.event(InventoryHeld).quantity == Decimal("999.82")
    account.sees_book()
    assert account.trade.unwind_order is not None
    assert account.trade.unwind_order.quantity == Decimal("999.82")


def test_an_interrupted_sweep_goes_on_with_its_open_sale() -> None:
    """The order of the sweep before is looked up; nothing is sold twice."""
    account = sweeping(left_with_coins()).sees_book().sale_is_placed().dies_and_recovers()
    assert LookUpOrders in account.commands()
    account.leg_ends(SALE, quantity="1799.82", quote="35")
    assert account.event(CoinsSwept).quantity == Decimal("1799.82")


def test_a_supervisor_settles_the_sweep_that_was_interrupted() -> None:
    """Another run with the strategy's own terms: first the open sale, then trading."""
    account = sweeping(left_with_coins()).sees_book().sale_is_placed().dies_and_recovers()
    account.strategies = (replace(SWEEP, sweep=False),)
    account.starts("run-3").leg_ends(SALE, quantity="1799.82", quote="35")
    assert CoinsSwept in account.events
    assert account.state.trade is None


def test_coins_that_an_interrupted_sweep_may_be_selling_cannot_be_acknowledged() -> None:
    """Its order may fill: what it sold must be on the books until the sweep is over."""
    account = sweeping(left_with_coins()).sees_book().sale_is_placed().dies_and_recovers()
    assert acknowledged(account.state, None) == ()
    assert "trade 1-000002 is in hand and may be selling the 1799.82 AOP" in why_not_acknowledged(account.state, "AOP")
    account.leg_ends(SALE, quantity="1799.82", quote="35")
    assert account.state.dust[ASSET] == 0


def test_held_coins_without_a_trade_in_hand_are_acknowledged() -> None:
    """Those of the token that is named, and nothing has to wait."""
    account = left_with_coins()
    assert [one.quantity for one in acknowledged(account.state, "AOP")] == [Decimal("1799.82")]
    assert (why_not_acknowledged(account.state, None), acknowledged(account.state, "KOGE")) == ("", ())
