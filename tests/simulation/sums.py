"""What each trade came to: the sum of what its orders executed, which is what the venue's ledger has of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from events.base import Event
from events.orders import LateFillObserved, LegClosed, OtoRequested
from events.trades import TradeCompleted, TradePartlyCompleted
from events.values import ExecutedLeg
from tests.simulation.offence import check
from tests.support.books import venue_orders

ZERO = Decimal(0)
Figures = tuple[Decimal, Decimal, Decimal]
"""Quantity, quote and commission."""


class Sums:
    """Hears of every event of the accounts' own streams when it is durable."""

    def __init__(self) -> None:
        self._legs: dict[str, ExecutedLeg] = {}
        self._trade_of: dict[str, str] = {}
        self._assets: dict[str, tuple[str, str]] = {}

    def heard(self, event: Event) -> None:
        match event:
            case OtoRequested(order=order):
                self._assets[event.trade_id] = order.base_asset, order.quote_asset
            case LegClosed() | LateFillObserved():
                self._executed(event)
            case TradeCompleted() | TradePartlyCompleted():
                self._trade_over(event)
            case _:
                pass

    def _executed(self, event: LegClosed | LateFillObserved) -> None:
        key = event.executed.venue_order_id
        known = self._trade_of.setdefault(key, event.trade_id)
        check(known == event.trade_id, f"order {key} belongs to {known} and to {event.trade_id}")
        self._legs[key] = event.executed

    def _trade_over(self, event: TradeCompleted | TradePartlyCompleted) -> None:
        """Computed from fills, never from intentions."""
        sold = [leg for leg in (event.sell, *event.unwinds) if leg is not None]
        for leg in (event.buy, *sold):
            known = self._legs.get(leg.venue_order_id)
            check(known == leg, f"{event.trade_id} counts {leg}, executed was {known}")
        base, quote = self._assets[event.trade_id]
        left = event.buy.quantity - _fees(event.buy, base) - sum(leg.quantity + _fees(leg, base) for leg in sold)
        check(event.remainder == left, f"{event.trade_id} leaves {left} {base}, it says {event.remainder}")
        spent = event.buy.quote + _fees(event.buy, quote) - sum(leg.quote - _fees(leg, quote) for leg in sold)
        whole = isinstance(event, TradeCompleted)
        check(event.wear == spent or not whole, f"{event.trade_id} cost {spent} {quote}, it says {event.wear}")

    def unlike(self, books: Any) -> list[str]:
        """At rest: orders that count for another sum than the venue's, or for no trade."""
        executed = {key: _figures(row) for key, row in venue_orders(books).items() if row[4] > 0}
        return _differences({key: _counted(leg) for key, leg in self._legs.items() if leg.quantity}, executed)


def _fees(leg: ExecutedLeg, asset: str) -> Decimal:
    return sum((one.amount for one in leg.commissions if one.asset == asset), ZERO)


def _figures(row: tuple[Any, ...]) -> Figures:
    return row[4], row[5], row[7]


def _counted(leg: ExecutedLeg) -> Figures:
    return leg.quantity, leg.quote, sum((one.amount for one in leg.commissions), ZERO)


def _differences(ours: Mapping[str, Figures], theirs: Mapping[str, Figures]) -> list[str]:
    return [
        f"order {key} counts for {ours.get(key)} in its trade, at the venue for {theirs.get(key)}"
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]
