"""Whether each account's user stream is up, since when, why not, and how often it had to be replaced.

`state` is `up`, `down` (being replaced), `failed` (given up) or `closed` (by us). Streams live in a run: a new run
knows of none.
"""

from events.base import Recorded
from events.system import RunStarted, StreamClosed, StreamConnected, StreamFailed, StreamLost
from projections.views.base import View
from projections.views.table import Book, Row, Table


class StreamRow(Row):
    user_id: int
    state: str
    since: int
    reason: str
    reconnects: int = 0


STREAM_ROWS = Table(
    "streams",
    StreamRow,
    ("user_id",),
    words={
        "state": "up, down (being replaced), failed (given up) or closed (by us)",
        "since": "in this state since, ms since the epoch (UTC)",
        "reconnects": "how often it was up again after a loss, in this run",
    },
)


def _change(book: Book, at: Recorded, user_id: int, state: str, reason: str = "") -> None:
    row = book[STREAM_ROWS].edit(user_id)
    if row is None:
        book[STREAM_ROWS].put(StreamRow(user_id, state, at.meta.ts_init, reason))
        return
    row.reconnects += row.state == "down" and state == "up"
    if row.state != state:
        row.since = at.meta.ts_init
    row.state, row.reason = state, reason


def _connected(book: Book, at: Recorded, event: StreamConnected) -> None:
    _change(book, at, event.user_id, "up")


def _lost(book: Book, at: Recorded, event: StreamLost) -> None:
    _change(book, at, event.user_id, "down", event.reason)


def _failed(book: Book, at: Recorded, event: StreamFailed) -> None:
    _change(book, at, event.user_id, "failed", event.reason)


def _closed(book: Book, at: Recorded, event: StreamClosed) -> None:
    _change(book, at, event.user_id, "closed", event.reason)


def _run_started(book: Book, _at: Recorded, _event: RunStarted) -> None:
    for row in book[STREAM_ROWS].every():
        book[STREAM_ROWS].remove(row.user_id)


STREAMS = View(
    name="streams",
    module=__name__,
    tables=(STREAM_ROWS,),
    handlers={
        RunStarted: _run_started,
        StreamConnected: _connected,
        StreamLost: _lost,
        StreamFailed: _failed,
        StreamClosed: _closed,
    },
)
