"""What trading has cost: whatever becomes of the coins, it adds up to what was paid less what was received."""

from decimal import Decimal

from actors.messages.placements import OtoAnswered
from actors.messages.strategies import Admitted
from events.inventory import CoinsSwept, DustRecorded, InventoryHeld
from events.trades import TradePartlyCompleted
from tests.support.account import PENDING, SALE, WORKING, Account
from tests.support.terms import rules, terms

ASSET = "ALPHA_900"
BUY, SELL = "8000001", "8000002"
FEE = Decimal("0.9999")
"""What the account gets of each USDT that it sells for."""


def left_with_dust() -> Account:
    """Of 1817.8182 coins 217.8182 are left, which are worth 4.36: the least order is 5."""
    account = Account(terms(rules=rules(min_notional="5"))).trades_from("0").places()
    return account.leg_ends(WORKING, quantity="1818", quote="36.36").leg_ends(
        PENDING, "CANCELED", quantity="1600", quote="32"
    )


def test_dust_is_charged_to_the_trade_that_left_it() -> None:
    """A trade that was completed in part is no exception: what it left counts for nothing in the books."""
    account = left_with_dust()
    assert account.event(DustRecorded).total == Decimal("217.8182")
    assert account.event(TradePartlyCompleted).wear == Decimal("36.36") - 32 * FEE


def test_dust_that_is_sold_later_is_credited_once() -> None:
    """In the end all that was bought is sold, but for a little dust: the cost is what was paid less what came in."""
    account = left_with_dust().time_passes(60_000).sees_price()
    account.when(OtoAnswered(trade_id=account.trade.trade_id, working_order_id=BUY, pending_order_id=SELL))
    account.leg_ends(BUY, "CANCELED", quantity="1000", quote="20").sees_book().sale_is_placed()
    account.leg_ends(SALE, quantity="1217.71", quote="24.3542")
    assert account.strategy().wear == Decimal("56.36") - (32 + Decimal("24.3542")) * FEE


def test_held_coins_are_not_charged_before_they_are_sold() -> None:
    """They count what they are worth in the books, also the dust among them, which was written off before."""
    account = left_with_dust().time_passes(60_000).sees_price()
    account.when(OtoAnswered(trade_id=account.trade.trade_id, working_order_id=BUY, pending_order_id=SELL))
    account.leg_ends(BUY, "CANCELED", quantity="1000", quote="20")
    for sale in ("1", "2", "3", "4", "5"):
        account.time_passes(2_000).sees_book().sale_is_placed(sale).leg_ends(sale, "CANCELED", quantity="0")
    held = account.event(InventoryHeld)
    assert held.quantity == Decimal("1217.7182")
    assert account.strategy().wear == Decimal("56.36") - 32 * FEE - held.value


def test_a_sweep_charges_what_it_leaves_as_dust() -> None:
    """Its coins counted 36 USDT in the books; the book takes half of them and then nothing that is worth an order."""
    account = Account(terms(unwind_attempts=1)).trades_from("0").places().leg_ends(WORKING, quantity="1800")
    account.leg_ends(PENDING, "REJECTED", quantity="0").sees_book().sale_is_placed()
    account.leg_ends(SALE, "CANCELED", quantity="0").dies_and_recovers()
    account.strategies = (terms(sweep=True),)
    account.starts("run-2").reconciles().when(Admitted(strategy_id="aop")).connects().sees_book().sale_is_placed()
    account.leg_ends(SALE, "CANCELED", quantity="900", quote="18").time_passes(0)
    account.sees_book(("0.00005", "1000000"))
    assert account.event(CoinsSwept).wear == Decimal("1799.82") * Decimal("0.02") - 18 * FEE
    assert account.strategy().wear == 36 - 18 * FEE
