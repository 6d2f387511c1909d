"""What a venue reports of orders, in our words: the parts that the user stream, REST rows and the tracker share.

Prices and amounts are in the quote asset, quantities in the base, times in ms since the epoch.
"""

from decimal import Decimal

import msgspec

from events.executions import NO_AMOUNT, OrderReported, Source
from events.values import Leg, OrderStatus, Side


class OrderSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a REST row shows it. `leg` is None for plain orders and for rows that do not say."""

    venue_order_id: str
    order_list_id: str | None
    leg: Leg | None
    symbol: str
    side: Side
    order_status: OrderStatus
    price: Decimal
    quantity: Decimal
    cum_qty: Decimal
    cum_quote: Decimal
    avg_px: Decimal
    created_time: int
    update_time: int
    raw: str


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One fill of one order. `execution_id` equals that of the stream's frame (venue protocol notes, 7.6)."""

    venue_order_id: str
    symbol: str
    side: Side
    execution_id: int
    match_id: str
    last_qty: Decimal
    last_px: Decimal
    last_quote: Decimal
    commission: Decimal
    commission_asset: str
    transact_time: int
    raw: str


class ExecutionReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report of the user stream. The fields are those of `events.executions.OrderReported`."""

    venue_order_id: str
    order_list_id: str | None
    leg: Leg | None
    symbol: str
    side: Side
    order_status: OrderStatus
    execution_type: str
    price: Decimal
    quantity: Decimal
    last_qty: Decimal
    last_px: Decimal
    last_quote: Decimal
    cum_qty: Decimal
    cum_quote: Decimal
    avg_px: Decimal
    commission: Decimal
    commission_asset: str | None
    execution_id: int
    match_id: str
    created_time: int
    transact_time: int
    raw: str


def order_reported(user_id: int, source: Source, report: ExecutionReport) -> OrderReported:
    """The report as an event that is quick to read: without what is 0, and with the venue's text left as it is."""
    return OrderReported(  # field by field: a dictionary of them takes five times as long, of each event of a trade
        user_id=user_id,
        source=source,
        venue_order_id=report.venue_order_id,
        order_list_id=report.order_list_id,
        leg=report.leg,
        symbol=report.symbol,
        side=report.side,
        order_status=report.order_status,
        execution_type=report.execution_type,
        price=report.price or NO_AMOUNT,
        quantity=report.quantity or NO_AMOUNT,
        last_qty=report.last_qty or NO_AMOUNT,
        last_px=report.last_px or NO_AMOUNT,
        last_quote=report.last_quote or NO_AMOUNT,
        cum_qty=report.cum_qty or NO_AMOUNT,
        cum_quote=report.cum_quote or NO_AMOUNT,
        avg_px=report.avg_px or NO_AMOUNT,
        commission=report.commission or NO_AMOUNT,
        commission_asset=report.commission_asset,
        execution_id=report.execution_id,
        match_id=report.match_id,
        created_time=report.created_time,
        transact_time=report.transact_time,
        raw=msgspec.Raw(msgspec.json.encode(report.raw)),
    )


def report_of(event: OrderReported) -> ExecutionReport:
    """What the event was made of."""
    fields = {name: getattr(event, name) for name in ExecutionReport.__struct_fields__}
    return ExecutionReport(**fields | {"raw": text_of(event)})


def text_of(report: OrderReported) -> str:
    """The venue's JSON, as it came."""
    return msgspec.json.decode(report.raw, type=str)


class UnreadableFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that could not be understood. `raw` is cut to 4 kB and holds no subscription name."""

    reason: str
    raw: str
