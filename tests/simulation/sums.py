"""What each trade came to: the sum of what its orders executed, which is what the venue's ledger has of them."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from events.base import Event
from events.orders import LateFillObserved, LegClosed, OtoRequested
from events.trades import TradeCompleted, TradePartlyCompleted
from events.values import ExecutedLeg, TradeLeg
from projections.states.user import UserState
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
        self._paid: dict[int, Decimal] = defaultdict(Decimal)
        self._wear: dict[int, Decimal] = defaultdict(Decimal)

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
        if isinstance(event, TradeCompleted | TradePartlyCompleted | LateFillObserved):
            self._wear[event.user_id] += event.wear

    def _executed(self, event: LegClosed | LateFillObserved) -> None:
        key = event.executed.venue_order_id
        known = self._trade_of.setdefault(key, event.trade_id)
        check(known == event.trade_id, f"order {key} belongs to {known} and to {event.trade_id}")
        quote = self._assets[event.trade_id][1]
        before = self._legs.get(key)
        self._paid[event.user_id] += _paid(event.leg, event.executed, quote)
        self._paid[event.user_id] -= _paid(event.leg, before, quote) if before is not None else ZERO
        self._legs[key] = event.executed

    def _trade_over(self, event: TradeCompleted | TradePartlyCompleted) -> None:
        """Computed from fills, never from intentions."""
        sold = [leg for leg in (event.sell, *event.unwinds) if leg is not None]
        for leg in (event.buy, *sold):
            known = self._legs.get(leg.venue_order_id)
            check(known == leg, f"{event.trade_id} counts {leg}, executed was {known}")
        base, _ = self._assets[event.trade_id]
        left = event.buy.quantity - _fees(event.buy, base) - sum(leg.quantity + _fees(leg, base) for leg in sold)
        check(event.remainder == left, f"{event.trade_id} leaves {left} {base}, it says {event.remainder}")

    def unbooked(self, users: Mapping[int, UserState]) -> list[str]:
        """At rest: accounts whose wear, with what their held coins count, is not what they paid less what they got."""
        held = {key: sum((one.value for one in state.held.values()), ZERO) for key, state in users.items()}
        return [
            f"account {key} paid {self._paid[key]} more than it got: its wear is {self._wear[key]}, it has {held[key]}"
            for key, state in users.items()
            if state.trade is None and self._paid[key] != self._wear[key] + held[key]
        ]

    def unlike(self, books: Any) -> list[str]:
        """At rest: orders that count for another sum than the venue's, or for no trade."""
        executed = {key: _figures(row) for key, row in venue_orders(books).items() if row[4] > 0}
        return _differences({key: _counted(leg) for key, leg in self._legs.items() if leg.quantity}, executed)


def _fees(leg: ExecutedLeg, asset: str) -> Decimal:
    return sum((one.amount for one in leg.commissions if one.asset == asset), ZERO)


def _paid(leg: TradeLeg, executed: ExecutedLeg, quote: str) -> Decimal:
    return (executed.quote if leg == "working" else -executed.quote) + _fees(executed, quote)


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
