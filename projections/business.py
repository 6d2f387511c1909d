"""The business lines: what an operator follows a run by, in the vocabulary of the documents' log examples.

Volume queried, loops planned with all inputs, trade k/N with its credit, batch done, target reached. They are derived
from recorded events alone, so that nothing that decides also logs, and log file and display say the same.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import msgspec

from events.base import Event, Recorded
from events.control import AccountPaused, AccountResumed, OperatorCommanded
from events.numbers import plain
from events.orders import (
    FramesMissed,
    LateFillObserved,
    LegClosed,
    LegTimedOut,
    OrderMissing,
    OrdersReconciled,
    OrderUnknown,
    OtoAccepted,
    OtoNotSent,
    OtoRejected,
    OtoUnresolved,
    UnwindEnded,
    UnwindStarted,
)
from events.system import (
    AccountParked,
    ActorFailed,
    ActorRestarted,
    LogCut,
    RunEnded,
    RunStarted,
    StreamClosed,
    StreamConnected,
    StreamFailed,
    StreamLost,
)
from events.trades import (
    AccountQuieted,
    BatchCompleted,
    BatchPlanned,
    CoinsSwept,
    DayClosed,
    InventoryCleared,
    InventoryHeld,
    StopRequested,
    StrategyEnded,
    StrategyResumed,
    StrategyStarted,
    SweepStarted,
    TradeAbandoned,
    TradeCompleted,
    TradePartlyCompleted,
    TradeStarted,
    TradingPaused,
    TradingResumed,
    TurnDelayed,
    VolumeChecked,
    VolumeCheckFailed,
    VolumeDoubted,
    WearLimitReached,
)
from events.values import CLOSED_STATUSES
from events.volumes import CreditRateObserved, MulPointChanged, SymbolRulesChanged, TargetReached
from projections.figures import percentage, utc, volume_progress
from projections.words import account_of
from projections.words.control import command_line
from projections.words.orders import LEG_NAMES, unaccepted
from projections.words.system import crash_before, live_words
from projections.words.volumes import rule_changes

Level = Literal["debug", "info", "warning", "error"]


class BusinessLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `at` is in ms since the epoch; `fields` holds numbers of money as plain decimal text."""

    position: int
    at: int
    level: Level
    text: str
    user_id: int | None
    strategy_id: str | None
    fields: Mapping[str, str | int]


class Running(NamedTuple):
    """What the lines of a strategy need to remember of its earlier events; `target` is 0 when it never started."""

    token: str = ""
    target: Decimal = Decimal(0)
    volume: Decimal = Decimal(0)
    planned: int | None = None

    def progress(self) -> dict[str, str | int]:
        if not self.target:
            return {"volume": plain(self.volume)}
        return {"volume": volume_progress(self.volume, self.target), "progress": percentage(self.volume, self.target)}


Said = tuple[Level, str, dict[str, str | int]]
Key = tuple[int, str]


class BusinessLines:
    """Makes the lines of one run. Feed it every event in order, from the run's RunStarted on; not thread-safe."""

    def __init__(self) -> None:
        self._running: dict[Key, Running] = {}

    def line(self, recorded: Recorded) -> BusinessLine | None:
        """The line of an event, None where operators need not follow it."""
        event = recorded.event
        running = self._remember(event)
        say = SAYINGS.get(type(event))
        if say is None:
            return None
        level, text, fields = say(event, running)
        return BusinessLine(
            position=recorded.position,
            at=recorded.meta.ts_init,
            level=level,
            text=text,
            user_id=account_of(event),
            strategy_id=_key(event)[1] or None,
            fields=fields,
        )

    def _remember(self, event: Event) -> Running:
        key = _key(event)
        running = _advance(self._running.get(key, Running()), event)
        if key[1]:
            self._running[key] = running
        return running


def _key(event: Event) -> Key:
    strategy_id = event.terms.strategy_id if isinstance(event, StrategyStarted) else getattr(event, "strategy_id", "")
    return account_of(event) or 0, strategy_id


def _advance(running: Running, event: Event) -> Running:
    match event:
        case StrategyStarted(terms=terms) | StrategyResumed(terms=terms):
            return Running(terms.ticker, terms.target_volume)
        case VolumeChecked(volume=volume) | TargetReached(current_volume=volume):
            return running._replace(volume=volume)
        case BatchPlanned(planned_trades=planned) | TradeStarted(planned_trades=planned):
            return running._replace(planned=planned)
        case TradeCompleted(credit_expected=credit) | TradePartlyCompleted(credit_expected=credit):
            return running._replace(volume=running.volume + credit)
        case _:
            return running


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


def _leg_closed(event: LegClosed, _running: Running) -> Said:
    leg = event.executed
    fields: dict[str, str | int] = {
        "order_id": leg.venue_order_id,
        "status": leg.order_status,
        "quote": plain(leg.quote),
    }
    return "debug", f"{LEG_NAMES[event.leg]} closed", fields


def _placed(event: OtoAccepted, _running: Running) -> Said:
    fields: dict[str, str | int] = {
        "working_order_id": event.working_order_id,
        "pending_order_id": event.pending_order_id,
    }
    return "debug", "OTO order placed", fields


def _timed_out(event: LegTimedOut, _running: Running) -> Said:
    return "warning", f"{LEG_NAMES[event.leg]} timed out", {"order_id": event.venue_order_id}


def _unresolved(event: OtoUnresolved, _running: Running) -> Said:
    return "warning", unaccepted(event), {"reason": event.message}


def _reconciled(event: OrdersReconciled, _running: Running) -> Said:
    if event.complete:
        return "debug", "open orders compared with the log", {"open_orders": event.open_orders}
    return "warning", "open orders could not be read", {"reason": event.message}


def _order_unknown(event: OrderUnknown, _running: Running) -> Said:
    fields: dict[str, str | int] = {"symbol": event.symbol, "side": event.side, "price": plain(event.price)}
    fields |= {"quantity": plain(event.quantity), "order_id": event.venue_order_id}
    state = "an executed order" if event.order_status in CLOSED_STATUSES else "an open order"
    return "warning", f"{state} at the venue that is not ours is left alone", fields


def _late_fill(event: LateFillObserved, _running: Running) -> Said:
    fields: dict[str, str | int] = {"order_id": event.executed.venue_order_id, "coins": plain(event.coins)}
    return "warning", f"{LEG_NAMES[event.leg]} filled after its end", fields


def _run_started(event: RunStarted, _running: Running) -> Said:
    fields: dict[str, str | int] = {"run_id": event.run_id, "venue": event.venue, "pid": event.pid}
    live = f"; {live_words(event)}" if event.hosts else ""
    if event.previous_run_sealed:
        return "warning" if live else "info", f"run started{live}", fields
    return "warning", f"run started{live}; {crash_before(event)}", fields


def _held(event: InventoryHeld, _running: Running) -> Said:
    fields: dict[str, str | int] = {"token": event.ticker, "quantity": plain(event.quantity)}
    fields |= {"value": plain(event.value), "reason": event.reason}
    return "warning", "coins are held unsold", fields


def _swept(event: CoinsSwept, _running: Running) -> Said:
    fields: dict[str, str | int] = {"token": event.ticker, "sold": plain(event.quantity), "wear": plain(event.wear)}
    return "info", "sweep is over", fields


def _quieted(event: AccountQuieted, _running: Running) -> Said:
    return "warning", "the venue turned the account away", {"until": utc(event.until), "reason": event.reason}


def _stop_requested(event: StopRequested, _running: Running) -> Said:
    fields: dict[str, str | int] = {"by": event.by.name} if event.by is not None else {}
    fields |= {"waits_for": event.waits_for} if event.waits_for else {}
    return "info", "stop requested", fields | ({"until": utc(event.until)} if event.until else {})


def _commanded(event: OperatorCommanded, _running: Running) -> Said:
    level: Level = "debug" if event.command == "status" else "info"
    return level, f"command: {command_line(event)}", {"by": str(event.by)}


def _paused(event: AccountPaused, _running: Running) -> Said:
    return "warning", f"paused by {event.by.name}", {"in_hand": event.trade_id} if event.trade_id else {}


def _resumed(event: AccountResumed, _running: Running) -> Said:
    return "info", f"resumed by {event.by.name}" + (", and parked no more" if event.unparked else ""), {}


def _frames_missed(event: FramesMissed, _running: Running) -> Said:
    return "warning", "user stream is silent", {"order_id": ", ".join(event.venue_order_ids)}


def _told(value: Any) -> str | int:
    if isinstance(value, Decimal):
        return plain(value)
    told: str | int = value
    return told


def _because(level: Level, text: str, *names: str) -> Callable[[Any, Running], Said]:
    """A saying whose fields are the event's own, `message` and `error` under the name `reason`."""
    renamed = {"message": "reason", "error": "reason"}

    def say(event: Any, _running: Running) -> Said:
        return level, text, {renamed.get(name, name): _told(getattr(event, name)) for name in names}

    return say


SAYINGS: dict[type[Event], Callable[[Any, Running], Said]] = {
    RunStarted: _run_started,
    LogCut: _because("error", "the damaged end of the log was cut off", "first_position", "quarantine", "reason"),
    RunEnded: _because("info", "run ended", "run_id", "exit_code", "reason", "dead_letters"),
    StrategyStarted: _strategy_started,
    StrategyResumed: _strategy_started,
    VolumeChecked: _volume_queried,
    VolumeDoubted: _because("info", "the volume may be yesterday's still, and is asked for again", "volume"),
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
    OtoAccepted: _placed,
    LegClosed: _leg_closed,
    LegTimedOut: _timed_out,
    OtoRejected: _because("warning", "placement rejected by the venue", "code", "message"),
    OtoNotSent: _because("warning", "placement not sent", "message"),
    OrdersReconciled: _reconciled,
    OrderUnknown: _order_unknown,
    OrderMissing: _because("warning", "the venue does not show our order", "venue_order_id", "symbol"),
    LateFillObserved: _late_fill,
    FramesMissed: _frames_missed,
    OtoUnresolved: _unresolved,
    StreamConnected: _because("info", "user stream connected", "attempt"),
    StreamLost: _because("warning", "user stream lost", "reason", "attempt"),
    StreamFailed: _because("error", "user stream given up", "reason", "attempts"),
    StreamClosed: _because("info", "user stream closed", "reason"),
    TradingPaused: _because("warning", "trading paused", "reason"),
    TradingResumed: _because("info", "trading goes on"),
    StopRequested: _stop_requested,
    TurnDelayed: lambda e, running: _because(
        "warning" if e.blocked else "debug", "waits for its turn", "symbol", "holder", "blocked"
    )(e, running),
    OperatorCommanded: _commanded,
    AccountPaused: _paused,
    AccountResumed: _resumed,
    UnwindStarted: _because("info", "selling leftover coins", "trade_id", "quantity", "reason"),
    UnwindEnded: _because("warning", "leftover coins not sold", "trade_id", "quantity", "reason"),
    InventoryHeld: _held,
    InventoryCleared: _because("info", "held coins are off the books", "asset", "quantity", "how"),
    SweepStarted: _because("info", "sweep begins", "ticker", "quantity"),
    CoinsSwept: _swept,
    WearLimitReached: _because("warning", "wear limit reached", "limit", "allowed", "wear"),
    DayClosed: _because("info", "the venue's day is over", "day", "volume"),
    AccountQuieted: _quieted,
    AccountParked: _because("error", "account parked", "reason"),
    ActorFailed: _because("error", "actor failed", "actor", "error"),
    ActorRestarted: _because("warning", "actor restarted", "actor", "restarts"),
}
"""What is said of each event class; of the others, nothing."""
