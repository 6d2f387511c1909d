"""Whether each account's user stream is up, since when, why not, and how often it had to be replaced.

`state` is `up`, `down` (being replaced), `failed` (given up) or `closed` (by us). Streams live in a run: a new run
knows of none. `since` is in milliseconds since the epoch.
"""

import sqlite3

from events.base import Recorded
from events.system import RunStarted, StreamClosed, StreamConnected, StreamFailed, StreamLost
from projections.views.base import View

SCHEMA = """
CREATE TABLE streams (
    user_id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    reason TEXT NOT NULL,
    reconnects INTEGER NOT NULL DEFAULT 0
);
"""

_CHANGE = (
    "INSERT INTO streams (user_id, state, since, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " reconnects = reconnects + (state = 'down' AND excluded.state = 'up'),"
    " since = CASE WHEN state = excluded.state THEN since ELSE excluded.since END,"
    " state = excluded.state, reason = excluded.reason"
)


def _connected(db: sqlite3.Connection, at: Recorded, event: StreamConnected) -> None:
    db.execute(_CHANGE, (event.user_id, "up", at.meta.ts_init, ""))


def _lost(db: sqlite3.Connection, at: Recorded, event: StreamLost) -> None:
    db.execute(_CHANGE, (event.user_id, "down", at.meta.ts_init, event.reason))


def _failed(db: sqlite3.Connection, at: Recorded, event: StreamFailed) -> None:
    db.execute(_CHANGE, (event.user_id, "failed", at.meta.ts_init, event.reason))


def _closed(db: sqlite3.Connection, at: Recorded, event: StreamClosed) -> None:
    db.execute(_CHANGE, (event.user_id, "closed", at.meta.ts_init, event.reason))


def _run_started(db: sqlite3.Connection, _at: Recorded, _event: RunStarted) -> None:
    db.execute("DELETE FROM streams")


STREAMS = View(
    name="streams",
    schema=SCHEMA,
    handlers={
        RunStarted: _run_started,
        StreamConnected: _connected,
        StreamLost: _lost,
        StreamFailed: _failed,
        StreamClosed: _closed,
    },
)
