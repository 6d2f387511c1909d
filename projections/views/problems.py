"""What went wrong, newest last: failed and restarted actors, lost streams, refused or failed trades, parked accounts.

`user_id` is NULL for what concerns no single account.
"""

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
from projections.views.table import Book, Row, Table
from projections.words import account_of, in_words


class ProblemRow(Row):
    position: int
    at: int
    user_id: int | None
    text: str


PROBLEM_ROWS = Table("problems", ProblemRow, ("position",), words={"text": "what went wrong, and why"})


def _note(book: Book, at: Recorded, _event: object) -> None:
    row = ProblemRow(at.position, at.meta.ts_init, account_of(at.event), in_words(at.event))
    book[PROBLEM_ROWS].append(row)


def _note_unsealed(book: Book, at: Recorded, event: RunStarted) -> None:
    if not event.previous_run_sealed:
        _note(book, at, event)


def _note_failed(book: Book, at: Recorded, event: TradeAbandoned) -> None:
    if event.failed:
        _note(book, at, event)


def _note_unhappy(book: Book, at: Recorded, event: StrategyEnded) -> None:
    if event.status in ("failed", "parked", "worn", "day_over"):
        _note(book, at, event)


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
    module=__name__,
    tables=(PROBLEM_ROWS,),
    handlers={
        **dict.fromkeys(_ALWAYS, _note),
        RunStarted: _note_unsealed,
        TradeAbandoned: _note_failed,
        StrategyEnded: _note_unhappy,
    },
)
