"""Trading follows the stream and the venue's open orders, as the UserActor's decider sees it."""

from actors.messages import PlaceOto, ReconcileOrders, ReportEnded, StreamDown, VolumeNotSeen
from events.trades import TradeAbandoned
from tests.support.account import Account
from tests.support.terms import terms


def test_what_could_not_be_compared_is_compared_again_also_when_nothing_is_left_to_trade() -> None:
    """A strategy that ended meanwhile is told of with the next complete answer, rather than never."""
    account = Account(terms(max_retry_attempts=1)).starts().reconciles(complete=False)
    account.when(VolumeNotSeen(strategy_id="aop", outcome="unavailable", message=""))
    account.time_passes(60_000)
    assert account.command(ReconcileOrders).symbols == ("ALPHA_900USDT",)
    account.reconciles()
    assert account.command(ReportEnded).status == "failed"


def test_nothing_is_placed_while_the_stream_is_down() -> None:
    """A price that comes after the stream was lost leads to no order; the trade begins again when it is back."""
    account = Account().trades_from("0").when(StreamDown(position=90, reason="silent", final=False))
    account.sees_price()
    assert PlaceOto not in account.commands()
    assert not account.event(TradeAbandoned).failed
    assert account.connects().time_passes(60_000).state.trade is not None
