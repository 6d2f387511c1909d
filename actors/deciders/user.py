"""What an account does next: one message in, events and commands out. Pure; the time is given.

Every message is first handled for itself; then `_advance` does whatever has become due: checks, timeouts, the next
trade, the end. So a Tick has no handler of its own, and a late message can never leave a deadline unserved.
"""

from collections.abc import Callable
from typing import Any

from actors.deciders import (
    user_control,
    user_legs,
    user_placement,
    user_quote,
    user_reconciliation,
    user_stop,
    user_sweep,
    user_trade,
    user_turns,
    user_unwind,
)
from actors.deciders.draft import Draft
from actors.deciders.limits import end_what_must_end, next_day, note_quiet, park_if_always_turned_away
from actors.deciders.user_beginnings import admitted, recovered, resumed, search_again, start_strategies
from actors.deciders.user_quote import start_trade
from actors.deciders.user_trade import abandon, cancel_again, complete_batch, leg_timed_out, look_up
from actors.deciders.user_unwind import fetch_book, settle_coins
from actors.deciders.user_volume import check_again, park, trade_is_over, volume_not_seen, volume_seen
from actors.messages.base import Decision, Message, Recovered
from actors.messages.orders import CancelDone, LookedUp, OrderEnded, Reconciled
from actors.messages.placements import OrderAnswered, OrderFailed, OrderNotFound, OtoAnswered, OtoFailed, OtoNotFound
from actors.messages.prices import BookNotSeen, BookSeen, QuoteNotSeen, QuoteSeen
from actors.messages.strategies import Admitted, PauseTrading, ResumeTrading, StartStrategies, StopTrading
from actors.messages.streams import StreamDown, StreamMoved, StreamSilent, StreamUp
from actors.messages.turns import TurnGranted, TurnNotYet
from actors.messages.volumes import VolumeNotSeen, VolumeSeen
from projections.states.user import (
    OPEN_PHASES,
    StrategyState,
    TradeState,
    UserState,
    active,
    how_to_stop,
    idle,
    may_trade,
)


def decide(state: UserState, message: Message, now: int) -> Decision:
    draft = Draft(state, now)
    note_quiet(draft, message)
    handler = HANDLERS.get(type(message))
    if handler is not None:
        handler(draft, message)
    park_if_always_turned_away(draft, message)
    _advance(draft)
    user_control.cancel_for_owner(draft)
    if state.trade is not None and not active(state) and idle(draft.state):
        trade_is_over(draft)
    user_turns.settle_turns(draft, state, message)
    return draft.decision(state)


def next_deadline(state: UserState) -> int | None:
    """When something becomes due although no message comes (ms), or None."""
    due = [] if state.parked or state.trade is None else _trade_deadlines(state.trade)
    if state.reconciliation.phase == "due" and not state.parked:
        due.append(state.reconciliation.again_at)
    if state.stopping == "no":
        due += [s.not_before for s in active(state) if s.phase == "settling"]
        if state.trade is None:
            due += [midnight for s in active(state) if (midnight := next_day(s))]
            if state.stream == "up":
                due += [s.not_before for s in active(state) if _has_trade_to_begin(state, s) and not s.awaits_turn]
    return max(min(due), state.quiet_until) if due else None


def _trade_deadlines(trade: TradeState) -> list[int]:
    if trade.looking:
        return []
    if trade.phase in ("searching", "seeking", "pricing") or trade.canceling:
        return [trade.look_at]
    return [trade.deadline, trade.look_at] if trade.phase in OPEN_PHASES else []


def _advance(draft: Draft) -> None:
    for s in active(draft.state) if not draft.quiet else ():
        if s.phase == "settling" and s.not_before <= draft.now and draft.state.stopping == "no":
            check_again(draft, s, "the batch is over" if s.reads == 0 else "the last figure is not believed yet")
    again = draft.state.reconciliation
    if again.phase == "due" and again.again_at <= draft.now and not draft.quiet and not draft.state.parked:
        user_reconciliation.reconcile_again(draft)
    if draft.state.trade is not None and not draft.state.parked:
        _advance_trade(draft, draft.state.trade)
    if draft.state.trade is None:
        _between_trades(draft)


def _advance_trade(draft: Draft, trade: TradeState) -> None:
    stopping, reason = how_to_stop(draft.state), user_stop.why_leave(draft, trade)
    hindrance = "stopped" if stopping != "no" else user_control.why_not_placed(draft, trade)
    if hindrance and trade.phase == "quoting":
        abandon(draft, trade, f"{hindrance} before an order was placed", failed=False)
    elif stopping == "now" and trade.phase == "pricing":
        settle_coins(draft, "")
    elif reason and user_stop.leave(draft, trade, reason):
        return
    elif draft.now >= max(min(_trade_deadlines(trade), default=draft.now + 1), draft.state.quiet_until):
        _trade_is_due(draft, trade)


def _trade_is_due(draft: Draft, trade: TradeState) -> None:
    if trade.canceling and trade.confirming:
        look_up(draft, "no frame has confirmed the cancel")
    elif trade.canceling:
        cancel_again(draft, trade)
    elif trade.phase == "pricing":
        _next_sale(draft, trade)
    elif trade.phase in ("searching", "seeking"):
        search_again(draft, trade, "not settled yet")
    elif draft.now >= trade.deadline:
        leg_timed_out(draft, trade)
    else:
        look_up(draft, "nothing was heard of the order for a while", silence=True)


def _next_sale(draft: Draft, trade: TradeState) -> None:
    """Another attempt at a sale, unless it was the last: then what is left is recorded."""
    settle_coins(draft, "")
    if draft.state.trade is not None:
        fetch_book(draft, trade, "the next sale needs a price")


def _between_trades(draft: Draft) -> None:
    state = draft.state
    for s in active(state):
        if s.failures_in_a_row >= s.terms.max_retry_attempts:
            failed = f"{s.failures_in_a_row} trades of {s.terms.strategy_id} failed in a row"
            park(draft, f"{failed}, the last: {s.last_failure}")
        elif s.phase == "trading" and 0 < s.planned <= s.number:
            complete_batch(draft, s.terms.strategy_id)
    for s in active(draft.state) if draft.state.stopping == "no" else ():
        end_what_must_end(draft, s)
    user_stop.end_what_is_stopped(draft)
    if state.stopping != "no":
        return
    if state.stream == "failed":
        park(draft, f"the user stream cannot be kept up: {state.stream_trouble}")
    elif state.stream == "up" and not draft.quiet:
        _start_next_trade(draft)


def _start_next_trade(draft: Draft) -> None:
    for s in active(draft.state):
        if s.terms.sweep and may_trade(draft.state, s) and draft.state.trade is None and user_turns.has_turn(draft, s):
            user_sweep.sweep(draft, s)
    if draft.state.trade is not None:
        return
    due = [s for s in active(draft.state) if _has_trade_to_begin(draft.state, s) and s.not_before <= draft.now]
    ready = [s for s in due if user_turns.has_turn(draft, s)]
    if ready:
        start_trade(draft, min(ready, key=lambda s: s.last_trade))


def _has_trade_to_begin(state: UserState, s: StrategyState) -> bool:
    return not s.terms.sweep and may_trade(state, s)


def _order_not_found(draft: Draft, message: OrderNotFound) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase != "seeking":
        return
    user_trade.note_look(draft, trade, complete=message.complete, message=message.message or "not found")
    user_unwind.order_not_found(draft, message)
    user_trade.park_if_undecidable(draft, trade, message.message)


HANDLERS: dict[type[Message], Callable[[Draft, Any], None]] = {
    Admitted: admitted,
    BookNotSeen: user_unwind.book_not_seen,
    BookSeen: user_unwind.book_seen,
    OrderAnswered: user_unwind.order_answered,
    OrderFailed: user_unwind.order_failed,
    OrderNotFound: _order_not_found,
    CancelDone: user_trade.cancel_done,
    LookedUp: user_trade.looked_up,
    OrderEnded: user_legs.order_ended,
    OtoAnswered: user_placement.oto_answered,
    OtoFailed: user_placement.oto_failed,
    OtoNotFound: user_placement.oto_not_found,
    QuoteNotSeen: user_quote.quote_not_seen,
    QuoteSeen: user_quote.quote_seen,
    Recovered: recovered,
    PauseTrading: user_control.pause,
    ResumeTrading: resumed,
    StartStrategies: start_strategies,
    TurnGranted: user_turns.granted,
    TurnNotYet: user_turns.not_yet,
    StopTrading: user_stop.stop,
    Reconciled: user_reconciliation.reconciled,
    StreamDown: user_reconciliation.stream_down,
    StreamMoved: user_reconciliation.stream_moved,
    StreamSilent: user_reconciliation.stream_silent,
    StreamUp: user_reconciliation.stream_up,
    VolumeNotSeen: volume_not_seen,
    VolumeSeen: volume_seen,
}
