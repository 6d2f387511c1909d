"""What each strategy of each account is doing right now, in words, and how fast its trades go.

`trade` is the number of the trade in hand, or of the last one, in `batch` of
`batch_trades`. `paced_trades` trades ended between `pace_from` and `pace_to`, all since this run began or resumed.
"""

from collections.abc import Callable
from typing import Any

from events.accounts import StopRequested, TradingPaused, TradingResumed
from events.base import Event, Recorded
from events.control import AccountResumed
from events.orders import (
    CancelAnswered,
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
from events.strategies import (
    BatchCompleted,
    BatchPlanned,
    StrategyAdmitted,
    StrategyEnded,
    StrategyQueued,
    StrategyResumed,
    StrategyStarted,
    TurnAwaited,
    TurnDelayed,
    TurnGivenUp,
    VolumeChecked,
    VolumeCheckFailed,
    VolumeCheckRequested,
    VolumeDoubted,
)
from events.system import AccountParked
from events.trades import QuoteObserved, TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.volumes import CreditRateObserved, MulPointChanged, TargetReached
from projections.figures import counted
from projections.views.amounts import amount
from projections.views.base import Handler, View
from projections.views.table import Amount, Book, Flag, Row, Table
from projections.words.orders import LEG_NAMES, unaccepted


class ActivityRow(Row):
    user_id: int
    strategy_id: str
    state: str
    started_at: int
    updated_at: int
    over: Flag = Flag(0)
    batch: int = 0
    trade: int = 0
    batch_trades: int = 0
    credit_per_trade: Amount | None = None
    last_price: Amount | None = None
    mul_point: int | None = None
    trade_id: str | None = None
    pace_from: int | None = None
    pace_to: int | None = None
    paced_trades: int = 0


ACTIVITY_ROWS = Table(
    "activity",
    ActivityRow,
    ("user_id", "strategy_id"),
    words={
        "state": "what it is doing, in words",
        "over": "1 when it has ended",
        "trade": "number of the trade in hand, or of the last one, in its batch",
        "batch_trades": "how many trades the batch has",
        "credit_per_trade": "what the venue is expected to count for a trade, USDT",
        "last_price": "the price that the last trade was decided on, USDT",
        "mul_point": "the venue's multiplier of the token",
        "started_at": "when it began, ms since the epoch (UTC)",
        "updated_at": "when the state began, ms since the epoch (UTC)",
        "pace_from": "start of the first trade since this run began or resumed, ms since the epoch (UTC)",
        "pace_to": "start of the last trade but the first, ms since the epoch (UTC)",
        "paced_trades": "trades that ended between the two",
    },
)

ENDINGS = {"reached": "target reached", "skipped": "skipped: already at target"}
"""How an ended strategy is described; the other statuses stand for themselves, with their reason."""

STATES: dict[type[Event], Callable[[Any], str]] = {
    VolumeCheckRequested: lambda _: "asking the venue for the volume",
    VolumeChecked: lambda e: "planning" if e.settled else "waiting for the venue to count",
    VolumeDoubted: lambda _: "waiting for the venue's new day",
    VolumeCheckFailed: lambda e: f"waiting to ask again, the venue did not tell the volume: {e.message}",
    StrategyQueued: lambda _: "waiting for its turn",
    StrategyAdmitted: lambda _: "beginning to trade",
    TurnAwaited: lambda e: f"waiting for its turn on {e.symbol}",
    TurnDelayed: lambda e: (
        f"blocked: {e.blocked}" if e.blocked else f"waiting for its turn on {e.symbol}: user {e.holder} trades it"
    ),
    TurnGivenUp: lambda _: "pausing",
    BatchPlanned: lambda e: f"batch of {counted(e.planned_trades, 'trade')} planned",
    TradeStarted: lambda _: "asking for a price",
    QuoteObserved: lambda _: "deciding the order",
    OtoRequested: lambda _: "placing the order",
    OtoAccepted: lambda _: "waiting for the buy",
    OtoRejected: lambda e: f"placement rejected: {e.message}",
    OtoNotSent: lambda e: f"placement not sent: {e.message}",
    OtoUnresolved: lambda e: f"looking for the order: {unaccepted(e)}",
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
    CancelAnswered: lambda e: f"the cancel of order {e.venue_order_id} was answered: {e.outcome}",
    LookRequested: lambda e: f"looking at the venue's order lists: {e.reason}",
}
"""The same for events that name their trade only."""


def _edit(book: Book, event: Any) -> ActivityRow | None:
    return book[ACTIVITY_ROWS].edit(event.user_id, event.strategy_id)


def _enter(book: Book, at: Recorded, event: Any) -> ActivityRow | None:
    row = _edit(book, event)
    if row is not None:
        row.state, row.updated_at = STATES[type(event)](event), at.meta.ts_init
    return row


def _entered(book: Book, at: Recorded, event: Any) -> None:
    _enter(book, at, event)


def _started(book: Book, at: Recorded, event: StrategyStarted) -> None:
    now, terms = at.meta.ts_init, event.terms
    book[ACTIVITY_ROWS].put(ActivityRow(terms.user_id, terms.strategy_id, "starting", now, now))


def _resumed(book: Book, at: Recorded, event: StrategyResumed) -> None:
    if row := _edit(book, event):
        row.state, row.over, row.updated_at = "resuming", Flag(0), at.meta.ts_init
        row.pace_from, row.pace_to, row.paced_trades = None, None, 0


def _planned(book: Book, at: Recorded, event: BatchPlanned) -> None:
    if row := _enter(book, at, event):
        row.batch, row.trade, row.batch_trades = event.batch, 0, event.planned_trades
        row.credit_per_trade, row.mul_point = amount(event.credit_per_trade), event.mul_point


def _trade_started(book: Book, at: Recorded, event: TradeStarted) -> None:
    if row := _enter(book, at, event):
        row.trade_id, row.trade = event.trade_id, event.number
        row.batch, row.batch_trades = event.batch, event.planned_trades
        if row.pace_from is None:
            row.pace_from = at.meta.ts_init
        else:
            row.pace_to = at.meta.ts_init
            row.paced_trades += 1


def _quoted(book: Book, at: Recorded, event: QuoteObserved) -> None:
    if row := _enter(book, at, event):
        row.last_price, row.mul_point = amount(event.price), event.mul_point


def _enter_by_trade(book: Book, at: Recorded, event: Any) -> None:
    for row in book[ACTIVITY_ROWS].every():
        if row.trade_id == event.trade_id and row.user_id == event.user_id:
            _change_state(book, row, TRADE_STATES[type(event)](event), at.meta.ts_init)


def _change_state(book: Book, found: ActivityRow, state: str, now: int) -> None:
    if row := _edit(book, found):
        row.state, row.updated_at = state, now


def _credit_measured(book: Book, at: Recorded, event: CreditRateObserved) -> None:
    if row := _enter(book, at, event):
        row.credit_per_trade = amount(event.measured)


def _multiplier_changed(book: Book, at: Recorded, event: MulPointChanged) -> None:
    if row := _enter(book, at, event):
        row.mul_point = event.after


def _ended(book: Book, at: Recorded, event: StrategyEnded) -> None:
    because = f"{event.status}: {event.reason}" if event.reason else event.status
    if row := _edit(book, event):
        row.state, row.over, row.updated_at = ENDINGS.get(event.status, because), Flag(1), at.meta.ts_init


def _concerned(event: Any, row: ActivityRow) -> bool:
    return getattr(event, "strategy_id", "") in ("", row.strategy_id)


def _whole_account(state: Callable[[Any], str]) -> Handler:
    def handler(book: Book, at: Recorded, event: Any) -> None:
        for row in book[ACTIVITY_ROWS].every():
            if row.user_id == event.user_id and not row.over and _concerned(event, row):
                _change_state(book, row, state(event), at.meta.ts_init)

    return handler


ACTIVITY = View(
    name="activity",
    module=__name__,
    tables=(ACTIVITY_ROWS,),
    handlers={
        **dict.fromkeys(STATES, _entered),
        **dict.fromkeys(TRADE_STATES, _enter_by_trade),
        StrategyStarted: _started,
        StrategyResumed: _resumed,
        BatchPlanned: _planned,
        TradeStarted: _trade_started,
        QuoteObserved: _quoted,
        CreditRateObserved: _credit_measured,
        MulPointChanged: _multiplier_changed,
        StrategyEnded: _ended,
        TradingPaused: _whole_account(lambda e: f"paused: {e.reason}"),
        TradingResumed: _whole_account(lambda _: "going on"),
        StopRequested: _whole_account(lambda e: "stopping now" if e.now else "stopping after the trade in hand"),
        AccountResumed: _whole_account(lambda _: "going on"),
        AccountParked: _whole_account(lambda e: f"parked: {e.reason}"),
    },
)
