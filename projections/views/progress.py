"""How far each strategy of each account is: targets, volumes, counts, wear.

Counts and wear are of the strategy's current run: StrategyStarted begins anew, StrategyResumed goes on. Amounts are
decimals in text. `current_volume` is what the venue said last; `expected_volume` adds the credit expected of trades
since then. `status` is `running`, one of StrategyStatus, or `interrupted` when the program ended under the strategy.
"""

import sqlite3
from decimal import Decimal

from events.base import Recorded
from events.system import RunEnded, RunStarted
from events.trades import (
    BatchPlanned,
    StrategyEnded,
    StrategyResumed,
    StrategyStarted,
    TradeAbandoned,
    TradeCompleted,
    TradePartlyCompleted,
    VolumeChecked,
)
from events.values import StrategyTerms
from events.volumes import TargetReached
from projections.views.base import View

SCHEMA = """
CREATE TABLE progress (
    user_id INTEGER NOT NULL,
    strategy_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    token TEXT NOT NULL,
    target_volume TEXT NOT NULL,
    current_volume TEXT,
    expected_volume TEXT,
    planned_trades INTEGER NOT NULL DEFAULT 0,
    completed_trades INTEGER NOT NULL DEFAULT 0,
    failed_trades INTEGER NOT NULL DEFAULT 0,
    wear TEXT NOT NULL DEFAULT '0',
    status TEXT NOT NULL DEFAULT 'running',
    PRIMARY KEY (user_id, strategy_id)
) WITHOUT ROWID;
CREATE TABLE newest_run (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL
);
"""


def _started(db: sqlite3.Connection, _at: Recorded, event: StrategyStarted) -> None:
    terms = event.terms
    db.execute("DELETE FROM progress WHERE user_id = ? AND strategy_id = ?", (terms.user_id, terms.strategy_id))
    _agree(db, event.run_id, terms)


def _resumed(db: sqlite3.Connection, _at: Recorded, event: StrategyResumed) -> None:
    _agree(db, event.run_id, event.terms)


def _agree(db: sqlite3.Connection, run_id: str, terms: StrategyTerms) -> None:
    db.execute(
        "INSERT INTO progress (user_id, strategy_id, run_id, token, target_volume) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET run_id = excluded.run_id, token = excluded.token,"
        " target_volume = excluded.target_volume, status = 'running'",
        (terms.user_id, terms.strategy_id, run_id, terms.ticker, _text(terms.target_volume)),
    )


def _volume_known(db: sqlite3.Connection, user_id: int, strategy_id: str, volume: Decimal) -> None:
    db.execute(
        "UPDATE progress SET current_volume = ?, expected_volume = ? WHERE user_id = ? AND strategy_id = ?",
        (_text(volume), _text(volume), user_id, strategy_id),
    )


def _checked(db: sqlite3.Connection, _at: Recorded, event: VolumeChecked) -> None:
    _volume_known(db, event.user_id, event.strategy_id, event.volume)


def _reached(db: sqlite3.Connection, _at: Recorded, event: TargetReached) -> None:
    _volume_known(db, event.user_id, event.strategy_id, event.current_volume)


def _planned(db: sqlite3.Connection, _at: Recorded, event: BatchPlanned) -> None:
    db.execute(
        "UPDATE progress SET planned_trades = planned_trades + ? WHERE user_id = ? AND strategy_id = ?",
        (event.planned_trades, event.user_id, event.strategy_id),
    )


def _traded(db: sqlite3.Connection, _at: Recorded, event: TradeCompleted | TradePartlyCompleted) -> None:
    db.execute(
        "UPDATE progress SET completed_trades = completed_trades + 1, wear = exact_sum(wear, ?),"
        " expected_volume = exact_sum(coalesce(expected_volume, '0'), ?) WHERE user_id = ? AND strategy_id = ?",
        (_text(event.wear), _text(event.credit_expected), event.user_id, event.strategy_id),
    )


def _abandoned(db: sqlite3.Connection, _at: Recorded, event: TradeAbandoned) -> None:
    if event.failed:
        db.execute(
            "UPDATE progress SET failed_trades = failed_trades + 1 WHERE user_id = ? AND strategy_id = ?",
            (event.user_id, event.strategy_id),
        )


def _ended(db: sqlite3.Connection, _at: Recorded, event: StrategyEnded) -> None:
    db.execute(
        "UPDATE progress SET status = ? WHERE user_id = ? AND strategy_id = ?",
        (event.status, event.user_id, event.strategy_id),
    )


def _run_started(db: sqlite3.Connection, at: Recorded, event: RunStarted) -> None:
    _interrupt(db)
    db.execute("INSERT OR REPLACE INTO newest_run VALUES (1, ?, ?)", (event.run_id, at.position))


def _run_ended(db: sqlite3.Connection, _at: Recorded, _event: RunEnded) -> None:
    _interrupt(db)


def _interrupt(db: sqlite3.Connection) -> None:
    db.execute("UPDATE progress SET status = 'interrupted' WHERE status = 'running'")


def _text(amount: Decimal) -> str:
    return format(amount, "f")


PROGRESS = View(
    name="progress",
    schema=SCHEMA,
    handlers={
        RunStarted: _run_started,
        RunEnded: _run_ended,
        StrategyStarted: _started,
        StrategyResumed: _resumed,
        VolumeChecked: _checked,
        BatchPlanned: _planned,
        TradeCompleted: _traded,
        TradePartlyCompleted: _traded,
        TradeAbandoned: _abandoned,
        TargetReached: _reached,
        StrategyEnded: _ended,
    },
)
