"""What becomes of an OTO that was sent: accepted, or looked for until it is found or known not to exist. Pure.

No order carries an id of ours (venue protocol notes, section 14), so a placement is never sent again. Any answer but
"accepted" is followed by a look, also a refusal: venues have been seen to answer with an error and to hold the order.
"""

from actors.deciders.coins import known_ids
from actors.deciders.draft import Draft
from actors.deciders.user_trade import (
    abandon,
    cancel_open_leg,
    note_look,
    park_if_unauthorised,
    park_if_undecidable,
)
from actors.messages import FindInFrames, OtoAnswered, OtoFailed, OtoNotFound, SearchOto, Watch
from events.orders import LookRequested, OtoAccepted, OtoNotSent, OtoRejected, OtoUnresolved
from events.values import Outcome
from projections.states.user import Refusal, TradeState

REFUSED_SETTLE_MS = 2_000
"""How long after the request a refusal may be believed, when no list shows the order."""


def oto_answered(draft: Draft, message: OtoAnswered) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase not in ("placing", "searching"):
        return
    legs = (message.working_order_id, message.pending_order_id)
    draft.record(
        OtoAccepted(**draft.ids(trade), working_order_id=legs[0], pending_order_id=legs[1], found=message.found)
    )
    draft.command(Watch(venue_order_ids=legs))
    if draft.state.stopping == "now":
        cancel_open_leg(draft, "the operator stops at once")


def oto_failed(draft: Draft, message: OtoFailed) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase != "placing":
        return
    refusal = Refusal(outcome=message.outcome, code=message.code, message=message.message)
    if message.outcome == "unavailable":
        _never_placed(draft, trade, refusal)
        return
    unresolved = OtoUnresolved(**draft.ids(trade), outcome=message.outcome, code=message.code, message=message.message)
    draft.record(unresolved)
    if not park_if_unauthorised(draft, message) and message.outcome != "rate_limited":
        search(draft, trade)


def interrupted(draft: Draft, trade: TradeState) -> None:
    """The placement may or may not have been sent before the actor ended."""
    reason = "interrupted before the venue's answer was recorded"
    draft.record(OtoUnresolved(**draft.ids(trade), message=reason))
    search(draft, trade)


def look_again(draft: Draft, trade: TradeState, reason: str) -> None:
    draft.record(LookRequested(user_id=draft.state.user_id, trade_id=trade.trade_id, reason=reason))
    search(draft, trade)


def search(draft: Draft, trade: TradeState) -> None:
    """Among the frames that have come, and at the venue."""
    order = trade.order
    if order is None:
        return
    known = known_ids(draft.state)
    draft.command(
        FindInFrames(
            trade_id=trade.trade_id,
            symbol=order.symbol,
            side="BUY",
            price=order.working_price,
            quantity=order.quantity,
            known_order_ids=known,
        ),
        SearchOto(trade_id=trade.trade_id, order=order, since=trade.requested_at, known_order_ids=known),
    )


def oto_not_found(draft: Draft, message: OtoNotFound) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase != "searching":
        return
    note_look(draft, trade, complete=message.complete, message=message.message or "not found")
    if park_if_unauthorised(draft, message):
        return
    settle_ms = trade.terms.settle_ms if trade.terms is not None else 0
    if message.complete and draft.now >= trade.requested_at + settle_time(trade.refusal.outcome, settle_ms):
        _never_placed(draft, trade, trade.refusal)
    else:
        park_if_undecidable(draft, trade, message.message)


def settle_time(outcome: Outcome, settle_ms: int) -> int:
    """How long after a request (ms) complete reads that do not show the order are believed."""
    return settle_ms if outcome == "unknown" else min(settle_ms, REFUSED_SETTLE_MS)


def _never_placed(draft: Draft, trade: TradeState, refusal: Refusal) -> None:
    ids, message = draft.ids(trade), refusal.message
    if refusal.outcome == "unavailable":
        draft.record(OtoNotSent(**ids, reason="unavailable", message=message))
    elif refusal.outcome == "rate_limited":
        draft.record(OtoNotSent(**ids, reason="rate_limited", message=message))
    elif refusal.outcome in ("rejected", "unauthorised"):
        draft.record(OtoRejected(**ids, code=refusal.code, message=message))
    else:
        abandon(draft, trade, "the venue has no such order: it was never placed")
        return
    # A rate limit is no fault of the trade; the account waits, and that is bounded by itself.
    abandon(draft, trade, f"{refusal.outcome}: {message}", failed=refusal.outcome != "rate_limited")
