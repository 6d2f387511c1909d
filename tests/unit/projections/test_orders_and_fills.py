"""Orders and their fills: each finds its trade, whichever news comes first."""

from decimal import Decimal
from typing import Any

from events.base import Event
from events.executions import OrderClosed, OrderExecuted, OrderReported
from events.orders import LimitOrder, OtoAccepted, OtoOrder, OtoRequested
from events.reports import order_reported
from events.unwinds import UnwindAccepted, UnwindRequested
from events.values import Commission, OrderStatus, Side
from projections.answers import ANSWERS, Wanted, rows
from tests.support.reports import report
from tests.support.views import folded

IDS: dict[str, Any] = {"user_id": 1, "strategy_id": "aop", "trade_id": "1-000001"}
ACCEPTED = OtoAccepted(**IDS, working_order_id="7000001", pending_order_id="7000002")
REQUESTED = OtoRequested(
    **IDS,
    order=OtoOrder(
        symbol="ALPHA_900USDT",
        base_asset="ALPHA_900",
        quote_asset="USDT",
        working_price=Decimal("0.55"),
        quantity=Decimal(200),
        amount=Decimal(110),
        pending_price=Decimal("0.45"),
    ),
)


def reported(status: OrderStatus, execution_id: int, **more: Any) -> OrderReported:
    said = report(status=status, execution_id=execution_id, **more)
    return order_reported(1, "stream", said)


def filled(execution_id: int, quantity: str, order: str = "7000001", side: Side = "BUY") -> OrderExecuted:
    return OrderExecuted(
        user_id=1,
        venue_order_id=order,
        symbol="ALPHA_900USDT",
        side=side,
        execution_id=execution_id,
        match_id="1",
        last_qty=Decimal(quantity),
        last_px=Decimal("0.5"),
        last_quote=Decimal(quantity) / 2,
        commission=Decimal(quantity) / 1000,
        commission_asset="ALPHA_900",
    )


CLOSED = OrderClosed(
    user_id=1,
    venue_order_id="7000001",
    symbol="ALPHA_900USDT",
    side="BUY",
    order_status="FILLED",
    cum_qty=Decimal(200),
    cum_quote=Decimal(100),
    avg_px=Decimal("0.5"),
    commissions=(Commission(asset="ALPHA_900", amount=Decimal("0.2")),),
)
UNWIND = (
    UnwindRequested(
        **IDS,
        attempt=1,
        order=LimitOrder(
            symbol="ALPHA_900USDT",
            base_asset="ALPHA_900",
            quote_asset="USDT",
            side="SELL",
            price=Decimal("0.4"),
            quantity=Decimal(5),
        ),
    ),
    UnwindAccepted(user_id=1, trade_id="1-000001", venue_order_id="7000009"),
)


def asked(name: str, *events: Event) -> list[dict[str, Any]]:
    """All rows of an answer after `events`, by column."""
    answer = ANSWERS[name]
    with folded(*events) as db:
        found = list(rows(db, answer, Wanted()))
    return [dict(zip([c.name for c in answer.columns], row, strict=True)) for row in found]


def test_an_order_is_the_same_whichever_news_comes_first() -> None:
    """The placement's answer may come before or after its reports and fills."""
    news = (reported("NEW", 1), reported("FILLED", 2, fill="200", cum="200", fee="0.2"), filled(2, "200"), CLOSED)
    (early, *_), (late, *_) = asked("orders", REQUESTED, ACCEPTED, *news), asked("orders", REQUESTED, *news, ACCEPTED)
    for order in (early, late):
        del order["position"], order["created_at"], order["updated_at"], order["closed_at"]
    assert early == late
    assert (early["status"], early["cum_qty"], early["commission"], early["reports"]) == ("FILLED", "200", "0.2", 2)
    assert (early["strategy_id"], early["trade_id"], early["leg"]) == ("aop", "1-000001", "working")


def test_legs_without_a_report_show_what_was_asked_for() -> None:
    """A placement that was answered is known by its intent until the venue tells more."""
    buy, sell = asked("orders", REQUESTED, ACCEPTED)
    assert (buy["side"], buy["price"], buy["quantity"], buy["status"]) == ("BUY", "0.55", "200", "")
    assert (sell["side"], sell["price"], sell["quantity"]) == ("SELL", "0.45", "0")


def test_a_late_report_takes_no_end_back() -> None:
    """What comes after the end counts among the reports, and changes nothing else."""
    (order,) = asked("orders", reported("FILLED", 2, fill="200", cum="200"), filled(2, "200"), reported("NEW", 1))
    assert (order["status"], order["reports"], order["cum_qty"]) == ("FILLED", 2, "200")


def test_fills_find_their_trade_when_it_is_known() -> None:
    """Fills that came before the placement's answer get their trade with it; later ones have it at once."""
    fills = asked("fills", filled(1, "50"), filled(2, "60"), ACCEPTED, filled(3, "90"), filled(9, "1", "8000000"))
    assert [fill["trade_id"] for fill in fills] == ["1-000001"] * 3 + [""]
    assert [fill["last_qty"] for fill in fills] == ["50", "60", "90", "1"]


def test_a_sale_of_leftovers_belongs_to_its_trade() -> None:
    """Its order and its fills, though the venue names no trade."""
    events = (*UNWIND, filled(5, "5", "7000009", "SELL"))
    (order,), (fill,) = asked("orders", *events), asked("fills", *events)
    assert (order["leg"], order["side"], order["price"], order["quantity"]) == ("unwind", "SELL", "0.4", "5")
    assert (order["strategy_id"], fill["strategy_id"], fill["trade_id"]) == ("aop", "aop", "1-000001")
