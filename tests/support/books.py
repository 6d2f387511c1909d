"""Comparing our log with the venue's own books, to the last decimal."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

Figures = tuple[str, str, Decimal, Decimal, Decimal, Decimal, str, Decimal, str]


def logged_orders(events: list[Any]) -> dict[str, Figures]:
    """Each closed order of the log: symbol, side, price, quantity, filled, quote, fee asset, fee, status."""
    reported = {e["data"]["venue_order_id"]: e["data"] for e in events if e["topic"].startswith("order.reported")}
    closed = {e["data"]["venue_order_id"]: e["data"] for e in events if e["topic"].startswith("order.closed")}
    return {key: _logged(reported[key], data) for key, data in closed.items()}


def orders_of_trades(events: list[Any]) -> set[str]:
    """The orders that some trade has taken for its own."""
    otos = [e["data"] for e in events if e["topic"].startswith("order.oto_accepted")]
    sales = [e["data"]["venue_order_id"] for e in events if e["topic"].startswith("order.unwind_accepted")]
    return {*sales, *(leg for e in otos for leg in (e["working_order_id"], e["pending_order_id"]))}


def venue_orders(ledger: Any) -> dict[str, Figures]:
    return {str(row["venue_order_id"]): _booked(row) for row in ledger["orders"]}


def observed_volumes(events: list[Any]) -> dict[tuple[str, str], Decimal]:
    """The last volume that each account saw, by account and ticker."""
    seen: dict[tuple[str, str], Decimal] = {}
    for event in events:
        if event["topic"].startswith("volume.observed"):
            for row in event["data"]["tokens"]:
                seen[str(event["data"]["user_id"]), row["ticker"]] = Decimal(row["volume"])
    return seen


def counted_volumes(ledger: Any) -> dict[tuple[str, str], Decimal]:
    """What the venue counts: what it credited for trades, and what it was told to begin with."""
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in (*ledger["credits"], *ledger["starting_volumes"]):
        totals[str(row["account"]), row["token"]] += Decimal(row["volume"])
    return dict(totals)


def _logged(report: Any, closed: Any) -> Figures:
    (fee,) = closed["commissions"] or ({"asset": "", "amount": "0"},)
    return (
        report["symbol"],
        report["side"],
        Decimal(report["price"]),
        Decimal(report["quantity"]),
        Decimal(closed["cum_qty"]),
        Decimal(closed["cum_quote"]),
        fee["asset"],
        Decimal(fee["amount"]),
        closed["order_status"],
    )


def _booked(row: Any) -> Figures:
    return (
        row["symbol"],
        row["side"],
        Decimal(row["price"]),
        Decimal(row["quantity"]),
        Decimal(row["cum_qty"]),
        Decimal(row["cum_quote"]),
        (row["commission_asset"] or "") if Decimal(row["commission"]) else "",
        Decimal(row["commission"]),
        row["status"],
    )
