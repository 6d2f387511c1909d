"""How events change an account's strategies, and the account itself."""

from typing import Any

from msgspec.structs import replace

from events import accounts, strategies, system, volumes
from events.base import Event
from events.values import Stopping, StrategyTerms
from projections.states.user_model import (
    DAY_MS,
    ZERO,
    Fold,
    Phase,
    StrategyState,
    UserState,
    with_strategy,
)

KEPT = ("batch", "wear_day", "wear", "turnover", "counted", "counted_on")
AWAITED = ("batch_volume", "credit_per_trade", "credit_since", "credit_before")


def _enter_run(state: UserState, user_id: int, run_id: str) -> UserState:
    if state.run_id == run_id:
        return replace(state, live=True)
    state = without_stream(state)
    parked = state.parked if state.restricted else ""
    return replace(state, user_id=user_id, run_id=run_id, live=True, stopping="no", parked=parked)


def without_stream(state: UserState) -> UserState:
    """Whatever was known of the stream, and was asked because of it, went with the actor before."""
    before = state.reconciliation
    return replace(state, stream="none", reconciliation=replace(before, phase="none", tries=0, again_at=0))


def _strategy_started(state: UserState, e: strategies.StrategyStarted, position: int, at: int) -> UserState:
    return _begin(_enter_run(state, e.terms.user_id, e.run_id), e.run_id, e.terms, position, at)


def _begin(state: UserState, run_id: str, terms: StrategyTerms, position: int, at: int) -> UserState:
    before = state.strategies.get(terms.strategy_id)
    phase: Phase = "queued" if terms.sweep else "checking"
    today = at // DAY_MS
    fresh = StrategyState(run_id=run_id, terms=terms, phase=phase, asked_at=position, asked_on=today, begun_on=today)
    if before is not None:
        # Batches are numbered on, and what the day has cost and brought is not forgotten by starting again; nor is the
        # credit of trades that the venue may not have counted yet.
        same_token = before.terms.rules.base_asset == terms.rules.base_asset
        kept = KEPT + AWAITED if same_token and _is_of(before, today) else KEPT
        fresh = replace(fresh, **{name: getattr(before, name) for name in kept})
    return replace(state, strategies={**state.strategies, terms.strategy_id: fresh})


def _is_of(s: StrategyState, day: int) -> bool:
    """Whether what it awaits is of that UTC day; where it has settled nothing yet, that is what it took over."""
    return s.day == day or (s.day == 0 and s.begun_on == day)


def _strategy_resumed(state: UserState, e: strategies.StrategyResumed, position: int, at: int) -> UserState:
    state = _enter_run(state, e.user_id, e.run_id)
    before = state.strategies.get(e.strategy_id)
    if before is None:
        return state
    if before.phase == "ended":
        return _begin(state, e.run_id, e.terms, position, at)
    # Its turn is asked for again: the supervisor that granted it may be gone.
    phase = before.phase if before.phase in ("checking", "settling") else "queued"
    return with_strategy(
        state,
        e.strategy_id,
        run_id=e.run_id,
        terms=e.terms,
        phase=phase,
        asked_at=position,
        asked_on=at // DAY_MS,
        awaits_turn=False,  # it asks anew, as for the other turn
        begun_on=before.begun_on if before.run_id == e.run_id else at // DAY_MS,
        admitted=False,
        stopping=before.stopping if before.run_id == e.run_id else "no",
        last_read=None,  # a figure stands still while it is watched
    )


def _check_requested(state: UserState, e: strategies.VolumeCheckRequested, position: int, at: int) -> UserState:
    return with_strategy(state, e.strategy_id, phase="checking", asked_at=position, asked_on=at // DAY_MS)


def _check_failed(state: UserState, e: strategies.VolumeCheckFailed, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    wait = max(s.terms.volume_check_delay_ms, 1_000)
    return with_strategy(
        state, e.strategy_id, phase="settling", not_before=at + wait, failed_checks=s.failed_checks + (not e.held_back)
    )


def _volume_doubted(state: UserState, e: strategies.VolumeDoubted, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    wait = max(s.terms.volume_check_delay_ms, 1_000)
    return with_strategy(state, e.strategy_id, phase="settling", not_before=at + wait, reads=s.reads + 1)


def _volume_checked(state: UserState, e: strategies.VolumeChecked, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    changes = _settled(s, e, at) if e.settled else _unsettled(s, e, at)
    return with_strategy(
        state,
        e.strategy_id,
        **changes,
        volume=e.volume,
        failed_checks=0,
        mul_point=e.mul_point,
        counted=max(e.volume, s.counted if s.counted_on == s.asked_on else ZERO),
        counted_on=s.asked_on,
        checked_at=at,
    )


def _unsettled(s: StrategyState, e: strategies.VolumeChecked, at: int) -> dict[str, Any]:
    """Read once more, after a while."""
    return {
        "phase": "settling",
        "not_before": at + max(s.terms.volume_check_delay_ms, 1_000),
        "last_read": e.volume,
        "read_since": s.read_since if e.volume == s.last_read else at,
        "reads": s.reads + 1,
    }


def _settled(s: StrategyState, e: strategies.VolumeChecked, at: int) -> dict[str, Any]:
    """What is due from the batch before has come, or never will."""
    brought = e.volume - s.batch_volume
    return {
        "phase": "planning",
        "last_read": None,
        "reads": 0,
        "dry_batches": s.dry_batches if s.credit_due == 0 else 0 if brought > 0 else s.dry_batches + 1,
        "day": at // DAY_MS,
        "credit_due": 0,
        "credit_since": ZERO,
        "credit_later": ZERO,
        "credit_before": ZERO,
        "credit_proved": s.credit_proved or (s.credit_due > 0 and brought > 0),
    }


def _credit_rate_observed(state: UserState, e: volumes.CreditRateObserved, position: int, at: int) -> UserState:
    return with_strategy(state, e.strategy_id, measured=e.measured)


def _rules_changed(state: UserState, e: volumes.SymbolRulesChanged, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    return with_strategy(state, e.strategy_id, terms=replace(s.terms, rules=e.after)) if s is not None else state


def _mul_point_changed(state: UserState, e: volumes.MulPointChanged, position: int, at: int) -> UserState:
    # What was measured held for the old multiplier only.
    return with_strategy(state, e.strategy_id, mul_point=e.after, measured=None, credit_due=0, credit_proved=False)


def _strategy_queued(state: UserState, e: strategies.StrategyQueued, position: int, at: int) -> UserState:
    return with_strategy(state, e.strategy_id, phase="queued")


def _strategy_admitted(state: UserState, e: strategies.StrategyAdmitted, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    phase = "trading" if s.planned > 0 else "planning"
    return with_strategy(state, e.strategy_id, phase=phase, admitted=True)


def _turn_awaited(state: UserState, e: strategies.TurnAwaited, position: int, at: int) -> UserState:
    return with_strategy(state, e.strategy_id, awaits_turn=True)


def _turn_given_up(state: UserState, e: strategies.TurnGivenUp, position: int, at: int) -> UserState:
    return with_strategy(state, e.strategy_id, awaits_turn=False)


def _batch_planned(state: UserState, e: strategies.BatchPlanned, position: int, at: int) -> UserState:
    return with_strategy(
        state,
        e.strategy_id,
        phase="trading",
        batch=e.batch,
        batch_volume=e.current_volume,
        batch_price=None,
        credit_per_trade=e.credit_per_trade,
        planned=e.planned_trades,
        mul_point=e.mul_point,
        number=0,
        completed=0,
        failed=0,
        not_before=0,
    )


def _batch_completed(state: UserState, e: strategies.BatchCompleted, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    return with_strategy(
        state,
        e.strategy_id,
        phase="settling",
        not_before=max(at + s.terms.volume_check_delay_ms, s.not_before if s.failures_in_a_row else 0),
        planned=0,
        credit_due=s.completed,
    )


def _strategy_ended(state: UserState, e: strategies.StrategyEnded, position: int, at: int) -> UserState:
    return with_strategy(state, e.strategy_id, phase="ended", status=e.status, reason=e.reason, planned=0)


def _day_closed(state: UserState, e: strategies.DayClosed, position: int, at: int) -> UserState:
    """The venue counts from 0 again: of all that was expected, only the credit of later buys still is."""
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    return with_strategy(
        state,
        e.strategy_id,
        day=0,
        planned=0,
        credit_due=0,
        batch_volume=ZERO,
        credit_since=s.credit_later,
        credit_later=ZERO,
        credit_before=ZERO,
        reads=0,
        last_read=None,
        traded=s.credit_later > 0,
    )


def _account_recovered(state: UserState, e: accounts.AccountRecovered, position: int, at: int) -> UserState:
    return replace(without_stream(state), live=False)


def _stop_requested(state: UserState, e: accounts.StopRequested, position: int, at: int) -> UserState:
    how: Stopping = "now" if e.now else "after_trade"
    if e.strategy_id:
        return with_strategy(state, e.strategy_id, stopping=how, stop_reason=e.reason)
    return replace(state, stopping=how, stop_reason=e.reason)


def _account_parked(state: UserState, e: system.AccountParked, position: int, at: int) -> UserState:
    return replace(state, parked=e.reason, restricted=e.restricted)


def _account_quieted(state: UserState, e: accounts.AccountQuieted, position: int, at: int) -> UserState:
    """Calls that were under way when the quiet began are turned away with the one that began it."""
    turned_away = state.turned_away + 1 if at >= state.quiet_until else state.turned_away
    return replace(state, quiet_until=max(state.quiet_until, e.until), turned_away=turned_away)


FOLDS: dict[type[Event], Fold] = {
    strategies.StrategyStarted: _strategy_started,
    strategies.StrategyResumed: _strategy_resumed,
    strategies.VolumeCheckRequested: _check_requested,
    strategies.VolumeCheckFailed: _check_failed,
    strategies.VolumeChecked: _volume_checked,
    strategies.VolumeDoubted: _volume_doubted,
    volumes.CreditRateObserved: _credit_rate_observed,
    volumes.MulPointChanged: _mul_point_changed,
    volumes.SymbolRulesChanged: _rules_changed,
    strategies.StrategyQueued: _strategy_queued,
    strategies.StrategyAdmitted: _strategy_admitted,
    strategies.TurnAwaited: _turn_awaited,
    strategies.TurnGivenUp: _turn_given_up,
    strategies.BatchPlanned: _batch_planned,
    strategies.BatchCompleted: _batch_completed,
    strategies.StrategyEnded: _strategy_ended,
    accounts.AccountRecovered: _account_recovered,
    accounts.StopRequested: _stop_requested,
    system.AccountParked: _account_parked,
    strategies.DayClosed: _day_closed,
    accounts.AccountQuieted: _account_quieted,
}
