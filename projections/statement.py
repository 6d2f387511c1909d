"""The day of an account on one page: what it traded, what that cost, what the venue counted, and what is left.

Every sum is that of the rows which `query trades`, `query fills` and `query wear` give for the same account and day.
Where two of them differ, the page says why, and names what it cannot explain.
"""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from functools import reduce

import msgspec

from projections.statement_lines import (
    NOTHING,
    CommissionLine,
    Difference,
    FillLine,
    InventoryLine,
    Statement,
    TradeLine,
    VolumeLine,
    WearLine,
)
from projections.views.amounts import DAY_MS, EXACT
from projections.views.wear import wear_bps

CENT, HUNDRED_MILLIONTH = Decimal("0.01"), Decimal("0.00000001")


def statement(db: sqlite3.Connection, user_id: int, day: str, starts_at: int) -> Statement:
    """The account's page for the UTC day `day`, which begins at `starts_at` (ms since the epoch)."""
    with_reader = _Reader(db, user_id, day)
    return Statement(
        user_id=user_id,
        day=day,
        trades=tuple(_trades(with_reader)),
        fills=tuple(_fills(with_reader)),
        commissions=tuple(_commissions(with_reader)),
        bought_differences=tuple(_executed_apart(with_reader, "BUY", "buy_quote")),
        sold_differences=tuple(_executed_apart(with_reader, "SELL", "exact_add(sell_quote, unwind_quote)")),
        wear=_wear(with_reader),
        volume=tuple(_volume(with_reader)),
        inventory=tuple(_inventory(db, user_id, starts_at)),
    )


class _Reader:
    """Questions about one account's day: `?1` is the account, `?2` the day."""

    def __init__(self, db: sqlite3.Connection, user_id: int, day: str) -> None:
        self._db = db
        self._key = (user_id, day)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self._db.execute(query, self._key).fetchall()


def _trades(reader: _Reader) -> Iterator[TradeLine]:
    for row in reader.rows(
        "SELECT strategy_id, token, sum(status = 'completed'), sum(status = 'partly_completed'),"
        " sum(status = 'failed'), sum(status = 'called_off'), exact_sum(buy_quote),"
        " exact_sum(exact_add(sell_quote, unwind_quote)), exact_sum(credit_expected)"
        " FROM trades WHERE user_id = ?1 AND day = ?2 GROUP BY strategy_id, token ORDER BY strategy_id, token"
    ):
        yield msgspec.convert(dict(zip(TradeLine.__struct_fields__, row, strict=True)), TradeLine)


def _fills(reader: _Reader) -> Iterator[FillLine]:
    for row in reader.rows(
        "SELECT symbol, side, count(*), exact_sum(last_qty), exact_sum(last_quote) FROM fills"
        " WHERE user_id = ?1 AND day = ?2 GROUP BY symbol, side ORDER BY symbol, side"
    ):
        yield msgspec.convert(dict(zip(FillLine.__struct_fields__, row, strict=True)), FillLine)


def _commissions(reader: _Reader) -> Iterator[CommissionLine]:
    for row in reader.rows(
        "SELECT commission_asset, exact_sum(commission) FROM fills"
        " WHERE user_id = ?1 AND day = ?2 GROUP BY commission_asset ORDER BY commission_asset"
    ):
        yield msgspec.convert(dict(zip(CommissionLine.__struct_fields__, row, strict=True)), CommissionLine)


def _executed_apart(reader: _Reader, side: str, of_trade: str) -> Iterator[Difference]:
    """What the fills of the day have more than the trades that ended on it, trade by trade."""
    filled = {
        str(trade_id): Decimal(str(quote))
        for trade_id, quote in reader.rows(
            "SELECT trade_id, exact_sum(last_quote) FROM fills"  # noqa: S608 - the side is ours
            f" WHERE user_id = ?1 AND day = ?2 AND side = '{side}' GROUP BY trade_id"
        )
    }
    ended = {
        str(trade_id): (Decimal(str(quote)), int(str(late)))
        for trade_id, quote, late in reader.rows(
            f"SELECT trade_id, {of_trade}, late_fills FROM trades WHERE user_id = ?1 AND day = ?2"  # noqa: S608 - ours
        )
    }
    for trade_id in sorted(filled.keys() | ended.keys()):
        booked, late = ended.get(trade_id, (NOTHING, 0))
        apart = EXACT.subtract(filled.get(trade_id, NOTHING), booked)
        if apart:
            yield _why_apart(trade_id, apart, ended=trade_id in ended, late=late)


def _why_apart(trade_id: str, apart: Decimal, *, ended: bool, late: int) -> Difference:
    if not trade_id:
        return Difference(amount=apart, why="fills of orders that are not known to be of a trade", explained=False)
    if not ended:
        return Difference(amount=apart, why=f"trade {trade_id} was filled on this day and had not ended on it")
    if late:
        return Difference(amount=apart, why=f"trade {trade_id} had {late} late fills, not all on this day")
    return Difference(amount=apart, why=f"trade {trade_id} has fills of another day")


def _wear(reader: _Reader) -> WearLine:
    (sums,) = reader.rows(
        "SELECT exact_sum(wear), exact_sum(late_wear), exact_sum(turnover) FROM wear WHERE user_id = ?1 AND day = ?2"
    )
    total, of_late, bought = (Decimal(str(one or 0)) for one in sums)
    of_trades = EXACT.subtract(total, of_late)
    return WearLine(
        wear=total, wear_bps=wear_bps(total, bought), turnover=bought, of_trades=of_trades, of_late_fills=of_late
    )


def _volume(reader: _Reader) -> Iterator[VolumeLine]:
    for token, observed, expected, credit in reader.rows(
        "SELECT token, observed, coalesce(expected, observed), credit FROM volume v WHERE user_id = ?1 AND day = ?2"
        " AND position = (SELECT max(position) FROM volume WHERE user_id = ?1 AND day = ?2 AND token = v.token)"
        " ORDER BY token"
    ):
        counted, should, added = (Decimal(str(one)) for one in (observed, expected, credit))
        difference = EXACT.subtract(counted, should)
        since = EXACT.subtract(_credit_of_day(reader, str(token)), added)
        yield VolumeLine(
            token=str(token),
            first=EXACT.subtract(should, added),
            credit=added,
            expected=should,
            counted=counted,
            difference=difference,
            differences=tuple(_counted_apart(reader, str(token), difference, since)),
            not_asked_since=since,
        )


def _credit_of_day(reader: _Reader, token: str) -> Decimal:
    """Of the trades that ended since the venue's first figure of the day, or since the day's beginning."""
    trades = reader.rows("SELECT token, credit FROM volume_days WHERE user_id = ?1 AND day = ?2")
    return next((Decimal(str(credit)) for name, credit in trades if name == token), _last_credit(reader, token))


def _last_credit(reader: _Reader, token: str) -> Decimal:
    rows = reader.rows("SELECT token, credit FROM volume WHERE user_id = ?1 AND day = ?2 ORDER BY position")
    return next((Decimal(str(credit)) for name, credit in reversed(rows) if name == token), NOTHING)


def _counted_apart(reader: _Reader, token: str, difference: Decimal, since: Decimal) -> Iterator[Difference]:
    """The parts of a difference between what the venue counted and what was expected of it; `since` is the credit of
    trades that ended after it was asked, whose buys it may have counted before.
    """
    left = difference
    measured_batches = set()
    for name, batch, trades, expected, measured in reader.rows(
        "SELECT token, batch, trades, expected, measured FROM volume_rates WHERE user_id = ?1 AND day = ?2"
        " ORDER BY position"
    ):
        if name != token or not left:
            continue
        each = EXACT.subtract(Decimal(str(measured)), Decimal(str(expected)))
        part = EXACT.multiply(each, Decimal(str(trades)))
        left = EXACT.subtract(left, part)
        measured_batches.add(batch)
        words = f"batch {batch}: the venue counted {measured} instead of {expected} for each of {trades} trades"
        yield Difference(amount=part, why=words)
    for named in _of_steps(reader, token, measured_batches, left):
        left = EXACT.subtract(left, named.amount)
        yield named
    if NOTHING < left <= since:
        yield Difference(amount=left, why="counted already: of trades that ended after the venue was last asked")
    elif left:
        yield Difference(amount=left, why="unexplained", explained=False)


def _of_steps(reader: _Reader, token: str, without: set[object], left: Decimal) -> Iterator[Difference]:
    """What is left, where whole steps of quantity account for it, but for a cent of each trade."""
    short = [
        EXACT.subtract(_ordered(price, quantity, mul_point), Decimal(str(credit)))
        for name, batch, price, quantity, mul_point, credit in reader.rows(
            "SELECT token, batch, buy_price, quantity, mul_point, credit_expected FROM trades"
            " WHERE user_id = ?1 AND day = ?2 AND status = 'completed' AND buy_price IS NOT NULL AND mul_point > 0"
        )
        if name == token and batch not in without
    ]
    of_steps = reduce(EXACT.add, short, NOTHING)
    cents = EXACT.subtract(left, of_steps)
    if not of_steps or not left or abs(cents) > CENT * len(short):
        return
    yield Difference(
        amount=of_steps, why=f"quantities are whole steps, so {len(short)} trades were of less than planned"
    )
    if cents:
        yield Difference(amount=cents, why="the venue counts whole cents")


def _ordered(price: object, quantity: object, mul_point: object) -> Decimal:
    """What an order of this price and quantity counts."""
    return (Decimal(str(price)) * Decimal(str(quantity)) / Decimal(str(mul_point))).quantize(HUNDRED_MILLIONTH)


def _inventory(db: sqlite3.Connection, user_id: int, starts_at: int) -> Iterator[InventoryLine]:
    assets = db.execute("SELECT DISTINCT asset FROM inventory WHERE user_id = ? ORDER BY asset", (user_id,)).fetchall()
    for (asset,) in assets:
        start = _held_before(db, user_id, asset, starts_at)
        end = _held_before(db, user_id, asset, starts_at + DAY_MS)
        acknowledged = _acknowledged(db, user_id, asset, starts_at)
        if any((*start, *end, acknowledged)):
            yield InventoryLine(
                asset=asset,
                dust_at_start=start[0],
                held_at_start=start[1],
                dust_at_end=end[0],
                held_at_end=end[1],
                acknowledged=acknowledged,
            )


def _held_before(db: sqlite3.Connection, user_id: int, asset: str, ms: int) -> tuple[Decimal, Decimal]:
    row = db.execute(
        "SELECT dust, held FROM inventory WHERE user_id = ? AND asset = ? AND at < ? ORDER BY at DESC, position DESC",
        (user_id, asset, ms),
    ).fetchone()
    return (Decimal(row[0]), Decimal(row[1])) if row else (NOTHING, NOTHING)


def _acknowledged(db: sqlite3.Connection, user_id: int, asset: str, starts_at: int) -> Decimal:
    (sum_of_changes,) = db.execute(
        "SELECT exact_sum(change) FROM inventory"
        " WHERE user_id = ? AND asset = ? AND at >= ? AND at < ? AND what = 'acknowledged'",
        (user_id, asset, starts_at, starts_at + DAY_MS),
    ).fetchone()
    return EXACT.subtract(NOTHING, Decimal(str(sum_of_changes or 0)))
