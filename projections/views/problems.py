"""What went wrong, newest last: failed and restarted actors, lost streams, refused or failed trades, parked accounts.

`at` is in milliseconds since the epoch; `user_id` is NULL for what concerns no single account.
"""

import sqlite3

from events.base import Recorded
from events.orders import (
    FramesMissed,
    FrameUnreadable,
    LateFillObserved,
    LegTimedOut,
    OrderMissing,
    OrderUnknown,
    OtoNotSent,
    OtoRejected,
    OtoUnresolved,
)
from events.system import AccountParked, ActorFailed, ActorRestarted, RunStarted, StreamFailed, StreamLost
from events.trades import StrategyEnded, TradeAbandoned, TradePartlyCompleted
from events.volumes import VolumeUnavailable
from projections.views.base import View
from projections.words import account_of, in_words

SCHEMA = """
CREATE TABLE problems (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    user_id INTEGER,
    text TEXT NOT NULL
);
"""


def _note(db: sqlite3.Connection, at: Recorded, _event: object) -> None:
    db.execute(
        "INSERT INTO problems (position, at, user_id, text) VALUES (?, ?, ?, ?)",
        (at.position, at.meta.ts_init, account_of(at.event), in_words(at.event)),
    )


def _note_unsealed(db: sqlite3.Connection, at: Recorded, event: RunStarted) -> None:
    if not event.previous_run_sealed:
        _note(db, at, event)


def _note_failed(db: sqlite3.Connection, at: Recorded, event: TradeAbandoned) -> None:
    if event.failed:
        _note(db, at, event)


def _note_unhappy(db: sqlite3.Connection, at: Recorded, event: StrategyEnded) -> None:
    if event.status in ("failed", "parked", "worn", "day_over"):
        _note(db, at, event)


_ALWAYS = (
    ActorFailed,
    ActorRestarted,
    AccountParked,
    StreamLost,
    StreamFailed,
    FrameUnreadable,
    FramesMissed,
    OrderUnknown,
    OrderMissing,
    LateFillObserved,
    OtoRejected,
    OtoUnresolved,
    OtoNotSent,
    LegTimedOut,
    TradePartlyCompleted,
    VolumeUnavailable,
)

PROBLEMS = View(
    name="problems",
    schema=SCHEMA,
    handlers={
        **dict.fromkeys(_ALWAYS, _note),
        RunStarted: _note_unsealed,
        TradeAbandoned: _note_failed,
        StrategyEnded: _note_unhappy,
    },
)
