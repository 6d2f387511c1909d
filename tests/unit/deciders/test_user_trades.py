"""One trade: from the price to what it came to, and everything that can go wrong on the way."""

from decimal import Decimal
from typing import Any

from actors.messages.orders import CancelDone, CancelOrder, LookedUp, LookUpOrders, ReconcileOrders, Watch
from actors.messages.placements import OtoAnswered, OtoFailed, PlaceOto
from actors.messages.prices import FetchQuote, QuoteNotSeen
from actors.messages.strategies import Admitted
from actors.messages.streams import StreamDown, StreamUp
from events.accounts import TradingPaused
from events.orders import LegTimedOut, OtoDenied, OtoNotSent, OtoRequested
from events.strategies import StrategyEnded
from events.trades import TradeAbandoned, TradeCompleted, TradePartlyCompleted
from tests.support.account import PENDING, WORKING, Account
from tests.support.terms import terms


def test_a_price_becomes_an_intent_and_then_a_placement() -> None:
    """The intent is recorded in the same decision that orders the placement."""
    account = Account().trades_from("0").sees_price("0.02")
    assert account.event(OtoRequested).order.amount == Decimal("39.99996")
    assert account.command(PlaceOto).order == account.event(OtoRequested).order


def test_an_accepted_placement_is_watched() -> None:
    """Orders may have ended before the reply came: the tracker is asked for both legs."""
    account = Account().trades_from("0").places()
    assert account.command(Watch).venue_order_ids == (WORKING, PENDING)


def test_a_completed_trade_says_what_it_came_to() -> None:
    """Wear is paid minus received plus the fee in USDT; the remainder is what neither fee nor sale took."""
    account = Account().trades_from("0").places().leg_ends(WORKING)
    account.leg_ends(PENDING, quantity="1817.9", quote="35.9")
    done = account.event(TradeCompleted)
    assert done.wear == Decimal(36) - Decimal("35.9") + Decimal("0.00359")
    assert done.remainder == Decimal("1818.18") - Decimal("0.181818") - Decimal("1817.9")
    assert done.credit_expected == 10


def test_the_sell_may_end_before_the_buy_is_known_to_have() -> None:
    """Reports may overtake each other; the trade completes when both legs have ended."""
    account = Account().trades_from("0").places().leg_ends(PENDING, quantity="1818", quote="35.9")
    assert TradeCompleted not in account.events
    account.leg_ends(WORKING)
    assert TradeCompleted in account.events


def test_the_next_trade_waits_for_the_interval() -> None:
    """Trade 2 asks for its price 3 s after trade 1, not earlier."""
    account = Account().trades_from("0").completes_trade()
    account.time_passes(2_999)
    assert account.commands() == []
    account.time_passes(1)
    assert account.commands() == [FetchQuote]


def test_a_price_that_moved_too_far_is_denied() -> None:
    """6 % off the batch's first price, with 5 % allowed: nothing is sent, and the trade failed."""
    account = Account().trades_from("0").completes_trade().time_passes(3_000).sees_price("0.0212")
    assert account.events[1:] == [OtoDenied, TradeAbandoned]
    assert account.commands() == []


def test_a_denied_trade_waits_for_the_retry_delay() -> None:
    """A failed trade waits 20 x the interval (worked examples, Waiting)."""
    account = Account().trades_from("0")
    account.when(QuoteNotSeen(trade_id=account.trade.trade_id, outcome="unknown", message="timeout"))
    assert account.event(TradeAbandoned).wait_ms == 60_000
    account.time_passes(59_999)
    assert account.commands() == []
    account.time_passes(1)
    assert account.commands() == [FetchQuote]


def test_a_trade_that_was_called_off_waits_for_nothing() -> None:
    """And says so: only a failure is followed by a pause."""
    account = Account().trades_from("0")
    account.when(QuoteNotSeen(trade_id=account.trade.trade_id, outcome="rate_limited", message="429"))
    assert account.event(TradeAbandoned).wait_ms == 0


def test_a_call_that_was_held_back_is_no_failure_of_the_trade() -> None:
    """Another call of the account was turned away a moment before, so this one was never sent."""
    held: dict[str, Any] = {"outcome": "unavailable", "message": "not sent", "retry_after_ms": 5_000}
    account = Account().trades_from("0")
    account.when(QuoteNotSeen(trade_id=account.trade.trade_id, **held))
    assert not account.event(TradeAbandoned).failed
    account = Account().trades_from("0").sees_price()
    account.when(OtoFailed(trade_id=account.trade.trade_id, code="", **held))
    assert account.event(OtoNotSent).reason == "rate_limited"
    assert not account.event(TradeAbandoned).failed


def test_a_token_taken_offline_ends_the_strategy() -> None:
    """There is nothing to wait for."""
    account = Account().trades_from("0").sees_price(tradable=False)
    assert account.event(StrategyEnded).status == "failed"


def test_a_buy_that_times_out_is_canceled_and_confirmed() -> None:
    """The cancel's answer proves nothing: the order is looked up."""
    account = Account().trades_from("0").places().time_passes(300_000)
    assert account.event(LegTimedOut).leg == "working"
    assert account.command(CancelOrder).venue_order_id == WORKING
    account.when(CancelDone(trade_id=account.trade.trade_id, venue_order_id=WORKING, outcome="accepted"))
    assert LookUpOrders in account.commands()


def test_a_timed_out_buy_without_a_fill_fails_the_trade() -> None:
    """The trade is skipped, as the documents say."""
    account = _times_out(Account().trades_from("0").places(), WORKING)
    account.leg_ends(WORKING, "CANCELED", quantity="0")
    assert account.event(TradeAbandoned).failed


def test_a_timed_out_buy_with_a_part_filled_is_partly_completed() -> None:
    """The part counts, and what was bought is sold again."""
    account = _times_out(Account().trades_from("0").places(), WORKING)
    account.leg_ends(WORKING, "CANCELED", quantity="909.09", quote="18").sells_leftovers("908.99", "17.9")
    done = account.event(TradePartlyCompleted)
    assert done.credit_expected == 5
    assert done.remainder == Decimal("909.09") - Decimal("0.090909") - Decimal("908.99")


def test_a_cancel_that_lost_the_race_lets_the_sell_go_on() -> None:
    """The look shows the buy filled: the sell has its own time from now."""
    account = _times_out(Account().trades_from("0").places(), WORKING)
    account.leg_ends(WORKING)
    assert account.trade.phase == "pending"
    assert account.trade.canceling == ""


def test_a_timed_out_sell_is_partial_success() -> None:
    """The buy counts towards the volume; the coins are sold with a plain order."""
    account = _times_out(Account().trades_from("0").places().leg_ends(WORKING), PENDING)
    account.leg_ends(PENDING, "CANCELED", quantity="0").sells_leftovers("1817.99", "35.9")
    assert account.event(TradePartlyCompleted).unwinds[0].quantity == Decimal("1817.99")
    assert account.strategy().completed == 1


def test_an_order_that_will_not_end_is_canceled_again() -> None:
    """A cancel may have been lost: it is repeated with each look, and after 30 looks a person must decide."""
    account = _times_out(Account().trades_from("0").places(), WORKING)
    for _ in range(30):
        if account.state.parked:
            break
        account.when(LookedUp(trade_id=account.trade.trade_id, complete=True)).time_passes(2_000)
        account.when(CancelDone(trade_id=account.trade.trade_id, venue_order_id=WORKING, outcome="unknown"))
    account.when(LookedUp(trade_id=account.trade.trade_id, complete=True))
    assert "cannot be found out" in account.state.parked


def test_trading_pauses_while_the_stream_is_down() -> None:
    """No new trade begins; the one in hand goes on."""
    account = Account().trades_from("0").places()
    account.when(StreamDown(position=1, reason="reset", final=False))
    assert account.events == [TradingPaused]
    account.leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9").time_passes(3_000)
    assert account.commands() == []


def test_missed_frames_are_made_up_for_by_a_look() -> None:
    """When the stream is back, the orders in hand are read over REST."""
    account = Account().trades_from("0").places()
    account.when(StreamDown(position=1, reason="reset", final=False)).when(StreamUp(position=2))
    hand = account.command(ReconcileOrders).in_hand
    assert hand is not None
    assert hand.venue_order_ids == (WORKING, PENDING)


def test_a_stream_given_up_parks_the_account() -> None:
    """A stream that cannot be established ends the user's strategies with a clear error."""
    account = Account().starts().sees_volume("0").when(Admitted(strategy_id="aop"))
    account.when(StreamDown(position=1, reason="refused", final=True))
    assert account.event(StrategyEnded).status == "parked"
    assert account.state.parked == "the user stream cannot be kept up: refused"


def test_replies_of_another_trade_are_ignored() -> None:
    """A late answer must not touch the trade in hand."""
    account = Account().trades_from("0").sees_price()
    account.when(OtoAnswered(trade_id="1-999999", working_order_id="8", pending_order_id="9"))
    assert account.events == []


def test_a_second_answer_changes_nothing() -> None:
    """The placement is accepted once, whatever is repeated."""
    account = Account().trades_from("0").places()
    account.when(OtoAnswered(trade_id=account.trade.trade_id, working_order_id="8", pending_order_id="9"))
    assert account.trade.working_order_id == WORKING


def test_a_probe_is_no_longer_than_the_need() -> None:
    """probe_trades only shortens a batch."""
    account = Account(terms(probe_trades=50)).trades_from("0")
    assert account.strategy().planned == 20


def _times_out(account: Account, venue_order_id: str) -> Account:
    account.time_passes(300_000)
    account.when(CancelDone(trade_id=account.trade.trade_id, venue_order_id=venue_order_id, outcome="accepted"))
    return account
