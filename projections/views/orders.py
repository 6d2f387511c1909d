"""Every order at the venue, with every report of it, in the words of the venue's own ledger.

`price`, `quantity` and `status` are the newest that was reported, and the totals count every fill once. An end is never
taken back by a report that comes late.
"""

from events.base import Recorded
from events.executions import OrderClosed, OrderExecuted, OrderReported
from events.orders import OtoAccepted, OtoRequested
from events.unwinds import UnwindAccepted, UnwindRequested
from events.values import CLOSED_STATUSES
from projections.views.amounts import ZERO, amount, plus
from projections.views.base import View
from projections.views.owners import Owners
from projections.views.table import Amount, Book, Row, Table


class OrderRow(Row):
    venue_order_id: str
    account: str
    symbol: str
    side: str
    price: Amount
    quantity: Amount
    cum_qty: Amount
    cum_quote: Amount
    commission: Amount
    commission_asset: str
    status: str
    order_list_id: str | None
    user_id: int
    strategy_id: str
    trade_id: str
    leg: str
    avg_px: Amount
    reports: int
    created_at: int
    updated_at: int
    closed_at: int | None
    position: int


class ReportRow(Row):
    position: int
    at: int
    user_id: int
    venue_order_id: str
    source: str
    order_status: str
    execution_type: str
    price: Amount
    quantity: Amount
    last_qty: Amount
    last_px: Amount
    last_quote: Amount
    cum_qty: Amount
    cum_quote: Amount
    avg_px: Amount
    commission: Amount
    commission_asset: str | None
    execution_id: int
    match_id: str
    transact_time: int


TOTALS = {
    "price": "its limit",
    "quantity": "coins to be traded; 0 for a leg that never left PENDING",
    "cum_qty": "coins traded so far",
    "cum_quote": "for so much of the quote asset",
    "avg_px": "average price of its fills",
    "commission": "what the venue took for it",
    "commission_asset": "in this asset",
}
ORDER_ROWS = Table(
    "orders",
    OrderRow,
    ("user_id", "venue_order_id"),
    words={
        **TOTALS,
        "account": "the account, as the venue's ledger names it",
        "status": "the venue's status of it",
        "order_list_id": "the venue's id of its placement, none for plain orders",
        "strategy_id": "name of the strategy, empty where the order is not known to be one of ours",
        "trade_id": "the trade, empty where the order is not known to be one of ours",
        "leg": "working, pending, or unwind: a sale of leftover coins",
        "reports": "reports of it, see order_reports",
        "created_at": "when the venue made it, ms since the epoch (UTC)",
        "updated_at": "the venue's time of the newest report, ms since the epoch (UTC)",
        "closed_at": "when it was known to have ended with all its fills, ms since the epoch (UTC)",
        "position": "its first event in the log",
    },
    indexes=(("position",), ("trade_id",), ("status",), ("created_at",)),
)
REPORT_ROWS = Table(
    "order_reports",
    ReportRow,
    ("position",),
    words={
        **TOTALS,
        "at": "when it was taken in, ms since the epoch (UTC)",
        "source": "stream, or rest for a look",
        "order_status": "the venue's status of the order",
        "execution_type": "what the report is of, empty for a look",
        "last_qty": "coins of this fill",
        "last_px": "at this price",
        "last_quote": "for so much of the quote asset",
        "execution_id": "the venue's id of the report, 0 where it gave none",
        "match_id": "the venue's id of the match",
        "transact_time": "the venue's time of it, ms since the epoch (UTC)",
    },
    indexes=(("venue_order_id",),),
)
OWNERS = Owners("orders")


class PlacingRow(Row):
    user_id: int
    trade_id: str
    symbol: str
    buy_price: Amount
    sell_price: Amount
    quantity: Amount


PLACING_ROWS = Table(
    "orders_placing",
    PlacingRow,
    ("user_id",),
    words={
        "buy_price": "limit of the newest placement's buy, 0 for a sale of leftovers",
        "sell_price": "limit of its sell",
        "quantity": "coins to be traded",
    },
)


def _row(book: Book, at: Recorded, user_id: int, venue_order_id: str) -> OrderRow:
    """The order's row, made where there is none yet."""
    row = book[ORDER_ROWS].edit(user_id, venue_order_id)
    if row is not None:
        return row
    strategy_id, trade_id = OWNERS.find(book, user_id, venue_order_id)
    return book[ORDER_ROWS].put(
        OrderRow(
            venue_order_id=venue_order_id,
            account=str(user_id),
            symbol="",
            side="",
            price=ZERO,
            quantity=ZERO,
            cum_qty=ZERO,
            cum_quote=ZERO,
            commission=ZERO,
            commission_asset="",
            status="",
            order_list_id=None,
            user_id=user_id,
            strategy_id=strategy_id,
            trade_id=trade_id,
            leg="",
            avg_px=ZERO,
            reports=0,
            created_at=at.meta.ts_event,
            updated_at=at.meta.ts_event,
            closed_at=None,
            position=at.position,
        )
    )


def _reported(book: Book, at: Recorded, event: OrderReported) -> None:
    row = _row(book, at, event.user_id, event.venue_order_id)
    row.symbol, row.side = event.symbol, event.side
    report = _report(at, event)
    book[REPORT_ROWS].append(report)
    row.reports += 1
    row.order_list_id = row.order_list_id or event.order_list_id
    row.leg = row.leg or event.leg or ""
    row.created_at = event.created_time or row.created_at
    # The tracker records only what is news; PENDING after something else is old all the same.
    if row.status not in CLOSED_STATUSES and not (row.status and event.order_status == "PENDING"):
        row.status, row.price, row.quantity = event.order_status, report.price, report.quantity
        row.updated_at = event.transact_time or row.updated_at


def _report(at: Recorded, event: OrderReported) -> ReportRow:
    return ReportRow(
        at.position,
        at.meta.ts_init,
        event.user_id,
        event.venue_order_id,
        event.source,
        event.order_status,
        event.execution_type,
        amount(event.price),
        amount(event.quantity),
        amount(event.last_qty),
        amount(event.last_px),
        amount(event.last_quote),
        amount(event.cum_qty),
        amount(event.cum_quote),
        amount(event.avg_px),
        amount(event.commission),
        event.commission_asset,
        event.execution_id,
        event.match_id,
        event.transact_time,
    )


def _executed(book: Book, at: Recorded, event: OrderExecuted) -> None:
    row = _row(book, at, event.user_id, event.venue_order_id)
    row.symbol, row.side = event.symbol, event.side
    row.cum_qty, row.cum_quote = plus(row.cum_qty, event.last_qty), plus(row.cum_quote, event.last_quote)
    row.commission = plus(row.commission, event.commission)
    row.commission_asset = event.commission_asset


def _closed(book: Book, at: Recorded, event: OrderClosed) -> None:
    row = _row(book, at, event.user_id, event.venue_order_id)
    row.symbol, row.side = event.symbol, event.side
    row.status, row.avg_px = event.order_status, amount(event.avg_px)
    row.cum_qty, row.cum_quote = amount(event.cum_qty), amount(event.cum_quote)
    row.closed_at = at.meta.ts_event


def _requested(book: Book, _at: Recorded, event: OtoRequested) -> None:
    order = event.order
    prices = amount(order.working_price), amount(order.pending_price)
    row = PlacingRow(event.user_id, event.trade_id, order.symbol, *prices, amount(order.quantity))
    book[PLACING_ROWS].put(row)


def _placed(book: Book, at: Recorded, event: OtoAccepted) -> None:
    """The legs, which may not be reported yet."""
    legs = (("working", "BUY"), ("pending", "SELL"))
    for venue_order_id, (leg, side) in zip(OWNERS.placed(book, event), legs, strict=True):
        row = _row(book, at, event.user_id, venue_order_id)
        row.strategy_id, row.trade_id, row.leg = event.strategy_id, event.trade_id, leg
        _fill_in(book, row, side)


def _fill_in(book: Book, row: OrderRow, side: str) -> None:
    """What was asked for, where no report has said it yet; a pending leg has no quantity before it is active."""
    asked = book[PLACING_ROWS].get(row.user_id)
    if row.reports or asked is None or asked.trade_id != row.trade_id:
        return
    row.symbol, row.side = asked.symbol, side
    row.price = asked.buy_price if side == "BUY" else asked.sell_price
    row.quantity = ZERO if row.leg == "pending" else asked.quantity


def _unwind_requested(book: Book, _at: Recorded, event: UnwindRequested) -> None:
    OWNERS.selling(book, event)
    price, quantity = amount(event.order.price), amount(event.order.quantity)
    book[PLACING_ROWS].put(PlacingRow(event.user_id, event.trade_id, event.order.symbol, ZERO, price, quantity))


def _sold(book: Book, at: Recorded, event: UnwindAccepted) -> None:
    strategy_id, trade_id = OWNERS.sold(book, event)
    row = _row(book, at, event.user_id, event.venue_order_id)
    row.strategy_id, row.trade_id, row.leg = strategy_id, trade_id, "unwind"
    _fill_in(book, row, "SELL")


ORDERS = View(
    name="orders",
    module=__name__,
    tables=(ORDER_ROWS, REPORT_ROWS, PLACING_ROWS, *OWNERS.tables),
    handlers={
        OrderReported: _reported,
        OrderExecuted: _executed,
        OrderClosed: _closed,
        OtoRequested: _requested,
        OtoAccepted: _placed,
        UnwindRequested: _unwind_requested,
        UnwindAccepted: _sold,
    },
)
