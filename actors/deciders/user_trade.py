"""One trade from its price to what it came to. Pure."""

from actors.deciders.draft import Draft
from actors.deciders.user_volume import park, park_if_unauthorised
from actors.messages.orders import CancelDone, CancelOrder, LookedUp, LookUpOrders, Watch
from events.orders import (
    CancelAnswered,
    CancelRequested,
    LegTimedOut,
    LookRequested,
    OrdersLookedUp,
)
from events.strategies import BatchCompleted
from events.trades import TradeAbandoned
from events.values import TradeLeg
from projections.states.user import OPEN_PHASES, TradeState, how_to_stop, newest_order

MAX_LOOKS = 30
LOOKS_WHEN_STOPPING = 15
"""About a minute, which is longer than the default settle time."""

LEG_WORDS: dict[TradeLeg, str] = {"working": "buy", "pending": "sell", "unwind": "sale of leftover coins"}


def leg_timed_out(draft: Draft, trade: TradeState) -> None:
    leg, venue_order_id = open_leg(trade)
    draft.record(LegTimedOut(**draft.ids(trade), leg=leg, venue_order_id=venue_order_id))
    cancel_open_leg(draft, f"the {LEG_WORDS[leg]} timed out")


def cancel_open_leg(draft: Draft, reason: str) -> None:
    trade = draft.state.trade
    order = newest_order(trade) if trade is not None else None
    if trade is None or order is None or trade.phase not in OPEN_PHASES or trade.canceling:
        return
    if not draft.may_ask(CancelOrder):
        return
    _, venue_order_id = open_leg(trade)
    draft.record(
        CancelRequested(
            user_id=draft.state.user_id, trade_id=trade.trade_id, venue_order_id=venue_order_id, reason=reason
        )
    )
    draft.command(CancelOrder(trade_id=trade.trade_id, symbol=order.symbol, venue_order_id=venue_order_id))


def cancel_again(draft: Draft, trade: TradeState) -> None:
    """The order was not seen to end, or we do not know that the cancel was sent: repeating a cancel is harmless."""
    order = newest_order(trade)
    if order is None:
        return
    draft.record(LookRequested(user_id=draft.state.user_id, trade_id=trade.trade_id, reason="the cancel is repeated"))
    draft.command(CancelOrder(trade_id=trade.trade_id, symbol=order.symbol, venue_order_id=trade.canceling))


def cancel_done(draft: Draft, message: CancelDone) -> None:
    """However the cancel ended, only a look tells what became of the order, or a frame that is just on its way."""
    trade = draft.trade(message.trade_id)
    if trade is None or trade.canceling != message.venue_order_id:
        return
    draft.record(
        CancelAnswered(
            user_id=draft.state.user_id,
            trade_id=trade.trade_id,
            venue_order_id=message.venue_order_id,
            outcome=message.outcome,
            message=message.message,
        )
    )
    trade = draft.trade(message.trade_id)
    if not park_if_unauthorised(draft, message) and trade is not None and not trade.confirming:
        look_up(draft, f"the cancel was {message.outcome}")


def looked_up(draft: Draft, message: LookedUp) -> None:
    """The tracker has been told what the look showed, and has told us of ended orders, before this message.

    Where no order is open any more, the trade waits for something else, and this is no answer to that.
    """
    trade = draft.trade(message.trade_id)
    if trade is None or not trade.looking or trade.phase not in OPEN_PHASES:
        return
    note_look(draft, trade, complete=message.complete, message=message.message)
    park_if_unauthorised(draft, message)
    if trade.canceling:  # an order that may rest is no riddle: its leg's time will be up
        park_if_undecidable(draft, trade, message.message)


def look_up(draft: Draft, reason: str, *, silence: bool = False) -> None:
    """After `silence` a stream that is up should have brought before what the look shows."""
    trade = draft.state.trade
    if trade is None or newest_order(trade) is None or not draft.may_ask(LookUpOrders):
        return
    draft.record(LookRequested(user_id=draft.state.user_id, trade_id=trade.trade_id, reason=reason))
    # The tracker may have closed an order that we were not told of, and then a look shows it nothing new.
    draft.command(
        Watch(venue_order_ids=order_ids(trade)),
        look_up_command(trade, expects_frames=silence and draft.state.stream == "up"),
    )


def look_up_command(trade: TradeState, *, expects_frames: bool = False) -> LookUpOrders:
    """For a trade whose order was placed."""
    order = newest_order(trade)
    return LookUpOrders(
        trade_id=trade.trade_id,
        symbol=order.symbol if order else "",
        base_asset=order.base_asset if order else "",
        venue_order_ids=order_ids(trade),
        since=trade.requested_at,
        expects_frames=expects_frames,
    )


def abandon(draft: Draft, trade: TradeState, reason: str, *, failed: bool = True) -> None:
    s = draft.strategy(trade.strategy_id)
    draft.record(
        TradeAbandoned(
            **draft.ids(trade),
            batch=trade.batch,
            number=trade.number,
            reason=reason,
            failed=failed,
            wait_ms=s.terms.retry_delay_ms if failed and s is not None else 0,
        )
    )


def park_if_undecidable(draft: Draft, before: TradeState, message: str) -> None:
    """After so many looks a person must decide; nothing is guessed. `before` is the trade before this look."""
    trade = draft.trade(before.trade_id)
    most = MAX_LOOKS if how_to_stop(draft.state) == "no" else LOOKS_WHEN_STOPPING
    if trade is not None and trade.phase == before.phase and before.looks + 1 >= most:
        why = message or "it is neither open nor ended"
        park(draft, f"trade {trade.trade_id}: what became of its order cannot be found out: {why}")


def note_look(draft: Draft, trade: TradeState, *, complete: bool, message: str) -> None:
    draft.record(
        OrdersLookedUp(user_id=draft.state.user_id, trade_id=trade.trade_id, complete=complete, message=message)
    )


def complete_batch(draft: Draft, strategy_id: str, reason: str = "") -> None:
    s = draft.strategy(strategy_id)
    if s is None:
        return
    draft.record(
        BatchCompleted(
            user_id=draft.state.user_id,
            strategy_id=strategy_id,
            batch=s.batch,
            completed_trades=s.completed,
            failed_trades=s.failed,
            reason=reason,
        )
    )


def open_leg(trade: TradeState) -> tuple[TradeLeg, str]:
    if trade.phase == "unwinding":
        return "unwind", trade.unwind_order_id
    return ("working", trade.working_order_id) if trade.phase == "working" else ("pending", trade.pending_order_id)


def order_ids(trade: TradeState) -> tuple[str, ...]:
    """The trade's orders that the venue has given an id."""
    return tuple(i for i in (trade.working_order_id, trade.pending_order_id, trade.unwind_order_id) if i)
