"""Coins that an account is left with, and what became of them."""

from decimal import Decimal
from typing import Literal

from events.base import Event
from events.values import ExecutedLeg


class DustRecorded(Event, frozen=True, kw_only=True):
    """A trade left coins that cannot be sold alone: less than a step, or worth less than the minimum notional.

    `total` is all the dust of this token that the account now has; it is sold with the coins of a later trade.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    asset: str
    quantity: Decimal
    total: Decimal
    value: Decimal


class InventoryHeld(Event, frozen=True, kw_only=True):
    """Coins that could be sold and were not: the account buys no more of this token until they are dealt with."""

    user_id: int
    strategy_id: str
    trade_id: str
    asset: str
    ticker: str
    quantity: Decimal
    value: Decimal
    reason: str


class SweepStarted(Event, frozen=True, kw_only=True):
    """The operator wants the coins sold that the account is left with, all `quantity` of them, at what they fetch.

    `price` is what they count in the books, in the quote asset.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    asset: str
    ticker: str
    quantity: Decimal
    price: Decimal


class CoinsSwept(Event, frozen=True, kw_only=True):
    """A sweep is over: its sales of `quantity` coins, and what they fetched less (`wear`) than they count in the books.

    Dust counts nothing there, also what the sweep leaves of held coins. What is left is said by the event after it.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    asset: str
    ticker: str
    unwinds: tuple[ExecutedLeg, ...]
    quantity: Decimal
    wear: Decimal


class InventoryCleared(Event, frozen=True, kw_only=True):
    """Coins are no longer held: sold (by a late fill, a later trade or a sweep), as little as dust, or acknowledged."""

    user_id: int
    asset: str
    quantity: Decimal
    how: Literal["sold", "dust", "acknowledged"]
