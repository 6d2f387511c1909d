"""What trading cost: for each account, strategy and UTC day. What each trade cost stands in `trades`.

As for the operator's limits, a trade belongs to the day on which it ended, what a late fill adds to the day on which it
came, and the turnover is what was bought.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from events.base import Recorded
from events.inventory import CoinsSwept
from events.orders import LateFillObserved
from events.trades import TradeCompleted, TradePartlyCompleted
from projections.views.amounts import ZERO, amount, plus, utc_day
from projections.views.base import View
from projections.views.table import Amount, Book, Row, Table

HUNDREDTH = Decimal("0.01")
BPS = Decimal(10_000)


class WearRow(Row):
    user_id: int
    strategy_id: str
    day: str
    trades: int = 0
    turnover: Amount = ZERO
    wear: Amount = ZERO
    late_wear: Amount = ZERO
    wear_bps: Amount | None = None


WEAR_ROWS = Table(
    "wear",
    WearRow,
    ("user_id", "strategy_id", "day"),
    words={
        "trades": "trades that bought something",
        "turnover": "what was bought, USDT",
        "wear": "what that cost, USDT",
        "late_wear": "how much of it came on this day by fills of trades that were over, USDT",
        "wear_bps": "the same in hundredths of a percent of the turnover",
    },
    indexes=(("day",),),
)


def _traded(book: Book, at: Recorded, event: TradeCompleted | TradePartlyCompleted) -> None:
    row = _row(book, at, event)
    row.trades += 1
    row.turnover = plus(row.turnover, event.buy.quote)
    _wear(row, event.wear)


def _more_wear(book: Book, at: Recorded, event: LateFillObserved | CoinsSwept) -> None:
    row = _row(book, at, event)
    row.late_wear = plus(row.late_wear, event.wear)
    _wear(row, event.wear)


def _row(book: Book, at: Recorded, event: Any) -> WearRow:
    key = (event.user_id, event.strategy_id, utc_day(at.meta.ts_init))
    return book[WEAR_ROWS].edit(*key) or book[WEAR_ROWS].put(WearRow(*key))


def _wear(row: WearRow, wear: Decimal) -> None:
    row.wear = plus(row.wear, wear)
    row.wear_bps = wear_bps(Decimal(row.wear), Decimal(row.turnover))


def wear_bps(wear: Decimal, turnover: Decimal) -> Amount | None:
    """Wear in hundredths of a percent of what was bought, rounded to two decimals; None where nothing was bought."""
    if not turnover:
        return None
    return amount((wear * BPS / turnover).quantize(HUNDREDTH, ROUND_HALF_EVEN))


WEAR = View(
    name="wear",
    module=__name__,
    tables=(WEAR_ROWS,),
    handlers={
        TradeCompleted: _traded,
        TradePartlyCompleted: _traded,
        LateFillObserved: _more_wear,
        CoinsSwept: _more_wear,
    },
)
