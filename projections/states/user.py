"""What a UserActor knows: a fold of its own stream. Total: an event that it does not know changes nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from events import orders, system, trades, volumes
from events.base import Event, Recorded
from events.orders import OtoOrder
from events.values import ExecutedLeg, StrategyStatus, StrategyTerms

ZERO = Decimal(0)
LOOK_AGAIN_MS = 2_000

Phase = Literal["checking", "settling", "queued", "planning", "trading", "ended"]
TradePhase = Literal["quoting", "placing", "searching", "working", "pending"]
StreamState = Literal["none", "up", "down", "failed"]


class StrategyState(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy of the account. Times are ms since the epoch; `not_before` holds the next trade or check back.

    checking: the venue was asked (by the event at `asked_at`); settling: it will be asked at `not_before`;
    queued: waits for its turn; planning: may plan a batch; trading: a batch runs; ended.
    """

    run_id: str
    terms: StrategyTerms
    phase: Phase
    asked_at: int
    not_before: int = 0
    admitted: bool = False
    volume: Decimal | None = None
    last_read: Decimal | None = None
    reads: int = 0
    failed_checks: int = 0
    mul_point: int = 0
    batch: int = 0
    batch_volume: Decimal = ZERO
    batch_price: Decimal | None = None
    credit_per_trade: Decimal = ZERO
    planned: int = 0
    number: int = 0
    completed: int = 0
    failed: int = 0
    failures_in_a_row: int = 0
    credit_due: int = 0
    credit_proved: bool = False
    dry_batches: int = 0
    measured: Decimal | None = None
    traded: bool = False
    last_trade: int = 0
    status: StrategyStatus | None = None
    reason: str = ""


class TradeState(msgspec.Struct, frozen=True, kw_only=True):
    """The one trade that has the account to itself. `deadline` is when the open leg has timed out."""

    trade_id: str
    strategy_id: str
    batch: int
    number: int
    phase: TradePhase
    order: OtoOrder | None = None
    requested_at: int = 0
    working_order_id: str = ""
    pending_order_id: str = ""
    deadline: int = 0
    buy: ExecutedLeg | None = None
    sell: ExecutedLeg | None = None
    canceling: str = ""
    looking: bool = False
    looks: int = 0
    look_at: int = 0


class UserState(msgspec.Struct, frozen=True, kw_only=True):
    """An account. Only strategies of the run `run_id` act, and only once it is `live`: what an earlier run left behind
    waits for the operator to ask for it again. `stopping` is set from the operator's stop to the end of the run.
    """

    user_id: int = 0
    run_id: str = ""
    live: bool = False
    strategies: dict[str, StrategyState] = {}
    trade: TradeState | None = None
    trade_count: int = 0
    stream: StreamState = "none"
    stopping: Literal["no", "after_trade", "now"] = "no"
    parked: str = ""


Fold = Callable[[UserState, Any, int, int], UserState]


def evolve(state: UserState, recorded: Recorded) -> UserState:
    return apply(state, recorded.event, recorded.position, recorded.meta.ts_init)


def apply(state: UserState, event: Event, position: int, at: int) -> UserState:
    """Folds an event that was decided at `at` (ms) and stands at `position`."""
    fold = FOLDS.get(type(event))
    return fold(state, event, position, at) if fold else state


def active(state: UserState) -> tuple[StrategyState, ...]:
    """The strategies of this run that have not ended."""
    if not state.live:
        return ()
    return tuple(s for s in state.strategies.values() if s.run_id == state.run_id and s.phase != "ended")


def idle(state: UserState) -> bool:
    """Whether no strategy and no trade is left to work on."""
    return state.trade is None and not active(state)


def _with_strategy(state: UserState, strategy_id: str, **changes: Any) -> UserState:
    before = state.strategies.get(strategy_id)
    if before is None:
        return state
    return replace(state, strategies={**state.strategies, strategy_id: replace(before, **changes)})


def _with_trade(state: UserState, trade_id: str, **changes: Any) -> UserState:
    if state.trade is None or state.trade.trade_id != trade_id:
        return state
    return replace(state, trade=replace(state.trade, **changes))


def _enter_run(state: UserState, user_id: int, run_id: str) -> UserState:
    if state.run_id == run_id:
        return replace(state, live=True)
    return replace(state, user_id=user_id, run_id=run_id, live=True, stream="none", stopping="no", parked="")


def _strategy_started(state: UserState, e: trades.StrategyStarted, position: int, at: int) -> UserState:
    state = _enter_run(state, e.terms.user_id, e.run_id)
    before = state.strategies.get(e.terms.strategy_id)
    fresh = StrategyState(
        run_id=e.run_id,
        terms=e.terms,
        phase="checking",
        asked_at=position,
        batch=before.batch if before else 0,
    )
    return replace(state, strategies={**state.strategies, e.terms.strategy_id: fresh})


def _strategy_resumed(state: UserState, e: trades.StrategyResumed, position: int, at: int) -> UserState:
    state = _enter_run(state, e.user_id, e.run_id)
    before = state.strategies.get(e.strategy_id)
    if before is None:
        return state
    # Its turn is asked for again: the supervisor that granted it may be gone.
    phase = before.phase if before.phase in ("checking", "settling") else "queued"
    return _with_strategy(
        state, e.strategy_id, run_id=e.run_id, terms=e.terms, phase=phase, asked_at=position, admitted=False
    )


def _check_requested(state: UserState, e: trades.VolumeCheckRequested, position: int, at: int) -> UserState:
    return _with_strategy(state, e.strategy_id, phase="checking", asked_at=position)


def _check_failed(state: UserState, e: trades.VolumeCheckFailed, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    wait = max(s.terms.volume_check_delay_ms, 1_000)
    return _with_strategy(
        state, e.strategy_id, phase="settling", not_before=at + wait, failed_checks=s.failed_checks + 1
    )


def _volume_checked(state: UserState, e: trades.VolumeChecked, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    seen = {"volume": e.volume, "failed_checks": 0, "mul_point": e.mul_point}
    if not e.settled:
        wait = max(s.terms.volume_check_delay_ms, 1_000)
        return _with_strategy(
            state,
            e.strategy_id,
            **seen,
            phase="settling",
            not_before=at + wait,
            last_read=e.volume,
            reads=s.reads + 1,
        )
    counted = e.volume - s.batch_volume
    dry = s.dry_batches if s.credit_due == 0 else 0 if counted > 0 else s.dry_batches + 1
    return _with_strategy(
        state,
        e.strategy_id,
        **seen,
        phase="planning",
        last_read=None,
        reads=0,
        dry_batches=dry,
        credit_due=0,
        credit_proved=s.credit_proved or (s.credit_due > 0 and counted > 0),
    )


def _credit_rate_observed(state: UserState, e: volumes.CreditRateObserved, position: int, at: int) -> UserState:
    return _with_strategy(state, e.strategy_id, measured=e.measured)


def _mul_point_changed(state: UserState, e: volumes.MulPointChanged, position: int, at: int) -> UserState:
    # What was measured held for the old multiplier only.
    return _with_strategy(state, e.strategy_id, mul_point=e.after, measured=None, credit_due=0, credit_proved=False)


def _strategy_queued(state: UserState, e: trades.StrategyQueued, position: int, at: int) -> UserState:
    return _with_strategy(state, e.strategy_id, phase="queued")


def _strategy_admitted(state: UserState, e: trades.StrategyAdmitted, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    phase = "trading" if s.planned > 0 else "planning"
    return _with_strategy(state, e.strategy_id, phase=phase, admitted=True)


def _batch_planned(state: UserState, e: trades.BatchPlanned, position: int, at: int) -> UserState:
    return _with_strategy(
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


def _batch_completed(state: UserState, e: trades.BatchCompleted, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return state
    return _with_strategy(
        state,
        e.strategy_id,
        phase="settling",
        not_before=max(at + s.terms.volume_check_delay_ms, s.not_before if s.failures_in_a_row else 0),
        planned=0,
        credit_due=s.completed,
    )


def _strategy_ended(state: UserState, e: trades.StrategyEnded, position: int, at: int) -> UserState:
    return _with_strategy(state, e.strategy_id, phase="ended", status=e.status, reason=e.reason, planned=0)


def _trade_started(state: UserState, e: trades.TradeStarted, position: int, at: int) -> UserState:
    trade = TradeState(trade_id=e.trade_id, strategy_id=e.strategy_id, batch=e.batch, number=e.number, phase="quoting")
    state = replace(state, trade=trade, trade_count=state.trade_count + 1)
    return _with_strategy(state, e.strategy_id, number=e.number, last_trade=state.trade_count)


def _quote_observed(state: UserState, e: trades.QuoteObserved, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None or s.batch_price is not None:
        return state
    return _with_strategy(state, e.strategy_id, batch_price=e.price)


def _oto_requested(state: UserState, e: orders.OtoRequested, position: int, at: int) -> UserState:
    return _with_trade(state, e.trade_id, phase="placing", order=e.order, requested_at=at)


def _oto_unresolved(state: UserState, e: orders.OtoUnresolved, position: int, at: int) -> UserState:
    return _with_trade(state, e.trade_id, phase="searching", looking=True, looks=0)


def _oto_accepted(state: UserState, e: orders.OtoAccepted, position: int, at: int) -> UserState:
    return _with_trade(
        state,
        e.trade_id,
        phase="working",
        working_order_id=e.working_order_id,
        pending_order_id=e.pending_order_id,
        deadline=at + _timeout(state),
        looking=False,
        looks=0,
    )


def _timeout(state: UserState) -> int:
    s = state.strategies.get(state.trade.strategy_id) if state.trade else None
    return s.terms.order_timeout_ms if s else 0


def _leg_closed(state: UserState, e: orders.LegClosed, position: int, at: int) -> UserState:
    if e.leg == "pending":
        return _with_trade(state, e.trade_id, sell=e.executed)
    changes: dict[str, Any] = {"buy": e.executed, "phase": "pending", "deadline": at + _timeout(state)}
    return _with_trade(state, e.trade_id, **changes, canceling="", looks=0, looking=False)


def _cancel_requested(state: UserState, e: orders.CancelRequested, position: int, at: int) -> UserState:
    return _with_trade(state, e.trade_id, canceling=e.venue_order_id, looking=True, looks=0)


def _look_requested(state: UserState, e: orders.LookRequested, position: int, at: int) -> UserState:
    return _with_trade(state, e.trade_id, looking=True)


def _orders_looked_up(state: UserState, e: orders.OrdersLookedUp, position: int, at: int) -> UserState:
    if state.trade is None:
        return state
    return _with_trade(state, e.trade_id, looking=False, looks=state.trade.looks + 1, look_at=at + LOOK_AGAIN_MS)


def _trade_done(state: UserState, e: Any, position: int, at: int) -> UserState:
    state = replace(state, trade=None)
    s = state.strategies.get(e.strategy_id)
    if s is None or s.batch != e.batch:
        return state
    return _with_strategy(
        state,
        e.strategy_id,
        completed=s.completed + 1,
        failures_in_a_row=0,
        traded=True,
        not_before=at + s.terms.interval_ms,
    )


def _trade_abandoned(state: UserState, e: trades.TradeAbandoned, position: int, at: int) -> UserState:
    state = replace(state, trade=None)
    s = state.strategies.get(e.strategy_id)
    if s is None or s.batch != e.batch or not e.failed:
        return state
    wait = max(s.terms.retry_delay_ms, e.wait_ms)
    return _with_strategy(
        state,
        e.strategy_id,
        failed=s.failed + 1,
        failures_in_a_row=s.failures_in_a_row + 1,
        traded=True,
        not_before=at + wait,
    )


def _account_recovered(state: UserState, e: trades.AccountRecovered, position: int, at: int) -> UserState:
    return replace(state, live=False, stream="none")


def _trading_paused(state: UserState, e: trades.TradingPaused, position: int, at: int) -> UserState:
    return replace(state, stream="failed" if e.final else "down")


def _trading_resumed(state: UserState, e: trades.TradingResumed, position: int, at: int) -> UserState:
    return replace(state, stream="up")


def _stop_requested(state: UserState, e: trades.StopRequested, position: int, at: int) -> UserState:
    return replace(state, stopping="now" if e.now else "after_trade")


def _account_parked(state: UserState, e: system.AccountParked, position: int, at: int) -> UserState:
    return replace(state, parked=e.reason)


FOLDS: dict[type[Event], Fold] = {
    trades.StrategyStarted: _strategy_started,
    trades.StrategyResumed: _strategy_resumed,
    trades.VolumeCheckRequested: _check_requested,
    trades.VolumeCheckFailed: _check_failed,
    trades.VolumeChecked: _volume_checked,
    volumes.CreditRateObserved: _credit_rate_observed,
    volumes.MulPointChanged: _mul_point_changed,
    trades.StrategyQueued: _strategy_queued,
    trades.StrategyAdmitted: _strategy_admitted,
    trades.BatchPlanned: _batch_planned,
    trades.BatchCompleted: _batch_completed,
    trades.StrategyEnded: _strategy_ended,
    trades.TradeStarted: _trade_started,
    trades.QuoteObserved: _quote_observed,
    orders.OtoRequested: _oto_requested,
    orders.OtoUnresolved: _oto_unresolved,
    orders.OtoAccepted: _oto_accepted,
    orders.LegClosed: _leg_closed,
    orders.CancelRequested: _cancel_requested,
    orders.LookRequested: _look_requested,
    orders.OrdersLookedUp: _orders_looked_up,
    trades.TradeCompleted: _trade_done,
    trades.TradePartlyCompleted: _trade_done,
    trades.TradeAbandoned: _trade_abandoned,
    trades.AccountRecovered: _account_recovered,
    trades.TradingPaused: _trading_paused,
    trades.TradingResumed: _trading_resumed,
    trades.StopRequested: _stop_requested,
    system.AccountParked: _account_parked,
}
