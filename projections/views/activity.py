"""What each strategy of each account is doing right now, in words, and how fast its trades go.

Times are milliseconds since the epoch. `trade` is the number of the trade in hand, or of the last one, in `batch` of
`batch_trades`. `paced_trades` trades ended between `pace_from` and `pace_to`, all since this run began or resumed.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from events.base import Event, Recorded
from events.orders import (
    CancelRequested,
    LegClosed,
    LegTimedOut,
    LookRequested,
    OtoAccepted,
    OtoNotSent,
    OtoRejected,
    OtoRequested,
    OtoUnresolved,
)
from events.system import AccountParked
from events.trades import (
    BatchCompleted,
    BatchPlanned,
    QuoteObserved,
    StopRequested,
    StrategyAdmitted,
    StrategyEnded,
    StrategyQueued,
    StrategyResumed,
    StrategyStarted,
    TradeAbandoned,
    TradeCompleted,
    TradePartlyCompleted,
    TradeStarted,
    TradingPaused,
    TradingResumed,
    VolumeChecked,
    VolumeCheckFailed,
    VolumeCheckRequested,
)
from events.volumes import CreditRateObserved, MulPointChanged, TargetReached
from projections.figures import counted
from projections.views.base import Handler, View
from projections.words.orders import LEG_NAMES

SCHEMA = """
CREATE TABLE activity (
    user_id INTEGER NOT NULL,
    strategy_id TEXT NOT NULL,
    state TEXT NOT NULL,
    over INTEGER NOT NULL DEFAULT 0,
    batch INTEGER NOT NULL DEFAULT 0,
    trade INTEGER NOT NULL DEFAULT 0,
    batch_trades INTEGER NOT NULL DEFAULT 0,
    credit_per_trade TEXT,
    last_price TEXT,
    mul_point INTEGER,
    trade_id TEXT,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    pace_from INTEGER,
    pace_to INTEGER,
    paced_trades INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, strategy_id)
) WITHOUT ROWID;
"""

ENDINGS = {"reached": "target reached", "skipped": "skipped: already at target"}
"""How an ended strategy is described; the other statuses stand for themselves, with their reason."""

STATES: dict[type[Event], Callable[[Any], str]] = {
    VolumeCheckRequested: lambda _: "asking the venue for the volume",
    VolumeChecked: lambda e: "planning" if e.settled else "waiting for the venue to count",
    VolumeCheckFailed: lambda e: f"waiting to ask again, the venue did not tell the volume: {e.message}",
    StrategyQueued: lambda _: "waiting for its turn",
    StrategyAdmitted: lambda _: "beginning to trade",
    BatchPlanned: lambda e: f"batch of {counted(e.planned_trades, 'trade')} planned",
    TradeStarted: lambda _: "asking for a price",
    QuoteObserved: lambda _: "deciding the order",
    OtoRequested: lambda _: "placing the order",
    OtoAccepted: lambda _: "waiting for the buy",
    OtoRejected: lambda e: f"placement rejected: {e.message}",
    OtoNotSent: lambda e: f"placement not sent: {e.message}",
    OtoUnresolved: lambda _: "looking for a placement of unknown outcome",
    LegTimedOut: lambda e: f"canceling the {LEG_NAMES[e.leg]} that timed out",
    TradeCompleted: lambda _: "pausing",
    TradePartlyCompleted: lambda e: f"pausing, not all was sold: {e.reason}",
    TradeAbandoned: lambda e: f"{'pausing after a failed trade' if e.failed else 'trade called off'}: {e.reason}",
    BatchCompleted: lambda _: "pausing before the volume is asked again",
    CreditRateObserved: lambda _: "planning with the credit that was measured",
    MulPointChanged: lambda e: f"multiplier changed from {e.before} to {e.after}, planning anew",
    TargetReached: lambda e: ENDINGS["skipped" if e.skipped else "reached"],
}
"""The state that each event of a strategy brings about."""

TRADE_STATES: dict[type[Event], Callable[[Any], str]] = {
    LegClosed: lambda e: (
        "waiting for the sell"
        if e.leg == "working" and e.executed.order_status == "FILLED"
        else "working out what the trade came to"
    ),
    CancelRequested: lambda e: f"canceling an order: {e.reason}",
    LookRequested: lambda e: f"looking at the venue's order lists: {e.reason}",
}
"""The same for events that name their trade only."""


def _enter(db: sqlite3.Connection, at: Recorded, event: Any) -> None:
    db.execute(
        "UPDATE activity SET state = ?, updated_at = ? WHERE user_id = ? AND strategy_id = ?",
        (STATES[type(event)](event), at.meta.ts_init, event.user_id, event.strategy_id),
    )


def _set(db: sqlite3.Connection, event: Any, **columns: str | int | None) -> None:
    assignments = ", ".join(f"{column} = ?" for column in columns)
    db.execute(
        f"UPDATE activity SET {assignments} WHERE user_id = ? AND strategy_id = ?",  # noqa: S608 - the column names are ours
        (*columns.values(), event.user_id, event.strategy_id),
    )


def _started(db: sqlite3.Connection, at: Recorded, event: StrategyStarted) -> None:
    key = (event.terms.user_id, event.terms.strategy_id)
    db.execute("DELETE FROM activity WHERE user_id = ? AND strategy_id = ?", key)
    db.execute(
        "INSERT INTO activity (user_id, strategy_id, state, started_at, updated_at) VALUES (?, ?, ?, ?, ?)",
        (*key, "starting", at.meta.ts_init, at.meta.ts_init),
    )


def _resumed(db: sqlite3.Connection, at: Recorded, event: StrategyResumed) -> None:
    now = at.meta.ts_init
    _set(db, event, state="resuming", over=0, updated_at=now, pace_from=None, pace_to=None, paced_trades=0)


def _planned(db: sqlite3.Connection, at: Recorded, event: BatchPlanned) -> None:
    _enter(db, at, event)
    _set(
        db,
        event,
        batch=event.batch,
        trade=0,
        batch_trades=event.planned_trades,
        credit_per_trade=format(event.credit_per_trade, "f"),
        mul_point=event.mul_point,
    )


def _trade_started(db: sqlite3.Connection, at: Recorded, event: TradeStarted) -> None:
    _enter(db, at, event)
    db.execute(
        "UPDATE activity SET trade_id = ?, trade = ?, batch = ?, batch_trades = ?,"
        " pace_from = coalesce(pace_from, ?) WHERE user_id = ? AND strategy_id = ?",
        (
            event.trade_id,
            event.number,
            event.batch,
            event.planned_trades,
            at.meta.ts_init,
            event.user_id,
            event.strategy_id,
        ),
    )


def _quoted(db: sqlite3.Connection, at: Recorded, event: QuoteObserved) -> None:
    _enter(db, at, event)
    _set(db, event, last_price=format(event.price, "f"), mul_point=event.mul_point)


def _enter_by_trade(db: sqlite3.Connection, at: Recorded, event: Any) -> None:
    db.execute(
        "UPDATE activity SET state = ?, updated_at = ? WHERE user_id = ? AND trade_id = ?",
        (TRADE_STATES[type(event)](event), at.meta.ts_init, event.user_id, event.trade_id),
    )


def _abandoned(db: sqlite3.Connection, at: Recorded, event: TradeAbandoned) -> None:
    _trade_ended(db, at, event) if event.failed else _enter(db, at, event)


def _trade_ended(
    db: sqlite3.Connection, at: Recorded, event: TradeCompleted | TradePartlyCompleted | TradeAbandoned
) -> None:
    _enter(db, at, event)
    db.execute(
        "UPDATE activity SET pace_to = ?, paced_trades = paced_trades + 1 WHERE user_id = ? AND strategy_id = ?",
        (at.meta.ts_init, event.user_id, event.strategy_id),
    )


def _credit_measured(db: sqlite3.Connection, at: Recorded, event: CreditRateObserved) -> None:
    _enter(db, at, event)
    _set(db, event, credit_per_trade=format(event.measured, "f"))


def _multiplier_changed(db: sqlite3.Connection, at: Recorded, event: MulPointChanged) -> None:
    _enter(db, at, event)
    _set(db, event, mul_point=event.after)


def _ended(db: sqlite3.Connection, at: Recorded, event: StrategyEnded) -> None:
    because = f"{event.status}: {event.reason}" if event.reason else event.status
    state = ENDINGS.get(event.status, because)
    _set(db, event, state=state, over=1, updated_at=at.meta.ts_init)


def _whole_account(state: Callable[[Any], str]) -> Handler:
    def handler(db: sqlite3.Connection, at: Recorded, event: Any) -> None:
        db.execute(
            "UPDATE activity SET state = ?, updated_at = ? WHERE user_id = ? AND NOT over",
            (state(event), at.meta.ts_init, event.user_id),
        )

    return handler


ACTIVITY = View(
    name="activity",
    schema=SCHEMA,
    handlers={
        **dict.fromkeys(STATES, _enter),
        **dict.fromkeys(TRADE_STATES, _enter_by_trade),
        StrategyStarted: _started,
        StrategyResumed: _resumed,
        BatchPlanned: _planned,
        TradeStarted: _trade_started,
        QuoteObserved: _quoted,
        TradeCompleted: _trade_ended,
        TradePartlyCompleted: _trade_ended,
        TradeAbandoned: _abandoned,
        CreditRateObserved: _credit_measured,
        MulPointChanged: _multiplier_changed,
        StrategyEnded: _ended,
        TradingPaused: _whole_account(lambda e: f"paused: {e.reason}"),
        TradingResumed: _whole_account(lambda _: "going on"),
        StopRequested: _whole_account(lambda e: "stopping now" if e.now else "stopping after the trade in hand"),
        AccountParked: _whole_account(lambda e: f"parked: {e.reason}"),
    },
)
