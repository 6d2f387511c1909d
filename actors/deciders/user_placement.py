"""What becomes of an OTO that was sent: accepted, or looked for until it is found or known not to exist. Pure.

No order carries an id of ours (venue protocol notes, section 14), so a placement is never sent again. Any answer but
"accepted" is followed by a look, also a refusal: venues have been seen to answer with an error and to hold the order.
"""

from msgspec.structs import replace

from actors.deciders.answers import held_by_venue
from actors.deciders.coins import known_ids, newest_id
from actors.deciders.draft import Draft
from actors.deciders.user_trade import (
    abandon,
    cancel_open_leg,
    note_look,
    park_if_undecidable,
)
from actors.deciders.user_volume import park_if_unauthorised
from actors.messages.orders import Watch
from actors.messages.placements import FindInFrames, OtoAnswered, OtoFailed, OtoNotFound, SearchOto
from events.orders import LookRequested, OtoAccepted, OtoNotSent, OtoRejected, OtoUnresolved
from events.values import Outcome
from projections.states.user import Refusal, TradeState, how_to_stop

REFUSED_SETTLE_MS = 2_000
"""How long no list must show an order whose placement was refused."""


def oto_answered(draft: Draft, message: OtoAnswered) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase not in ("placing", "searching"):
        return
    legs = (message.working_order_id, message.pending_order_id)
    draft.record(
        OtoAccepted(**draft.ids(trade), working_order_id=legs[0], pending_order_id=legs[1], found=message.found)
    )
    draft.command(Watch(venue_order_ids=legs))
    if how_to_stop(draft.state) == "now":
        cancel_open_leg(draft, "the operator stops at once")


def oto_failed(draft: Draft, message: OtoFailed) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase != "placing":
        return
    refusal = Refusal(outcome=message.outcome, code=message.code, message=message.message)
    if message.outcome == "unavailable":
        _never_placed(draft, trade, replace(refusal, outcome="rate_limited") if held_by_venue(message) else refusal)
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
            after=trade.intent_at,
            known_order_ids=known,
        ),
        SearchOto(
            trade_id=trade.trade_id,
            order=order,
            since=trade.requested_at,
            newest_id=newest_id(draft.state, order),
            known_order_ids=known,
        ),
    )


def oto_not_found(draft: Draft, message: OtoNotFound) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase != "searching":
        return
    note_look(draft, trade, complete=message.complete, message=message.message or "not found")
    if park_if_unauthorised(draft, message):
        return
    if message.complete and is_absent(draft):
        _never_placed(draft, trade, trade.refusal)
    else:
        park_if_undecidable(draft, trade, message.message)


def is_absent(draft: Draft) -> bool:
    """Whether complete looks, one after the other, have not shown the placement in hand for so long that it is believed
    not to exist. What counts is the time since its outcome became unknown, not since the request: a request that waits
    somewhere for longer than an answer is waited for may still arrive.
    """
    trade = draft.state.trade
    if trade is None or trade.terms is None:
        return False
    return trade.absent_for >= settle_time(trade.refusal.outcome, trade.terms.settle_ms)


def settle_time(outcome: Outcome, settle_ms: int) -> int:
    """How long (ms) absence must last to be believed; never so short that one look would do."""
    return max(settle_ms, REFUSED_SETTLE_MS) if outcome == "unknown" else REFUSED_SETTLE_MS


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
