"""What is said of strategies, their trades, batches and volumes, and of coins that are held."""

from events.accounts import StopRequested, TradingPaused, TradingResumed
from events.base import Event
from events.inventory import CoinsSwept, InventoryCleared, InventoryHeld, SweepStarted
from events.numbers import plain
from events.strategies import (
    BatchCompleted,
    BatchPlanned,
    DayClosed,
    StrategyEnded,
    StrategyResumed,
    StrategyStarted,
    TurnDelayed,
    VolumeChecked,
    VolumeCheckFailed,
    VolumeDoubted,
    WearLimitReached,
)
from events.trades import TradeAbandoned, TradeCompleted, TradePartlyCompleted
from events.volumes import CreditRateObserved, MulPointChanged, SymbolRulesChanged, TargetReached
from projections.figures import utc
from projections.sayings.saying import Running, Said, Saying, because
from projections.words.volumes import rule_changes


def _loop(number: int, running: Running) -> str:
    return f"{number}/{'?' if running.planned is None else running.planned}"


def _strategy_started(event: StrategyStarted | StrategyResumed, running: Running) -> Said:
    text = "strategy started" if isinstance(event, StrategyStarted) else "strategy taken up again"
    fields = {"token": running.token, "target_volume": plain(running.target)}
    return "info", text, {**fields, "single_trade_amount": plain(event.terms.amount)}


def _volume_queried(event: VolumeChecked, running: Running) -> Said:
    return "info", "volume queried", {"token": running.token, **running.progress(), "mul_point": event.mul_point}


def _volume_not_queried(event: VolumeCheckFailed, running: Running) -> Said:
    return (
        "warning",
        "volume could not be queried",
        {"token": running.token, "outcome": event.outcome, "reason": event.message},
    )


def _loops_planned(event: BatchPlanned, running: Running) -> Said:
    fields: dict[str, str | int] = {
        "batch": event.batch,
        "current_volume": plain(event.current_volume),
        "target_volume": plain(running.target),
        "remaining_volume": plain(event.remaining_volume),
        "single_trade_amount": plain(event.amount),
        "mul_point": event.mul_point,
        "single_real_volume": plain(event.credit_per_trade),
        "basis": event.basis,
        "loop_count": event.planned_trades,
    }
    return "info", "loops planned" + (", a probe" if event.probe else ""), fields


def _trade_done(event: TradeCompleted | TradePartlyCompleted, running: Running) -> Said:
    fields: dict[str, str | int] = {
        "loop": _loop(event.number, running),
        "trade_volume": plain(event.credit_expected),
        "wear": plain(event.wear),
        **running.progress(),
    }
    if isinstance(event, TradeCompleted):
        return "info", "trade done", fields
    left = plain(event.remainder) if event.remainder > 0 else "0"
    return "warning", "trade partly done", {**fields, "left": left, "reason": event.reason}


def _trade_abandoned(event: TradeAbandoned, running: Running) -> Said:
    fields: dict[str, str | int] = {"loop": _loop(event.number, running), "reason": event.reason}
    if not event.failed:
        return "info", "trade called off", fields
    return "warning", "trade failed", {**fields, "wait_ms": event.wait_ms}


def _batch_done(event: BatchCompleted, _running: Running) -> Said:
    fields: dict[str, str | int] = {
        "batch": event.batch,
        "completed_trades": event.completed_trades,
        "failed_trades": event.failed_trades,
    }
    return "info", "batch done", {**fields, "reason": event.reason} if event.reason else fields


def _credit_differs(event: CreditRateObserved, _running: Running) -> Said:
    fields = {"expected": plain(event.expected), "measured": plain(event.measured)}
    return "warning", "credit per trade differs from the plan", {"batch": event.batch, **fields}


def _rules_changed(event: SymbolRulesChanged, running: Running) -> Said:
    changes = "; ".join(f"{name} from {before} to {after}" for name, before, after in rule_changes(event))
    return "warning", "the venue's filters changed", {"token": running.token, "changes": changes}


def _multiplier_changed(event: MulPointChanged, _running: Running) -> Said:
    fields: dict[str, str | int] = {"token": event.ticker, "before": event.before, "after": event.after}
    return "warning", "multiplier changed", fields


def _target_reached(event: TargetReached, running: Running) -> Said:
    text = "Target already reached, skipped" if event.skipped else "target reached"
    figures = {"current_volume": plain(event.current_volume), "target_volume": plain(event.target_volume)}
    return "info", text, {"token": running.token, **figures}


def _strategy_ended(event: StrategyEnded, running: Running) -> Said:
    fields: dict[str, str | int] = {"status": event.status, "volume": "not known"}
    if event.current_volume is not None:
        fields.update(running._replace(volume=event.current_volume).progress())
    if event.reason:
        fields["reason"] = event.reason
    return "info" if event.status in ("reached", "skipped") else "warning", "strategy ended", fields


def _held(event: InventoryHeld, _running: Running) -> Said:
    fields: dict[str, str | int] = {"token": event.ticker, "quantity": plain(event.quantity)}
    fields |= {"value": plain(event.value), "reason": event.reason}
    return "warning", "coins are held unsold", fields


def _swept(event: CoinsSwept, _running: Running) -> Said:
    fields: dict[str, str | int] = {"token": event.ticker, "sold": plain(event.quantity), "wear": plain(event.wear)}
    return "info", "sweep is over", fields


def _stop_requested(event: StopRequested, _running: Running) -> Said:
    fields: dict[str, str | int] = {"by": event.by.name} if event.by is not None else {}
    fields |= {"waits_for": event.waits_for} if event.waits_for else {}
    return "info", "stop requested", fields | ({"until": utc(event.until)} if event.until else {})


TRADES: dict[type[Event], Saying] = {
    StrategyStarted: _strategy_started,
    StrategyResumed: _strategy_started,
    VolumeChecked: _volume_queried,
    VolumeDoubted: because("info", "the volume may be yesterday's still, and is asked for again", "volume"),
    VolumeCheckFailed: _volume_not_queried,
    TargetReached: _target_reached,
    BatchPlanned: _loops_planned,
    TradeCompleted: _trade_done,
    TradePartlyCompleted: _trade_done,
    TradeAbandoned: _trade_abandoned,
    BatchCompleted: _batch_done,
    CreditRateObserved: _credit_differs,
    MulPointChanged: _multiplier_changed,
    SymbolRulesChanged: _rules_changed,
    StrategyEnded: _strategy_ended,
    TradingPaused: because("warning", "trading paused", "reason"),
    TradingResumed: because("info", "trading goes on"),
    StopRequested: _stop_requested,
    TurnDelayed: lambda e, running: because(
        "warning" if e.blocked else "debug", "waits for its turn", "symbol", "holder", "blocked"
    )(e, running),
    InventoryHeld: _held,
    InventoryCleared: because("info", "held coins are off the books", "asset", "quantity", "how"),
    SweepStarted: because("info", "sweep begins", "ticker", "quantity"),
    CoinsSwept: _swept,
    WearLimitReached: because("warning", "wear limit reached", "limit", "allowed", "wear"),
    DayClosed: because("info", "the venue's day is over", "day", "volume"),
}
