"""Trading follows the stream: it pauses without one, and goes on when the venue's open orders agree with the log. Pure.

What disagrees is reported once. An order that the log does not know is never touched: the owner may have placed it.
"""

from actors.deciders import user_strangers
from actors.deciders.draft import Draft
from actors.deciders.user_trade import look_up_command, open_leg
from actors.deciders.user_volume import park, park_if_unauthorised, report_all_ended
from actors.messages.orders import LookUpOrders, Reconciled, ReconcileOrders, Watch
from actors.messages.streams import CloseStream, ReplaceStream, StreamDown, StreamMoved, StreamSilent, StreamUp
from events.accounts import TradingPaused, TradingResumed
from events.orders import OrderMissing, OrdersReconciled, ReconciliationRequested
from projections.states.user import DAY_MS, OPEN_PHASES, SettledLeg, held_back, idle, newest_order, settled_legs

MAX_INCOMPLETE = 10
ENDED_LOOKED_AT = 8
"""So many orders of the last trades are looked at again, unless they were filled or are a day old."""


def reconcile(draft: Draft, reason: str, *, resumes: bool = False) -> None:
    """Ask for the orders in hand, and of all symbols of this run, also of strategies that are over, for the open orders
    and those that have executed since the last comparison.
    """
    state, trade = draft.state, draft.state.trade
    tokens = user_strangers.own_tokens(state)
    if not tokens:
        return
    symbols = tuple(sorted(tokens))
    draft.record(ReconciliationRequested(user_id=state.user_id, reason=reason, symbols=symbols, resumes=resumes))
    _ask_of_ended(draft)
    if not draft.quiet:
        _look_at_ended(draft)
    draft.command(
        ReconcileOrders(
            number=draft.state.reconciliation.number,
            symbols=symbols,
            executed=user_strangers.executed_to_compare(state),
            since=user_strangers.history_since(state, draft.now),
            in_hand=look_up_command(trade) if trade is not None and trade.phase in OPEN_PHASES else None,
        )
    )


def _ask_of_ended(draft: Draft) -> None:
    """The tracker may have counted a fill after an order's end, and we ended before we were told. A look at the order
    then shows it nothing new.
    """
    ended = _unfilled(settled_legs(draft.state))
    if ended:
        draft.command(Watch(venue_order_ids=tuple(one.executed.venue_order_id for one in ended)))


def _unfilled(legs: tuple[SettledLeg, ...]) -> list[SettledLeg]:
    return [one for one in legs if one.executed.order_status != "FILLED"]


def _look_at_ended(draft: Draft) -> None:
    """An order may have filled after its end while nobody listened; the tracker tells of it as of any late fill."""
    newest = _unfilled(settled_legs(draft.state))[-ENDED_LOOKED_AT:]
    ended = [one for one in newest if one.since > draft.now - DAY_MS]
    for asset in dict.fromkeys(one.asset for one in ended):
        orders = [one for one in ended if one.asset == asset]
        draft.command(
            LookUpOrders(
                trade_id="",
                symbol=draft.state.traded[asset].rules.symbol,
                base_asset=asset,
                venue_order_ids=tuple(one.executed.venue_order_id for one in orders),
                since=min(one.since for one in orders),
            )
        )


def reconcile_again(draft: Draft) -> None:
    """Called when the last answer was incomplete and its wait is over."""
    reconcile(draft, "not every list could be read", resumes=draft.state.stream == "reconciling")


def reconciled(draft: Draft, message: Reconciled) -> None:
    asked = draft.state.reconciliation
    if asked.phase != "asked" or message.number != asked.number:
        return
    user_strangers.report_unknown(draft, message)
    if message.complete:
        _report_missing(draft, message)
    draft.record(
        OrdersReconciled(
            user_id=draft.state.user_id,
            complete=message.complete,
            open_orders=len(message.open_orders),
            message=message.message,
            others=user_strangers.open_orders_of_others(draft.state, message),
        )
    )
    if park_if_unauthorised(draft, message):
        return
    if draft.state.reconciliation.tries >= MAX_INCOMPLETE:
        park(draft, f"the open orders at the venue cannot be read: {message.message}")
    elif message.complete:
        _go_on(draft)


def stream_up(draft: Draft, message: StreamUp) -> None:
    """Trading resumes with the answer, not before: frames may have been missed while there was no stream."""
    state = draft.state
    if not state.live or state.stream in ("up", "reconciling"):
        return
    if idle(state):
        draft.command(CloseStream(reason="nothing is left to do"))
    else:
        reconcile(draft, "the user stream is up", resumes=True)


def stream_down(draft: Draft, message: StreamDown) -> None:
    after = "failed" if message.final else "down"
    if draft.state.stream not in ("none", after) or (message.final and draft.state.stream != "failed"):
        draft.record(TradingPaused(user_id=draft.state.user_id, reason=message.reason, final=message.final))
    park_if_unauthorised(draft, message)


def stream_moved(draft: Draft, message: StreamMoved) -> None:
    """The venue may have ended the subscription before it (venue protocol notes, section 19, question 2)."""
    if draft.state.stream == "up":
        reconcile(draft, "the subscription moved")


def stream_silent(draft: Draft, message: StreamSilent) -> None:
    if draft.state.stream in ("up", "reconciling"):
        draft.command(ReplaceStream(reason="silent"))


def _go_on(draft: Draft) -> None:
    if draft.state.stream == "reconciling":
        draft.record(TradingResumed(user_id=draft.state.user_id))
    if not held_back(draft.state):
        report_all_ended(draft)


def _report_missing(draft: Draft, message: Reconciled) -> None:
    """Only the leg that must be somewhere: a leg that still waits may be in no list (venue protocol notes, 19)."""
    trade = draft.state.trade
    order = newest_order(trade) if trade is not None else None
    if trade is None or order is None or trade.phase not in OPEN_PHASES:
        return
    _, venue_order_id = open_leg(trade)
    if venue_order_id in message.shown or venue_order_id in draft.state.noted or venue_order_id not in message.asked:
        return
    draft.record(
        OrderMissing(
            user_id=draft.state.user_id,
            trade_id=trade.trade_id,
            venue_order_id=venue_order_id,
            symbol=order.symbol,
        )
    )
