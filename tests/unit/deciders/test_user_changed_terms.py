"""A strategy that is started with other settings while something of the earlier ones is still open."""

from decimal import Decimal

from actors.messages.placements import PlaceOrder
from actors.messages.prices import FetchBook
from actors.messages.strategies import Admitted
from events.inventory import DustRecorded, InventoryHeld
from events.strategies import BatchPlanned, VolumeChecked
from events.values import StrategyTerms
from events.volumes import CreditRateObserved
from projections.states.user import DAY_MS
from tests.support.account import PENDING, SALE, WORKING, Account
from tests.support.terms import rules, terms

KOGE = terms(ticker="KOGE", rules=rules(symbol="ALPHA_22USDT", base_asset="ALPHA_22"))


def moved_to_another_token(account: Account) -> Account:
    """The process dies; the next run has the same strategy trade KOGE."""
    account.dies_and_recovers()
    account.strategies = (KOGE,)
    return account.starts("run-2")


def test_a_trade_in_hand_sells_the_token_that_it_bought() -> None:
    """The coins of an AOP trade are AOP, whatever its strategy trades now."""
    account = moved_to_another_token(Account().trades_from("0").places())
    account.leg_ends(WORKING, "CANCELED", quantity="1000", quote="20")
    assert account.command(FetchBook).symbol == "ALPHA_900USDT"
    account.sees_book()
    assert account.command(PlaceOrder).order.symbol == "ALPHA_900USDT"
    account.sale_is_placed().leg_ends(SALE, quantity="999", quote="19.9")
    assert account.event(DustRecorded).asset == "ALPHA_900"


def test_a_trade_in_hand_keeps_its_own_limits() -> None:
    """It was begun with five sales and a slippage of its own; the new settings hold for what begins under them."""
    account = Account().trades_from("0").places()
    account.dies_and_recovers()
    account.strategies = (terms(unwind_attempts=1, unwind_slippage_percentage="50"),)
    account.starts("run-2").leg_ends(WORKING, "CANCELED", quantity="1000", quote="20")
    account.sees_book(("0.02", "1"), ("0.001", "99999")).sale_is_placed()
    assert account.trade.unwind_order is not None
    assert account.trade.unwind_order.price == Decimal("0.0196")
    account.leg_ends(SALE, "CANCELED", quantity="0")
    assert InventoryHeld not in account.events


def test_a_late_fill_counts_for_the_token_of_its_own_trade() -> None:
    """The buy of an AOP trade that is over fills late, when the strategy trades KOGE: AOP coins are held."""
    account = Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="0")
    account = moved_to_another_token(account)
    account.leg_ends(WORKING, "CANCELED", quantity="1800", quote="36")
    held = account.event(InventoryHeld)
    assert (held.asset, held.ticker) == ("ALPHA_900", "AOP")


def test_credit_is_awaited_through_any_number_of_changes() -> None:
    """A trade is credited late, and the strategy is started with other settings twice before it is: nothing is traded
    in its place.
    """
    account = Account(terms(target_volume="10")).trades_from("0").completes_trade()
    for number, amount in ((2, "41"), (3, "42")):
        account.dies_and_recovers()
        account.strategies = (terms(target_volume="10", amount=amount),)
        account.starts(f"run-{number}").sees_volume("0")
        assert not account.event(VolumeChecked).settled


def begun_anew_with_a_trade_in_hand(now: StrategyTerms) -> Account:
    """At 0, with other settings, and a batch planned; then the trade in hand, which counts 10, ends."""
    account = Account().trades_from("0").places()
    account.dies_and_recovers()
    account.strategies = (now,)
    account.starts("run-2").sees_volume("0").when(Admitted(strategy_id="aop"))
    assert BatchPlanned in account.events
    return account.connects().leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")


def test_the_credit_of_a_trade_in_hand_is_awaited_with_that_of_the_next_batch() -> None:
    """Of the batch, one counts 10 and one, which bought a tenth, 1: a figure of 11 lacks a whole trade."""
    account = begun_anew_with_a_trade_in_hand(terms(target_volume="20"))
    account.time_passes(3_000).completes_trade().time_passes(3_000)
    account.places().leg_ends(WORKING, "CANCELED", "180", "3.6").sells_leftovers("179", "3.5")
    account.time_passes(5_000).sees_volume("11")
    assert not account.event(VolumeChecked).settled


def test_nothing_is_learned_of_the_credit_where_an_earlier_trades_may_be_in_it() -> None:
    """Two trades have counted 20, and only one is the batch's: it does not count 20."""
    account = begun_anew_with_a_trade_in_hand(terms(probe_trades=1)).time_passes(3_000).completes_trade()
    account.sees_settled("20")
    assert account.event(VolumeChecked).settled
    assert CreditRateObserved not in account.events


def test_the_credit_of_yesterdays_buy_is_not_awaited_today() -> None:
    """The venue has counted it, and begins each day from 0."""
    account = Account().trades_from("0").places().leg_ends(WORKING)
    account.now += DAY_MS
    account.dies_and_recovers()
    account.strategies = (terms(unwind_attempts=1),)
    account.starts("run-2").sees_volume("0").when(Admitted(strategy_id="aop"))
    account.connects().leg_ends(PENDING, quantity="1818", quote="35.9")
    assert account.strategy().credit_since == 0
