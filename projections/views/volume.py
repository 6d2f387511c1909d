"""What an account's trades of a token should have counted, and what the venue said, each time that it was asked.

The venue counts by UTC days. What it says first on a day is taken as it is; from then on, each trade that ends adds the
credit that is expected of it, and every later figure is compared with that sum.
"""

from decimal import Decimal

from events.base import Recorded
from events.strategies import StrategyResumed, StrategyStarted
from events.trades import TradeCompleted, TradePartlyCompleted
from events.volumes import CreditRateObserved, VolumeObserved
from projections.views.amounts import ZERO, amount, minus, plus, utc_day
from projections.views.base import View
from projections.views.table import Amount, Book, Row, Table


class VolumeRow(Row):
    position: int
    at: int
    day: str
    user_id: int
    token: str
    observed: Amount
    expected: Amount | None
    difference: Amount | None
    trades: int
    credit: Amount


class DayRow(Row):
    user_id: int
    token: str
    day: str
    first: Amount | None
    trades: int
    credit: Amount


class RateRow(Row):
    position: int
    at: int
    day: str
    user_id: int
    token: str
    batch: int
    trades: int
    expected: Amount
    measured: Amount


class TradedRow(Row):
    user_id: int
    strategy_id: str
    token: str


VOLUME_ROWS = Table(
    "volume",
    VolumeRow,
    ("position", "token"),
    words={
        "at": "when the venue was asked, ms since the epoch (UTC)",
        "observed": "what the venue said that it has counted on this day, USDT",
        "expected": "what it should have counted: its first figure of the day and the credit of the trades since",
        "difference": "observed less expected, USDT",
        "trades": "trades that ended since the first figure of the day",
        "credit": "credit expected of these, USDT",
    },
    indexes=(("user_id", "day"), ("at",)),
)
DAY_ROWS = Table(
    "volume_days",
    DayRow,
    ("user_id", "token"),
    words={
        "day": "the newest UTC day of which anything is known",
        "first": "what the venue said first on this day, USDT",
        "trades": "trades that ended since then",
        "credit": "credit expected of these, USDT",
    },
)
RATE_ROWS = Table(
    "volume_rates",
    RateRow,
    ("position",),
    words={
        "trades": "trades of the batch",
        "expected": "credit that was expected of each, USDT",
        "measured": "credit that the venue was seen to count for each, USDT",
    },
    indexes=(("user_id", "day"),),
)
TRADED_ROWS = Table("volume_tokens", TradedRow, ("user_id", "strategy_id"), words={})


def _agreed(book: Book, _at: Recorded, event: StrategyStarted | StrategyResumed) -> None:
    terms = event.terms
    book[TRADED_ROWS].put(TradedRow(terms.user_id, terms.strategy_id, terms.ticker))
    if book[DAY_ROWS].get(terms.user_id, terms.ticker) is None:
        book[DAY_ROWS].put(DayRow(terms.user_id, terms.ticker, "", None, 0, ZERO))


def _day(book: Book, user_id: int, token: str, day: str) -> DayRow:
    row = book[DAY_ROWS].edit(user_id, token)
    if row is None:
        return book[DAY_ROWS].put(DayRow(user_id, token, day, None, 0, ZERO))
    if row.day != day:
        # A day that begins while we trade begins at nothing; the first day of all begins where the venue says.
        row.day, row.first, row.trades, row.credit = day, None, 0, ZERO
    return row


def _traded(book: Book, at: Recorded, event: TradeCompleted | TradePartlyCompleted) -> None:
    traded = book[TRADED_ROWS].get(event.user_id, event.strategy_id)
    if traded is None:
        return
    row = _day(book, event.user_id, traded.token, utc_day(at.meta.ts_init))
    if row.first is None:
        row.first = ZERO
    row.trades += 1
    row.credit = plus(row.credit, event.credit_expected)


def _observed(book: Book, at: Recorded, event: VolumeObserved) -> None:
    said = {each.ticker: each.volume for each in event.tokens}
    ours = {row.token for row in book[DAY_ROWS].every() if row.user_id == event.user_id}
    for token in sorted(said.keys() | ours):
        _compare(book, at, event.user_id, token, said.get(token, Decimal(0)))


def _compare(book: Book, at: Recorded, user_id: int, token: str, volume: Decimal) -> None:
    row = _day(book, user_id, token, utc_day(at.meta.ts_init))
    observed = amount(volume)
    expected = None if row.first is None else plus(row.first, row.credit)
    if row.first is None:
        row.first = observed
    difference = None if expected is None else minus(observed, expected)
    book[VOLUME_ROWS].append(
        VolumeRow(
            at.position,
            at.meta.ts_init,
            row.day,
            user_id,
            token,
            observed,
            expected,
            difference,
            row.trades,
            row.credit,
        )
    )


def _rate_observed(book: Book, at: Recorded, event: CreditRateObserved) -> None:
    traded = book[TRADED_ROWS].get(event.user_id, event.strategy_id)
    token, now = traded.token if traded else "", at.meta.ts_init
    rates = amount(event.expected), amount(event.measured)
    row = RateRow(at.position, now, utc_day(now), event.user_id, token, event.batch, event.trades, *rates)
    book[RATE_ROWS].append(row)


VOLUME = View(
    name="volume",
    module=__name__,
    tables=(VOLUME_ROWS, RATE_ROWS, DAY_ROWS, TRADED_ROWS),
    handlers={
        StrategyStarted: _agreed,
        StrategyResumed: _agreed,
        TradeCompleted: _traded,
        TradePartlyCompleted: _traded,
        VolumeObserved: _observed,
        CreditRateObserved: _rate_observed,
    },
)
