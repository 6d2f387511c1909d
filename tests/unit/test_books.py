"""What the audit of a log against the venue's books must notice."""

from typing import Any

from tests.support.audit import orders_unlike

FIGURES = {"symbol": "ALPHA_900USDT", "side": "BUY", "price": "0.02", "quantity": "100", "cum_qty": "100"}
BOOKS = {
    "orders": [
        {
            **FIGURES,
            "venue_order_id": "7",
            "order_list_id": "1",
            "cum_quote": "2",
            "commission_asset": None,
            "commission": "0",
            "status": "FILLED",
        }
    ]
}


def logged(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """The intent, and the frames of order 7, which is filled."""
    order = {**FIGURES, "venue_order_id": "7", "cum_quote": "2", "commissions": [], "order_status": "FILLED"}
    return [
        {"topic": "order.oto_requested.v1", "data": {"trade_id": "t1"}},
        {"topic": "order.reported.v1", "data": order},
        {"topic": "order.closed.v1", "data": order},
        *more,
    ]


def test_an_order_of_an_abandoned_trade_is_noticed() -> None:
    """That its frames are in the log does not make it a trade's."""
    (offence,) = orders_unlike(logged(), BOOKS)
    assert offence.startswith("order 7 is no trade's")


def test_an_order_that_a_trade_took_over_is_none() -> None:
    """The same books, and a trade that says the order is its own."""
    accepted = {"trade_id": "t1", "working_order_id": "7", "pending_order_id": "8"}
    assert orders_unlike(logged({"topic": "order.oto_accepted.v1", "data": accepted}), BOOKS) == []
