"""Every run of a strategy for an account, from its start to its end, however many there were.

A strategy that goes on after a crash goes on with its row; one that is started anew gets another.
"""

from typing import Any

from events.base import Recorded
from events.inventory import CoinsSwept
from events.orders import LateFillObserved
from events.strategies import BatchPlanned, StrategyEnded, StrategyResumed, StrategyStarted, VolumeChecked
from events.system import RunEnded, RunStarted
from events.trades import TradeAbandoned, TradeCompleted, TradePartlyCompleted
from projections.views.amounts import ZERO, amount, plus
from projections.views.base import View
from projections.views.table import Amount, Book, Row, Table


class StrategyRow(Row):
    position: int
    user_id: int
    strategy_id: str
    token: str
    chain: str
    run_id: str
    status: str
    reason: str
    started_at: int
    ended_at: int | None
    resumed: int
    target_volume: Amount
    trade_amount: Amount
    first_volume: Amount | None
    last_volume: Amount | None
    batches: int
    planned_trades: int
    completed_trades: int
    failed_trades: int
    credit_expected: Amount
    wear: Amount


class NewestRow(Row):
    user_id: int
    strategy_id: str
    position: int


STRATEGY_ROWS = Table(
    "strategies",
    StrategyRow,
    ("position",),
    words={
        "position": "where in the log it begins",
        "chain": "the token's chain",
        "run_id": "the run in which it started, or last went on",
        "status": "running, how it ended, or interrupted when the program ended under it",
        "started_at": "when it began, ms since the epoch (UTC)",
        "ended_at": "when it was over, ms since the epoch (UTC)",
        "resumed": "how often it went on after the program had ended under it",
        "target_volume": "what the venue was to count on a UTC day, USDT",
        "trade_amount": "what one trade spends, USDT",
        "first_volume": "what the venue had counted at its beginning, USDT",
        "last_volume": "what the venue said last, USDT",
        "batches": "batches planned",
        "planned_trades": "trades of all batches",
        "completed_trades": "trades that bought something",
        "failed_trades": "trades that failed",
        "credit_expected": "what its trades should count, USDT",
        "wear": "what its trades cost, USDT",
    },
    indexes=(("user_id", "strategy_id"), ("started_at",)),
)
NEWEST_ROWS = Table(
    "strategies_newest",
    NewestRow,
    ("user_id", "strategy_id"),
    words={"position": "its newest row in strategies"},
)


def _edit(book: Book, event: Any) -> StrategyRow | None:
    newest = book[NEWEST_ROWS].get(event.user_id, event.strategy_id)
    return None if newest is None else book[STRATEGY_ROWS].edit(newest.position)


def _started(book: Book, at: Recorded, event: StrategyStarted) -> None:
    terms = event.terms
    book[NEWEST_ROWS].put(NewestRow(terms.user_id, terms.strategy_id, at.position))
    book[STRATEGY_ROWS].put(
        StrategyRow(
            position=at.position,
            user_id=terms.user_id,
            strategy_id=terms.strategy_id,
            token=terms.ticker,
            chain=terms.chain,
            run_id=event.run_id,
            status="running",
            reason="",
            started_at=at.meta.ts_init,
            ended_at=None,
            resumed=0,
            target_volume=amount(terms.target_volume),
            trade_amount=amount(terms.amount),
            first_volume=None,
            last_volume=None,
            batches=0,
            planned_trades=0,
            completed_trades=0,
            failed_trades=0,
            credit_expected=ZERO,
            wear=ZERO,
        )
    )


def _resumed(book: Book, _at: Recorded, event: StrategyResumed) -> None:
    if row := _edit(book, event):
        row.run_id, row.status, row.reason, row.ended_at = event.run_id, "running", "", None
        row.target_volume, row.trade_amount = amount(event.terms.target_volume), amount(event.terms.amount)
        row.resumed += 1


def _checked(book: Book, _at: Recorded, event: VolumeChecked) -> None:
    if row := _edit(book, event):
        row.last_volume = amount(event.volume)
        if row.first_volume is None:
            row.first_volume = row.last_volume


def _planned(book: Book, _at: Recorded, event: BatchPlanned) -> None:
    if row := _edit(book, event):
        row.batches += 1
        row.planned_trades += event.planned_trades


def _traded(book: Book, _at: Recorded, event: TradeCompleted | TradePartlyCompleted) -> None:
    if row := _edit(book, event):
        row.completed_trades += 1
        row.credit_expected = plus(row.credit_expected, event.credit_expected)
        row.wear = plus(row.wear, event.wear)


def _more_wear(book: Book, _at: Recorded, event: LateFillObserved | CoinsSwept) -> None:
    if row := _edit(book, event):
        row.wear = plus(row.wear, event.wear)


def _abandoned(book: Book, _at: Recorded, event: TradeAbandoned) -> None:
    if event.failed and (row := _edit(book, event)):
        row.failed_trades += 1


def _ended(book: Book, at: Recorded, event: StrategyEnded) -> None:
    if row := _edit(book, event):
        row.status, row.reason, row.ended_at = event.status, event.reason, at.meta.ts_init
        if event.current_volume is not None:
            row.last_volume = amount(event.current_volume)


def _interrupt(book: Book, at: Recorded, _event: RunStarted | RunEnded) -> None:
    for newest in book[NEWEST_ROWS].every():
        row = book[STRATEGY_ROWS].get(newest.position)
        if row is not None and row.status == "running" and (row := book[STRATEGY_ROWS].edit(newest.position)):
            row.status, row.ended_at = "interrupted", at.meta.ts_init


STRATEGIES = View(
    name="strategies",
    module=__name__,
    tables=(STRATEGY_ROWS, NEWEST_ROWS),
    handlers={
        RunStarted: _interrupt,
        RunEnded: _interrupt,
        StrategyStarted: _started,
        StrategyResumed: _resumed,
        VolumeChecked: _checked,
        BatchPlanned: _planned,
        TradeCompleted: _traded,
        TradePartlyCompleted: _traded,
        TradeAbandoned: _abandoned,
        LateFillObserved: _more_wear,
        CoinsSwept: _more_wear,
        StrategyEnded: _ended,
    },
)
