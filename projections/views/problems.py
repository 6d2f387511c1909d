"""What went wrong, newest last: failed and restarted actors, lost streams, refused or failed trades, parked accounts.

`user_id` is NULL for what concerns no single account.
"""

from events.accounts import AccountQuieted
from events.base import Event, Recorded
from events.executions import FramesMissed, FrameUnreadable
from events.orders import (
    LateFillObserved,
    LegTimedOut,
    OrderMissing,
    OrderUnknown,
    OtoNotSent,
    OtoRejected,
    OtoUnresolved,
)
from events.strategies import StrategyEnded, TurnDelayed
from events.system import AccountParked, ActorFailed, ActorRestarted, LogCut, RunStarted, StreamFailed, StreamLost
from events.trades import TradeAbandoned, TradePartlyCompleted
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


def is_problem(event: Event) -> bool:
    """Whether an event belongs among what went wrong."""
    if isinstance(event, RunStarted):
        return not event.previous_run_sealed
    if isinstance(event, TradeAbandoned):
        return event.failed
    if isinstance(event, StrategyEnded):
        return event.status in ("failed", "parked", "worn", "day_over")
    if isinstance(event, TurnDelayed):
        return bool(event.blocked)
    return isinstance(event, _ALWAYS)


def _note(book: Book, at: Recorded, event: Event) -> None:
    if is_problem(event):
        row = ProblemRow(at.position, at.meta.ts_init, account_of(event), in_words(event))
        book[PROBLEM_ROWS].append(row)


_ALWAYS = (
    LogCut,
    ActorFailed,
    ActorRestarted,
    AccountParked,
    AccountQuieted,
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
    handlers=dict.fromkeys((*_ALWAYS, RunStarted, TradeAbandoned, StrategyEnded, TurnDelayed), _note),
)
