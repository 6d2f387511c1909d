"""How far each strategy of each account is: targets, volumes, counts, wear.

Counts and wear are of the strategy's current run: StrategyStarted begins anew, StrategyResumed goes on, and a sweep
adds its wear to what stands there.
`current_volume` is what the venue said last; `expected_volume` adds the credit expected of trades since then. `status`
is `running`, one of StrategyStatus, or `interrupted` when the program ended under the strategy.
"""

from typing import Any

from events.base import Recorded
from events.control import AccountPaused, AccountResumed
from events.inventory import CoinsSwept
from events.orders import LateFillObserved
from events.strategies import BatchPlanned, StrategyEnded, StrategyResumed, StrategyStarted, VolumeChecked
from events.system import RunEnded, RunStarted
from events.trades import TradeAbandoned, TradeCompleted, TradePartlyCompleted
from events.volumes import TargetReached
from projections.views.amounts import ZERO, amount, plus
from projections.views.base import View
from projections.views.table import Amount, Book, Row, Table


class ProgressRow(Row):
    user_id: int
    strategy_id: str
    run_id: str
    token: str
    target_volume: Amount
    current_volume: Amount | None = None
    expected_volume: Amount | None = None
    planned_trades: int = 0
    completed_trades: int = 0
    failed_trades: int = 0
    wear: Amount = ZERO
    status: str = "running"
    reason: str = ""


class NewestRunRow(Row):
    only_row: int
    run_id: str
    position: int


class PauseRow(Row):
    user_id: int
    strategy_id: str
    by: str


PROGRESS_ROWS = Table(
    "progress",
    ProgressRow,
    ("user_id", "strategy_id"),
    words={
        "target_volume": "what the venue is to count on a UTC day, USDT",
        "current_volume": "what the venue said last, USDT",
        "expected_volume": "the same with the credit expected of trades since then, USDT",
        "planned_trades": "trades of all batches planned so far",
        "completed_trades": "trades that bought something",
        "failed_trades": "trades that failed",
        "wear": "what its trades cost, USDT",
        "status": "running, how it ended, or interrupted when the program ended under it",
        "reason": "why it ended without reaching its target; while it runs, who paused it",
    },
)
PAUSES = Table(
    "pauses",
    PauseRow,
    ("user_id", "strategy_id"),
    words={
        "strategy_id": "the strategy that was paused; empty: all of the account",
        "by": "who paused it",
    },
)
NEWEST_RUN = Table("newest_run", NewestRunRow, ("only_row",), words={"position": "where the newest run begins"})


def _edit(book: Book, event: Any) -> ProgressRow | None:
    return book[PROGRESS_ROWS].edit(event.user_id, event.strategy_id)


def _started(book: Book, _at: Recorded, event: StrategyStarted) -> None:
    terms = event.terms
    standing = book[PROGRESS_ROWS].edit(terms.user_id, terms.strategy_id) if terms.sweep else None
    if standing is not None:
        standing.run_id, standing.status, standing.reason = event.run_id, "running", _pause_of(book, standing)
        return
    volume = amount(terms.target_volume)
    row = ProgressRow(terms.user_id, terms.strategy_id, event.run_id, terms.ticker, volume)
    row.reason = _pause_of(book, row)
    book[PROGRESS_ROWS].put(row)


def _resumed(book: Book, at: Recorded, event: StrategyResumed) -> None:
    row = _edit(book, event)
    if row is None:
        _started(book, at, StrategyStarted(run_id=event.run_id, terms=event.terms))
        return
    row.run_id, row.token, row.status = event.run_id, event.terms.ticker, "running"
    row.reason = _pause_of(book, row)
    row.target_volume = amount(event.terms.target_volume)


def _paused(book: Book, _at: Recorded, event: AccountPaused) -> None:
    book[PAUSES].put(PauseRow(event.user_id, event.strategy_id, event.by.name))
    _say_who_paused(book, event.user_id)


def _unpaused(book: Book, _at: Recorded, event: AccountResumed) -> None:
    for row in book[PAUSES].every():
        if row.user_id == event.user_id and event.strategy_id in ("", row.strategy_id):
            book[PAUSES].remove(row.user_id, row.strategy_id)
    _say_who_paused(book, event.user_id)


def _say_who_paused(book: Book, user_id: int) -> None:
    for one in book[PROGRESS_ROWS].every():
        if one.user_id == user_id and one.status == "running" and (row := _edit(book, one)):
            row.reason = _pause_of(book, row)


def _pause_of(book: Book, row: ProgressRow) -> str:
    pauses = (book[PAUSES].get(row.user_id, strategy_id) for strategy_id in ("", row.strategy_id))
    by = next((one.by for one in pauses if one is not None), "")
    return f"paused by {by}" if by else ""


def _checked(book: Book, _at: Recorded, event: VolumeChecked) -> None:
    if row := _edit(book, event):
        row.current_volume = row.expected_volume = amount(event.volume)


def _reached(book: Book, _at: Recorded, event: TargetReached) -> None:
    if row := _edit(book, event):
        row.current_volume = row.expected_volume = amount(event.current_volume)


def _planned(book: Book, _at: Recorded, event: BatchPlanned) -> None:
    if row := _edit(book, event):
        row.planned_trades += event.planned_trades


def _traded(book: Book, _at: Recorded, event: TradeCompleted | TradePartlyCompleted) -> None:
    if row := _edit(book, event):
        row.completed_trades += 1
        row.wear = plus(row.wear, event.wear)
        row.expected_volume = plus(row.expected_volume or ZERO, event.credit_expected)


def _more_wear(book: Book, _at: Recorded, event: LateFillObserved | CoinsSwept) -> None:
    if row := _edit(book, event):
        row.wear = plus(row.wear, event.wear)


def _abandoned(book: Book, _at: Recorded, event: TradeAbandoned) -> None:
    if event.failed and (row := _edit(book, event)):
        row.failed_trades += 1


def _ended(book: Book, _at: Recorded, event: StrategyEnded) -> None:
    if row := _edit(book, event):
        row.status, row.reason = event.status, "" if event.status == "reached" else event.reason


def _run_started(book: Book, at: Recorded, event: RunStarted) -> None:
    _interrupt(book)
    book[NEWEST_RUN].put(NewestRunRow(1, event.run_id, at.position))


def _run_ended(book: Book, _at: Recorded, _event: RunEnded) -> None:
    _interrupt(book)


def _interrupt(book: Book) -> None:
    for row in book[PROGRESS_ROWS].edit_every():
        if row.status == "running":
            row.status = "interrupted"


PROGRESS = View(
    name="progress",
    module=__name__,
    tables=(PROGRESS_ROWS, NEWEST_RUN, PAUSES),
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
        LateFillObserved: _more_wear,
        CoinsSwept: _more_wear,
        TargetReached: _reached,
        StrategyEnded: _ended,
        AccountPaused: _paused,
        AccountResumed: _unpaused,
    },
)
