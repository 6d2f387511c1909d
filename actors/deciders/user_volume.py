"""From what the venue has counted to the next batch, or to the end (worked examples, Loop count). Pure."""

from decimal import Decimal
from typing import Any, Literal

from actors.deciders.answers import held_by_venue, said
from actors.deciders.draft import Draft
from actors.deciders.planning import (
    LONGEST_LAG_MS,
    credit_of_a_trade,
    credit_wait,
    differs,
    loops_by_credit,
    loops_by_rule,
)
from actors.messages.strategies import AskAdmission, ReportEnded
from actors.messages.streams import CloseStream, EnsureStream
from actors.messages.volumes import QueryVolume, VolumeNotSeen, VolumeSeen
from events.strategies import (
    BatchPlanned,
    StrategyEnded,
    StrategyQueued,
    VolumeChecked,
    VolumeCheckFailed,
    VolumeCheckRequested,
    VolumeDoubted,
)
from events.system import AccountParked
from events.values import StrategyStatus, SymbolRules
from events.volumes import CreditRateObserved, SymbolRulesChanged, TargetReached
from projections.states.user import DAY_MS, OPEN_PHASES, StrategyState, TradeState, active, held_back, idle, of_this_run

# So many batches in a row for which the venue counted nothing, and the account is parked rather than spent.
MAX_DRY_BATCHES = 2
RULES_BELIEVED_MS = 60_000
"""A strategy whose turn comes later than that after its last look at the venue looks again before it plans."""


def volume_seen(draft: Draft, message: VolumeSeen) -> None:
    s = draft.strategy(message.strategy_id)
    if s is None or s.phase != "checking" or message.position <= s.asked_at or (message.asked or 0) < s.asked_at:
        return
    if s.asked_on != draft.now // DAY_MS:
        check_again(draft, s, "the day ended while the venue was asked")
        return
    if message.rules is not None and message.rules != s.terms.rules:
        s = _take_rules(draft, s, message.rules)
    if _may_be_yesterdays(s, message.volume, draft.now):
        draft.record(VolumeDoubted(user_id=draft.state.user_id, strategy_id=message.strategy_id, volume=message.volume))
        return
    settled = message.volume >= s.terms.target_volume or _credit_has_arrived(s, message.volume, draft.now)
    _note_credit_rate(draft, s, message.volume, settled=settled)
    draft.record(
        VolumeChecked(
            user_id=draft.state.user_id,
            strategy_id=message.strategy_id,
            volume=message.volume,
            mul_point=message.mul_point,
            settled=settled,
        )
    )
    if settled:
        _go_on(draft, message.strategy_id)


def _take_rules(draft: Draft, s: StrategyState, rules: SymbolRules) -> StrategyState:
    changed = SymbolRulesChanged(
        user_id=draft.state.user_id, strategy_id=s.terms.strategy_id, before=s.terms.rules, after=rules
    )
    draft.record(changed)
    return draft.state.strategies[s.terms.strategy_id]


def volume_not_seen(draft: Draft, message: VolumeNotSeen) -> None:
    s = draft.strategy(message.strategy_id)
    if s is None or s.phase != "checking":
        return
    draft.record(
        VolumeCheckFailed(
            user_id=draft.state.user_id,
            strategy_id=message.strategy_id,
            outcome=message.outcome,
            message=message.message,
            held_back=held_by_venue(message),
        )
    )
    if park_if_unauthorised(draft, message) or held_by_venue(message):
        return  # being turned away again and again is bounded for the account as a whole
    if s.failed_checks + 1 >= s.terms.max_retry_attempts:
        end_strategy(draft, s.terms.strategy_id, "failed", f"the volume cannot be read: {message.message}")


def check_again(draft: Draft, s: StrategyState, reason: str) -> None:
    """Ask the oracle for the volume anew."""
    draft.record(VolumeCheckRequested(user_id=draft.state.user_id, strategy_id=s.terms.strategy_id, reason=reason))
    query_volume(draft, s)


def query_volume(draft: Draft, s: StrategyState) -> None:
    draft.command(
        QueryVolume(
            user_id=s.terms.user_id,
            strategy_id=s.terms.strategy_id,
            ticker=s.terms.ticker,
            base_asset=s.terms.rules.base_asset,
            rules=s.terms.rules,
        )
    )


def plan_batch(draft: Draft, s: StrategyState) -> None:
    """The documents' rule is the prior; a measured credit takes its place."""
    remaining = s.terms.target_volume - (s.volume or Decimal(0))
    basis: Literal["documented", "measured"] = "documented" if s.measured is None else "measured"
    credit = credit_of_a_trade(s.terms.amount, s.mul_point) if s.measured is None else s.measured
    loops = (
        loops_by_rule(remaining, s.terms.amount, s.mul_point)
        if s.measured is None
        else loops_by_credit(remaining, credit)
    )
    probe = 0 < s.terms.probe_trades < loops and not s.credit_proved
    draft.record(
        BatchPlanned(
            user_id=draft.state.user_id,
            strategy_id=s.terms.strategy_id,
            batch=s.batch + 1,
            current_volume=s.volume or Decimal(0),
            remaining_volume=remaining,
            amount=s.terms.amount,
            mul_point=s.mul_point,
            credit_per_trade=credit,
            basis=basis,
            planned_trades=s.terms.probe_trades if probe else loops,
            probe=probe,
        )
    )
    if draft.state.stream != "up":
        draft.command(EnsureStream())


def end_strategy(draft: Draft, strategy_id: str, status: StrategyStatus, reason: str = "") -> None:
    s = draft.strategy(strategy_id)
    if s is None or s.phase == "ended":
        return
    draft.record(
        StrategyEnded(
            user_id=draft.state.user_id,
            strategy_id=strategy_id,
            status=status,
            current_volume=s.volume,
            reason=reason,
        )
    )
    if not held_back(draft.state):
        report_ended(draft, strategy_id)
    if idle(draft.state) and draft.state.stream in ("up", "reconciling", "down"):
        draft.command(CloseStream(reason=reason or status))


def report_ended(draft: Draft, strategy_id: str) -> None:
    """Tell the supervisor; it counts a repeat once."""
    s = draft.strategy(strategy_id)
    if s is None or s.status is None:
        return
    draft.command(
        ReportEnded(
            user_id=draft.state.user_id,
            strategy_id=strategy_id,
            status=s.status,
            current_volume=s.volume,
            reason=s.reason,
            idle=idle(draft.state),
        )
    )


def report_all_ended(draft: Draft) -> None:
    """Those of this run."""
    for s in of_this_run(draft.state):
        report_ended(draft, s.terms.strategy_id)


def trade_is_over(draft: Draft) -> None:
    """The trade in hand was the last thing that the run waited for."""
    if not held_back(draft.state):
        report_all_ended(draft)
    if draft.state.stream in ("up", "reconciling", "down"):
        draft.command(CloseStream(reason="nothing is left to do"))


def park_if_unauthorised(draft: Draft, message: Any) -> bool:
    """Any sign that the session is dead, or that the venue wants to see its owner, stops the account, whichever call
    met it (venue protocol notes, section 12); only its operator's word takes it up again.
    """
    if message.outcome != "unauthorised":
        return False
    park(draft, f"the venue does not accept the session: {said(message) or 'it gave no reason'}", restricted=True)
    return True


def park(draft: Draft, reason: str, *, restricted: bool = False) -> None:
    """Nothing more is done for this account until the operator acts; if it is `restricted`, not in later runs either.

    A restriction of an account that is parked already is noted, too.
    """
    if draft.state.parked and (draft.state.restricted or not restricted):
        return
    waited = held_back(draft.state)
    reason += _left_in_hand(draft.state.trade, reason, restricted=restricted)
    if restricted:
        reason += f"; bin/run resume --user {draft.state.user_id} goes on once its owner has seen to it"
    draft.record(AccountParked(user_id=draft.state.user_id, reason=reason, restricted=restricted))
    if waited:
        report_all_ended(draft)
    end_all(draft, "parked", reason)


def _left_in_hand(trade: TradeState | None, reason: str, *, restricted: bool) -> str:
    """What the operator must look at, where the reason does not say it."""
    if trade is None or trade.phase == "quoting" or trade.trade_id in reason:
        return ""
    if restricted and trade.terms is not None and trade.terms.on_restriction == "cancel" and trade.phase in OPEN_PHASES:
        return f"; the cancel of the open order of trade {trade.trade_id} is tried: bin/run doctor tells how it went"
    left = "its coins are not sold" if trade.phase == "pricing" else "an order of it may be open at the venue"
    return f"; trade {trade.trade_id} is left as it is: {left}"


def end_all(draft: Draft, status: StrategyStatus, reason: str) -> None:
    for s in active(draft.state):
        end_strategy(draft, s.terms.strategy_id, status, reason)


def _may_be_yesterdays(s: StrategyState, volume: Decimal, now: int) -> bool:
    """Shortly after midnight an account that was watched the day before is shown more than it can have of today.

    The venue's clock may be behind ours, and its figures lag.
    """
    just_begun = now % DAY_MS < LONGEST_LAG_MS and s.counted_on == now // DAY_MS - 1
    return just_begun and volume > s.credit_since


def _credit_has_arrived(s: StrategyState, volume: Decimal, now: int) -> bool:
    """Also not where the venue counts less than it did on the same day: a figure that dips comes back."""
    before = s.counted if s.counted_on == s.asked_on else Decimal(0)
    if s.credit_since == 0 and volume >= before:
        return True
    stood_still = now - s.read_since if volume == s.last_read else 0
    expected = max(s.credit_since, before - s.batch_volume) if s.credit_since else before
    counted = volume - s.batch_volume if s.credit_since else volume
    return stood_still >= credit_wait(expected, counted, s.credit_per_trade, s.terms.volume_check_delay_ms)


def _note_credit_rate(draft: Draft, s: StrategyState, volume: Decimal, *, settled: bool) -> None:
    """What whole trades count is not less because some of the batch bought only in part; it may be more. Nothing is
    learned where it is not known whether the credit of an earlier trade came before the batch or within it.
    """
    if not settled or s.credit_due == 0 or volume <= s.batch_volume or s.credit_before:
        return
    measured = (volume - s.batch_volume) / s.credit_due
    expected = s.credit_since / s.credit_due
    if expected < s.credit_per_trade and measured <= s.credit_per_trade:
        return
    if differs(expected, measured):
        draft.record(
            CreditRateObserved(
                user_id=draft.state.user_id,
                strategy_id=s.terms.strategy_id,
                batch=s.batch,
                trades=s.credit_due,
                expected=expected,
                measured=measured,
            )
        )


def _go_on(draft: Draft, strategy_id: str) -> None:
    s = draft.strategy(strategy_id)
    if s is None or s.volume is None:
        return
    if s.volume >= s.terms.target_volume:
        _reach(draft, s, s.volume)
    elif s.terms.rules.status != "TRADING":
        end_strategy(draft, strategy_id, "failed", f"{s.terms.rules.symbol} is {s.terms.rules.status}, not TRADING")
    elif s.dry_batches >= MAX_DRY_BATCHES:
        park(draft, f"the venue counted nothing for {MAX_DRY_BATCHES} batches in a row of {strategy_id}")
    elif s.admitted:
        plan_batch(draft, s)
    else:
        draft.record(StrategyQueued(user_id=draft.state.user_id, strategy_id=strategy_id))
        draft.command(AskAdmission(user_id=draft.state.user_id, strategy_id=strategy_id))


def _reach(draft: Draft, s: StrategyState, volume: Decimal) -> None:
    skipped = not s.traded
    draft.record(
        TargetReached(
            user_id=draft.state.user_id,
            strategy_id=s.terms.strategy_id,
            current_volume=volume,
            target_volume=s.terms.target_volume,
            skipped=skipped,
        )
    )
    end_strategy(draft, s.terms.strategy_id, "skipped" if skipped else "reached")
