"""Coins that an account is left with, in words."""

from collections.abc import Callable
from typing import Any

from events.base import Event
from events.inventory import CoinsSwept, DustRecorded, InventoryCleared, InventoryHeld, SweepStarted
from events.numbers import plain
from projections.figures import counted


def _dust(event: DustRecorded) -> str:
    if event.quantity < 0:
        sold, left = plain(-event.quantity), plain(event.total)
        return f"{event.trade_id}: sold {sold} {event.asset} of earlier trades with it; {left} are left"
    return (
        f"{event.trade_id}: leaves {plain(event.quantity)} {event.asset}, too little to sell;"
        f" {plain(event.total)} in all, worth {plain(event.value)} USDT"
    )


def _held(event: InventoryHeld) -> str:
    return (
        f"{event.trade_id}: {plain(event.quantity)} {event.ticker} are held unsold, worth {plain(event.value)} USDT:"
        f" {event.reason}; no more is bought until they are dealt with"
    )


def _sweep_started(event: SweepStarted) -> str:
    return f"{event.trade_id}: {plain(event.quantity)} {event.ticker} are to be sold, because their operator wants it"


def _swept(event: CoinsSwept) -> str:
    sales = counted(len(event.unwinds), "order")
    return (
        f"{event.trade_id}: the sweep sold {plain(event.quantity)} {event.ticker} in {sales};"
        f" that is {plain(event.wear)} USDT less than was in the books"
    )


def _cleared(event: InventoryCleared) -> str:
    how = {"sold": "sold", "dust": "they are worth too little for an order", "acknowledged": "acknowledged"}
    return f"{plain(event.quantity)} {event.asset} are no longer held: {how[event.how]}"


INVENTORY: dict[type[Event], Callable[[Any], str]] = {
    DustRecorded: _dust,
    InventoryHeld: _held,
    InventoryCleared: _cleared,
    SweepStarted: _sweep_started,
    CoinsSwept: _swept,
}
