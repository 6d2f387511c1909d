"""Every trade: what was intended, what its legs came to, what it cost and what it should count.

`day` is the UTC day on which it ended. A late fill changes what a leg came to and what the trade cost.
"""

from typing import Any

from events.base import Recorded
from events.orders import LateFillObserved, OtoAccepted, OtoRequested
from events.strategies import StrategyResumed, StrategyStarted
from events.trades import QuoteObserved, TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.values import ExecutedLeg
from projections.views.amounts import ZERO, amount, minus, plus, utc_day
from projections.views.base import View
from projections.views.table import Amount, Book, Row, Table


class TradeRow(Row):
    trade_id: str
    user_id: int
    strategy_id: str
    token: str
    batch: int
    number: int
    status: str
    reason: str
    started_at: int
    ended_at: int | None
    day: str | None
    symbol: str
    quote_asset: str
    price: Amount | None
    mul_point: int | None
    buy_price: Amount | None
    sell_price: Amount | None
    quantity: Amount | None
    buy_order_id: str | None
    sell_order_id: str | None
    buy_qty: Amount
    buy_quote: Amount
    sell_qty: Amount
    sell_quote: Amount
    unwinds: int
    unwind_qty: Amount
    unwind_quote: Amount
    commissions: str
    credit_expected: Amount
    wear: Amount
    remainder: Amount
    late_fills: int
    late_wear: Amount
    position: int


class UnwindRow(Row):
    user_id: int
    venue_order_id: str
    quantity: Amount
    quote: Amount


class TermsRow(Row):
    user_id: int
    strategy_id: str
    token: str


TRADE_ROWS = Table(
    "trades",
    TradeRow,
    ("user_id", "trade_id"),
    words={
        "number": "number of the trade in its batch, from 1",
        "status": "running, completed, partly_completed, failed, or called_off before an order was placed",
        "started_at": "when it began, ms since the epoch (UTC)",
        "ended_at": "when it was over, ms since the epoch (UTC)",
        "day": "UTC day on which it was over",
        "quote_asset": "the asset that prices, wear and credit are in",
        "price": "the market price that it was decided on",
        "mul_point": "the venue's multiplier of the token",
        "buy_price": "limit of the buy",
        "sell_price": "limit of the sell",
        "quantity": "how many coins were to be bought",
        "buy_order_id": "the venue's id of the buy",
        "sell_order_id": "the venue's id of the sell",
        "buy_qty": "coins bought",
        "buy_quote": "paid for them",
        "sell_qty": "coins sold by the trade's own sell",
        "sell_quote": "received for them",
        "unwinds": "sales of leftover coins that followed",
        "unwind_qty": "coins sold by these",
        "unwind_quote": "received for these",
        "commissions": "commissions of all its orders, as amount and asset",
        "credit_expected": "what the venue should count for it, USDT",
        "wear": "what it cost: paid less received plus commissions in the quote asset, late fills included",
        "remainder": "coins left over, negative where dust of earlier trades was sold with them",
        "late_fills": "how often an order of it came to something else after it was over",
        "late_wear": "what that added to the wear",
        "position": "where in the log it begins",
    },
    indexes=(("started_at",), ("user_id", "day"), ("strategy_id",), ("position",)),
)
UNWIND_ROWS = Table(
    "trades_unwinds",
    UnwindRow,
    ("user_id", "venue_order_id"),
    words={"quantity": "coins that a sale of leftovers sold", "quote": "received for them"},
)
TERMS_ROWS = Table("trades_terms", TermsRow, ("user_id", "strategy_id"), words={})


def _agreed(book: Book, _at: Recorded, event: StrategyStarted | StrategyResumed) -> None:
    terms = event.terms
    book[TERMS_ROWS].put(TermsRow(terms.user_id, terms.strategy_id, terms.ticker))


def _edit(book: Book, event: Any) -> TradeRow | None:
    return book[TRADE_ROWS].edit(event.user_id, event.trade_id)


def _started(book: Book, at: Recorded, event: TradeStarted) -> None:
    terms = book[TERMS_ROWS].get(event.user_id, event.strategy_id)
    book[TRADE_ROWS].put(_new(at, event, terms.token if terms else ""))


def _new(at: Recorded, event: Any, token: str) -> TradeRow:
    return TradeRow(
        trade_id=event.trade_id,
        user_id=event.user_id,
        strategy_id=event.strategy_id,
        token=token,
        batch=event.batch,
        number=event.number,
        status="running",
        reason="",
        started_at=at.meta.ts_init,
        ended_at=None,
        day=None,
        symbol="",
        quote_asset="",
        price=None,
        mul_point=None,
        buy_price=None,
        sell_price=None,
        quantity=None,
        buy_order_id=None,
        sell_order_id=None,
        buy_qty=ZERO,
        buy_quote=ZERO,
        sell_qty=ZERO,
        sell_quote=ZERO,
        unwinds=0,
        unwind_qty=ZERO,
        unwind_quote=ZERO,
        commissions="",
        credit_expected=ZERO,
        wear=ZERO,
        remainder=ZERO,
        late_fills=0,
        late_wear=ZERO,
        position=at.position,
    )


def _quoted(book: Book, _at: Recorded, event: QuoteObserved) -> None:
    if row := _edit(book, event):
        row.price, row.mul_point = amount(event.price), event.mul_point


def _requested(book: Book, _at: Recorded, event: OtoRequested) -> None:
    if row := _edit(book, event):
        order = event.order
        row.symbol, row.quote_asset, row.quantity = order.symbol, order.quote_asset, amount(order.quantity)
        row.buy_price, row.sell_price = amount(order.working_price), amount(order.pending_price)


def _accepted(book: Book, _at: Recorded, event: OtoAccepted) -> None:
    if row := _edit(book, event):
        row.buy_order_id, row.sell_order_id = event.working_order_id, event.pending_order_id


def _ended(book: Book, at: Recorded, event: Any, status: str) -> TradeRow:
    row = _edit(book, event)
    if row is None:
        terms = book[TERMS_ROWS].get(event.user_id, event.strategy_id)
        row = book[TRADE_ROWS].put(_new(at, event, terms.token if terms else ""))
    row.status, row.ended_at, row.day = status, at.meta.ts_init, utc_day(at.meta.ts_init)
    return row


def _completed(book: Book, at: Recorded, event: TradeCompleted) -> None:
    _executed(book, _ended(book, at, event, "completed"), event)


def _partly_completed(book: Book, at: Recorded, event: TradePartlyCompleted) -> None:
    row = _ended(book, at, event, "partly_completed")
    row.reason = event.reason
    _executed(book, row, event)


def _executed(book: Book, row: TradeRow, event: TradeCompleted | TradePartlyCompleted) -> None:
    row.buy_qty, row.buy_quote = amount(event.buy.quantity), amount(event.buy.quote)
    if event.sell is not None:
        row.sell_qty, row.sell_quote = amount(event.sell.quantity), amount(event.sell.quote)
    row.unwinds = len(event.unwinds)
    for sale in event.unwinds:
        row.unwind_qty = plus(row.unwind_qty, sale.quantity)
        row.unwind_quote = plus(row.unwind_quote, sale.quote)
        sold = UnwindRow(event.user_id, sale.venue_order_id, amount(sale.quantity), amount(sale.quote))
        book[UNWIND_ROWS].put(sold)
    row.credit_expected, row.wear = amount(event.credit_expected), amount(event.wear)
    row.remainder = amount(event.remainder)
    row.commissions = _commissions((event.buy, *((event.sell,) if event.sell else ()), *event.unwinds))


def _commissions(legs: tuple[ExecutedLeg, ...]) -> str:
    totals: dict[str, Amount] = {}
    for leg in legs:
        for fee in leg.commissions:
            totals[fee.asset] = plus(totals[fee.asset], fee.amount) if fee.asset in totals else amount(fee.amount)
    return ", ".join(f"{total} {asset}" for asset, total in totals.items())


def _abandoned(book: Book, at: Recorded, event: TradeAbandoned) -> None:
    _ended(book, at, event, "failed" if event.failed else "called_off").reason = event.reason


def _late_fill(book: Book, _at: Recorded, event: LateFillObserved) -> None:
    """Of a trade that is over; one that is in hand counts it at its end."""
    row = _edit(book, event)
    if row is None or row.ended_at is None:
        return
    row.late_fills += 1
    row.wear, row.late_wear = plus(row.wear, event.wear), plus(row.late_wear, event.wear)
    quantity, quote = amount(event.executed.quantity), amount(event.executed.quote)
    if event.leg == "working":
        row.buy_qty, row.buy_quote = quantity, quote
    elif event.leg == "pending":
        row.sell_qty, row.sell_quote = quantity, quote
    else:
        _late_unwind(book, row, UnwindRow(event.user_id, event.executed.venue_order_id, quantity, quote))


def _late_unwind(book: Book, row: TradeRow, now: UnwindRow) -> None:
    before = book[UNWIND_ROWS].get(now.user_id, now.venue_order_id)
    quantity, quote = (before.quantity, before.quote) if before else (ZERO, ZERO)
    row.unwind_qty = plus(row.unwind_qty, minus(now.quantity, quantity))
    row.unwind_quote = plus(row.unwind_quote, minus(now.quote, quote))
    book[UNWIND_ROWS].put(now)


TRADES = View(
    name="trades",
    module=__name__,
    tables=(TRADE_ROWS, UNWIND_ROWS, TERMS_ROWS),
    handlers={
        StrategyStarted: _agreed,
        StrategyResumed: _agreed,
        TradeStarted: _started,
        QuoteObserved: _quoted,
        OtoRequested: _requested,
        OtoAccepted: _accepted,
        TradeCompleted: _completed,
        TradePartlyCompleted: _partly_completed,
        TradeAbandoned: _abandoned,
        LateFillObserved: _late_fill,
    },
)
