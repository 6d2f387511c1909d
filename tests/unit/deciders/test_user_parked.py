"""A parked account does nothing more until its operator starts it again."""

from collections.abc import Callable

import pytest

from actors.deciders.draft import CALLS
from actors.deciders.user import next_deadline
from actors.messages.orders import LookUpOrders, Reconciled
from actors.messages.placements import OtoAnswered, PlaceOrder, PlaceOto
from actors.messages.prices import FetchBook
from actors.messages.strategies import Admitted, StopTrading
from actors.messages.streams import StreamMoved
from actors.messages.volumes import VolumeNotSeen
from events.orders import OtoAccepted
from events.strategies import StrategyEnded
from events.trades import TradeAbandoned
from tests.support.account import PENDING, WORKING, Account
from tests.support.terms import TERMS, terms


def parked(account: Account) -> Account:
    """The comparison with the venue's open orders meets a dead session."""
    account.when(StreamMoved())
    number = account.state.reconciliation.number
    account.when(Reconciled(number=number, complete=False, outcome="unauthorised", message="log in"))
    assert account.state.parked
    return account


def left_with_coins() -> Account:
    return Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="1000", quote="20")


def test_no_order_follows_a_price_that_comes_after_the_parking() -> None:
    """The price is public, so it comes although the session is dead; the trade is called off."""
    account = parked(Account().trades_from("0")).sees_price()
    assert PlaceOto not in account.commands()
    assert not account.event(TradeAbandoned).failed
    assert next_deadline(account.state) is None


def test_one_strategys_dead_session_stops_the_other_ones_trade() -> None:
    """The account is parked, not the strategy."""
    account = Account(TERMS, terms(strategy_id="two")).starts().sees_volume("0").when(Admitted(strategy_id="aop"))
    account.connects().when(VolumeNotSeen(strategy_id="two", outcome="unauthorised", message="log in")).sees_price()
    assert PlaceOto not in account.commands()


def test_no_sale_follows_a_book_that_comes_after_the_parking() -> None:
    """The coins wait until the operator resumes; then the book is read anew."""
    account = parked(left_with_coins()).sees_book()
    assert PlaceOrder not in account.commands()
    assert account.dies_and_recovers().commands() == []
    assert FetchBook in account.starts("run-2").resumes().commands()


def test_the_answer_to_an_order_that_was_under_way_is_recorded() -> None:
    """Whoever goes on knows the orders and looks them up; the reason says that one may be open."""
    account = parked(Account().trades_from("0").sees_price())
    assert "trade 1-000001 is left as it is: an order of it may be open" in account.event(StrategyEnded).reason
    account.when(OtoAnswered(trade_id="1-000001", working_order_id=WORKING, pending_order_id=PENDING))
    assert OtoAccepted in account.events
    assert LookUpOrders in account.dies_and_recovers().starts("run-2").resumes().commands()


def _bought() -> Account:
    return Account().trades_from("0").places()


@pytest.mark.parametrize("story", [left_with_coins, _bought, lambda: left_with_coins().sees_book().sale_is_placed()])
def test_a_parked_account_asks_nothing_of_the_venue(story: Callable[[], Account]) -> None:
    """Whatever comes: ended orders, time, a stop, a fresh actor of the same run."""
    account = parked(story())
    steps: tuple[Callable[[], Account], ...] = (
        lambda: account.leg_ends(WORKING, "CANCELED", quantity="1000", quote="20"),
        lambda: account.time_passes(900_000),
        lambda: account.when(StopTrading(now=True)),
        account.dies_and_recovers,
        account.starts,
    )
    for step in steps:
        assert not set(CALLS) & set(step().commands())
