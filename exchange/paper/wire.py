"""The paper venue's records in the venue's shapes (venue protocol notes, sections 5 and 7)."""

from decimal import Decimal

from exchange.alpha.frames import ExecutionReport, HistoryRow, OpenOrderRow, UserTradeRow
from exchange.alpha.numbers import JsonText
from exchange.paper.model import Fill, Order, Report
from exchange.paper.rounding import average_price

_EIGHT = Decimal("0.00000001")
_PADDED_EXPONENT = -8
_NO_LIST = "-1"


def text(value: Decimal) -> JsonText:
    """As it is, but never in exponent notation."""
    return JsonText(value)


def padded(value: Decimal) -> JsonText:
    """With 8 decimals, or more where the value has more; a bare 0 when it is nothing."""
    if not value:
        return JsonText(0)
    exponent = value.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= _PADDED_EXPONENT
    return JsonText(value.quantize(_EIGHT) if fits else value)


def report_frame(report: Report, ts_push: int) -> ExecutionReport:
    """One frame of the user stream. CANCELED and EXPIRED frames have the inferred form of section 5.3."""
    order, take = report.step.order, report.step.take
    return ExecutionReport(
        symbol=order.symbol,
        client_order_id=order.client_order_id,
        side=order.side,
        order_type="LIMIT",
        time_in_force="GTC",
        quantity=padded(order.quantity),
        price=padded(order.price),
        avg_px=text(average_price(order.cum_quote, order.cum_qty)),
        stop_price=text(Decimal(0)),
        execution_type=report.step.execution_type,
        order_status=order.status,
        venue_order_id=str(order.order_id),
        last_qty=padded(take.quantity if take else Decimal(0)),
        cum_qty=padded(order.cum_qty),
        last_px=padded(take.price if take else Decimal(0)),
        commission=padded(take.commission) if take else None,
        commission_asset=order.commission_asset if take else None,
        match_id=str(report.match_id),
        is_buyer_maker=take is not None and (order.side == "SELL") != take.made,
        original_order_type="LIMIT",
        st=1,
        ts_created=order.created_at,
        cum_quote=padded(order.cum_quote),
        last_quote=padded(take.quote if take else Decimal(0)),
        quote_order_qty=text(Decimal(0)),
        base_asset=order.base_asset,
        quote_asset=order.quote_asset,
        execution_id=report.execution_id,
        order_list_id=str(order.list_id) if order.list_id else None,
        contingency_type="OTO" if order.list_id else None,
        contingency_position=order.position,
        event_type="executionReport",
        ts_transact=report.at,
        ts_update=report.at,
        ts_push=ts_push,
    )


def open_order_row(order: Order) -> OpenOrderRow:
    return OpenOrderRow(
        venue_order_id=str(order.order_id),
        symbol=order.symbol,
        side=order.side,
        status=order.status,
        price=text(order.price),
        quantity=text(order.quantity),
        cum_qty=text(order.cum_qty),
        cum_quote=text(order.cum_quote),
        type="LIMIT",
        ts_created=order.created_at,
        ts_update=order.updated_at,
        base_asset=order.base_asset,
        quote_asset=order.quote_asset,
        alpha_id=order.base_asset,
        order_list_id=str(order.list_id) if order.list_id else _NO_LIST,
    )


def history_row(order: Order) -> HistoryRow:
    return HistoryRow(
        venue_order_id=str(order.order_id),
        symbol=order.symbol,
        status=order.status,
        side=order.side,
        price=text(order.price),
        quantity=text(order.quantity),
        cum_qty=text(order.cum_qty),
        cum_quote=text(order.cum_quote),
        kind="LIMIT",
        avg_px=text(average_price(order.cum_quote, order.cum_qty)),
        type="LIMIT",
        stop_price=text(Decimal(0)),
        ts_created=order.created_at,
        ts_update=order.updated_at,
        order_list_id=str(order.list_id) if order.list_id else _NO_LIST,
        base_asset=order.base_asset,
        quote_asset=order.quote_asset,
        alpha_id=order.base_asset,
        contingency_type="OTO" if order.list_id else None,
        contingency_position=order.position,
        working_time=order.working_at if order.list_id else 0,
    )


def trade_row(order: Order, fill: Fill) -> UserTradeRow:
    return UserTradeRow(
        symbol=order.symbol,
        venue_order_id=str(order.order_id),
        execution_id=str(fill.execution_id),
        side=order.side,
        last_px=text(fill.take.price),
        last_qty=text(fill.take.quantity),
        last_quote=text(fill.take.quote),
        commission=text(fill.take.commission),
        commission_asset=order.commission_asset,
        ts_transact=fill.at,
        id=str(fill.match_id),
        trade_id=str(fill.match_id),
        buyer=order.side == "BUY",
        base_asset=order.base_asset,
        quote_asset=order.quote_asset,
        order_type="LIMIT",
        last_trade=fill.last,
    )
