"""The operator's stop: what is still waited for and until when, and when an account leaves without it. Pure."""

from actors.deciders.draft import Draft
from actors.deciders.user_trade import LEG_WORDS, LOOKS_WHEN_STOPPING, cancel_open_leg, open_leg
from actors.deciders.user_volume import report_all_ended
from actors.messages import StopTrading
from events.trades import StopRequested
from projections.states.user import OPEN_PHASES, TradeState, UserState, held_back, wait_after_look

LOOKS_BEFORE_LEAVING = 3
"""When the operator has said "now", so many looks may fail to show the end of a canceled order before we leave."""

LONGEST_QUIET_MS = 30_000
"""When the operator has said "now", a venue that wants to be left in peace for longer is not waited for."""


def stop(draft: Draft, message: StopTrading) -> None:
    if draft.state.stopping == "now" or (draft.state.stopping == "after_trade" and not message.now):
        return
    waited = held_back(draft.state)
    waits_for, until = _awaited(draft.state, draft.now)
    asked = StopRequested(
        user_id=draft.state.user_id, now=message.now, reason=message.reason, waits_for=waits_for, until=until
    )
    draft.record(asked)
    if waited and not held_back(draft.state):
        report_all_ended(draft)
    if message.now:
        cancel_open_leg(draft, "the operator stops at once")


def why_leave(draft: Draft, trade: TradeState) -> str:
    """Why the account leaves the trade in hand as it is, empty while it does not. A call's answer is waited for."""
    if draft.state.stopping != "now" or trade.phase in ("placing", "selling"):
        return ""
    if draft.state.quiet_until - draft.now > LONGEST_QUIET_MS:
        return f"left {trade.trade_id} as it is: the venue wants to be left in peace, an order may be open"
    return "left with an order whose end is not confirmed" if trade.looks >= LOOKS_BEFORE_LEAVING else ""


def _awaited(state: UserState, now: int) -> tuple[str, int]:
    """What the stop waits for, empty for nothing, and until when at the latest (ms), 0 where that cannot be said."""
    trade = state.trade
    if trade is None or trade.phase == "quoting" or state.parked:
        return "", 0
    what, until = _next_of(trade, now)
    if now < state.quiet_until:
        return f"{what}, and the end of the venue's rate limit", max(until, state.quiet_until)
    return what, until


def _next_of(trade: TradeState, now: int) -> tuple[str, int]:
    if trade.phase in ("placing", "selling"):
        return f"the venue's answer to an order of {trade.trade_id}", 0
    if trade.phase == "pricing":
        return f"the sale of leftover coins of {trade.trade_id}", 0
    if trade.phase in OPEN_PHASES and not trade.canceling:
        return f"the {LEG_WORDS[open_leg(trade)[0]]} of {trade.trade_id}", trade.deadline
    looks = range(trade.looks + 1, LOOKS_WHEN_STOPPING + 1)
    return f"word of an order of {trade.trade_id}, which is looked for", now + sum(map(wait_after_look, looks))
