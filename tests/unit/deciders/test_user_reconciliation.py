"""Trading follows the stream and the venue's open orders, as the UserActor's decider sees it."""

from actors.messages.orders import ReconcileOrders
from actors.messages.placements import PlaceOto
from actors.messages.strategies import ReportEnded
from actors.messages.streams import StreamDown
from actors.messages.volumes import VolumeNotSeen
from events.trades import TradeAbandoned
from tests.support.account import WORKING, Account
from tests.support.terms import terms


def test_what_could_not_be_compared_is_compared_again_also_when_nothing_is_left_to_trade() -> None:
    """A strategy that ended meanwhile is told of with the next complete answer, rather than never."""
    account = Account(terms(max_retry_attempts=1)).starts().reconciles(complete=False)
    account.when(VolumeNotSeen(strategy_id="aop", outcome="unavailable", message=""))
    account.time_passes(60_000)
    assert account.command(ReconcileOrders).symbols == ("ALPHA_900USDT",)
    account.reconciles()
    assert account.command(ReportEnded).status == "failed"


def left_with_an_order() -> Account:
    """A run whose only strategy is over at once, and whose account still has an order of the run before."""
    account = Account().trades_from("0").places().dies_and_recovers()
    account.strategies = (terms(target_volume="150"),)
    account.starts("run-2").sees_volume("250")
    assert ReportEnded not in account.commands()
    return account


def test_an_account_that_is_started_anew_waits_for_the_trade_in_hand_again() -> None:
    """The run does not end over an open order because an actor failed meanwhile."""
    account = left_with_an_order().dies_and_recovers().starts("run-2")
    assert ReportEnded not in account.commands()
    assert account.command(ReconcileOrders).in_hand is not None
    account.reconciles().leg_ends(WORKING, "CANCELED", quantity="0")
    assert account.command(ReportEnded).idle


def test_an_account_that_is_started_anew_compares_its_orders_before_the_run_ends() -> None:
    """Also where its strategies are over and no trade is in hand: what is open is to be known at the end."""
    account = Account().starts().reconciles(complete=False).sees_volume("200").dies_and_recovers().starts()
    assert account.commands() == [ReconcileOrders]
    account.reconciles()
    assert account.command(ReportEnded).status == "skipped"


def test_an_account_whose_run_is_over_compares_nothing_when_it_is_started_anew() -> None:
    """The run may end at any moment: what was compared once in it need not be again."""
    account = Account().starts().sees_volume("200").reconciles().dies_and_recovers().starts()
    assert account.commands() == [ReportEnded]


def test_nothing_is_placed_while_the_stream_is_down() -> None:
    """A price that comes after the stream was lost leads to no order; the trade begins again when it is back."""
    account = Account().trades_from("0").when(StreamDown(position=90, reason="silent", final=False))
    account.sees_price()
    assert PlaceOto not in account.commands()
    assert not account.event(TradeAbandoned).failed
    assert account.connects().time_passes(60_000).state.trade is not None
