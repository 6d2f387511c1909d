"""Venue reports in our words, for tests: a buy of 200 at 0.5 unless said otherwise."""

from decimal import Decimal
from typing import Any

from events.reports import ExecutionReport, Fill, OrderSnapshot
from events.values import OrderStatus

PRICE = Decimal("0.5")


def report(
    *,
    status: OrderStatus,
    execution_id: int,
    venue_order_id: str = "7000001",
    quantity: str = "200",
    fill: str = "0",
    cum: str = "0",
    match_id: str = "0",
    fee: str = "0",
) -> ExecutionReport:
    filled = Decimal(fill)
    return ExecutionReport(
        **_common(venue_order_id, quantity, cum, status),
        execution_type="TRADE" if filled else status,
        last_qty=filled,
        last_px=PRICE if filled else Decimal(0),
        last_quote=filled * PRICE,
        commission=Decimal(fee),
        commission_asset="ALPHA_900" if filled else None,
        execution_id=execution_id,
        match_id=match_id,
        transact_time=1,
    )


def order_row(*, status: OrderStatus, cum: str, venue_order_id: str = "7000001") -> OrderSnapshot:
    return OrderSnapshot(**_common(venue_order_id, "200", cum, status), update_time=1)


def fill_row(quantity: str, execution_id: int, venue_order_id: str = "7000001") -> Fill:
    return Fill(
        venue_order_id=venue_order_id,
        symbol="ALPHA_900USDT",
        side="BUY",
        execution_id=execution_id,
        match_id="9",
        last_qty=Decimal(quantity),
        last_px=PRICE,
        last_quote=Decimal(quantity) * PRICE,
        commission=Decimal(0),
        commission_asset="ALPHA_900",
        transact_time=1,
        raw="",
    )


def _common(venue_order_id: str, quantity: str, cum: str, status: OrderStatus) -> dict[str, Any]:
    return {
        "venue_order_id": venue_order_id,
        "order_list_id": "8800001",
        "leg": "working",
        "symbol": "ALPHA_900USDT",
        "side": "BUY",
        "order_status": status,
        "price": PRICE,
        "quantity": Decimal(quantity),
        "cum_qty": Decimal(cum),
        "cum_quote": Decimal(cum) * PRICE,
        "avg_px": PRICE,
        "created_time": 1,
        "raw": "",
    }
