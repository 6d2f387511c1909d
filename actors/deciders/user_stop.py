"""The operator's stop: what is still waited for and until when, and when an account leaves without it. Pure."""

from actors.deciders.draft import Draft
from actors.deciders.user_trade import LEG_WORDS, LOOKS_WHEN_STOPPING, cancel_open_leg, open_leg
from actors.deciders.user_volume import end_all, end_strategy, report_all_ended
from actors.messages.strategies import StopTrading
from events.accounts import StopRequested
from events.values import Stopping
from projections.states.user import (
    OPEN_PHASES,
    TradeState,
    UserState,
    active,
    held_back,
    how_to_stop,
    wait_after_look,
)

LOOKS_BEFORE_LEAVING = 3
"""When the operator has said "now", so many looks may fail to show the end of a canceled order before we leave."""

LONGEST_QUIET_MS = 30_000
"""When the operator has said "now", a venue that wants to be left in peace for longer is not waited for."""


def stop(draft: Draft, message: StopTrading) -> None:
    before = _before(draft, message.strategy_id)
    if before in ("now", None) or (before == "after_trade" and not message.now):
        return
    waited, trade = held_back(draft.state), draft.state.trade
    concerned = trade is not None and message.strategy_id in ("", trade.strategy_id)
    waits_for, until = _awaited(draft.state, draft.now) if concerned else ("", 0)
    asked = StopRequested(
        user_id=draft.state.user_id,
        now=message.now,
        reason=message.reason,
        waits_for=waits_for,
        until=until,
        strategy_id=message.strategy_id,
        by=message.by,
    )
    draft.record(asked)
    if waited and not held_back(draft.state):
        report_all_ended(draft)
    if message.now and concerned:
        cancel_open_leg(draft, "the operator stops at once")


def _before(draft: Draft, strategy_id: str) -> Stopping | None:
    """How it was to stop until now; None where there is nothing that could."""
    if not strategy_id:
        return draft.state.stopping
    s = draft.strategy(strategy_id)
    return None if s is None or s.phase == "ended" else s.stopping


def why_leave(draft: Draft, trade: TradeState) -> str:
    """Why the account leaves the trade in hand as it is, empty while it does not. A call's answer is waited for."""
    if how_to_stop(draft.state) != "now" or trade.phase in ("placing", "selling"):
        return ""
    if draft.state.quiet_until - draft.now > LONGEST_QUIET_MS:
        return f"left {trade.trade_id} as it is: the venue wants to be left in peace, an order may be open"
    return "left with an order whose end is not confirmed" if trade.looks >= LOOKS_BEFORE_LEAVING else ""


def leave(draft: Draft, trade: TradeState, reason: str) -> bool:
    """Whether the account is done with it. An account that goes on with other strategies goes on looking, too."""
    if draft.state.stopping != "now":
        end_strategy(draft, trade.strategy_id, "stopped", reason)
        return False
    end_all(draft, "stopped", reason)
    report_all_ended(draft)
    return True


def end_what_is_stopped(draft: Draft) -> None:
    """Called between trades."""
    for s in active(draft.state):
        if draft.state.stopping != "no":
            end_strategy(draft, s.terms.strategy_id, "stopped", draft.state.stop_reason)
        elif s.stopping != "no":
            end_strategy(draft, s.terms.strategy_id, "stopped", s.stop_reason)


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
