"""All that the rest of the code knows of a venue.

`VenueClient` acts for one account; its calls block, are made from one thread at a time, and end in a result or in one
of the errors of `exchange.errors`. `UserStream` is one account's push stream. Prices and amounts are Decimal in the
quote asset, quantities Decimal in the base asset, times ms since the epoch, order ids strings.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

import msgspec

from events.orders import LimitOrder, OtoOrder
from events.reports import ExecutionReport, Fill, OrderSnapshot, UnreadableFrame
from events.values import SymbolRules, TokenVolume, TopOfBook

__all__ = [
    "Balance",
    "BookSnapshot",
    "ExecutionReport",
    "Fill",
    "LimitOrder",
    "MarketData",
    "OrderSnapshot",
    "OtoPlaced",
    "Quote",
    "Token",
    "TopOfBook",
    "UnreadableFrame",
    "UserStream",
    "UserVolume",
    "VenueClient",
]


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the venue's token list. `tradable` is: not offline, not offsell, not in stock state."""

    ticker: str
    chain_id: str
    chain_name: str
    alpha_id: str
    mul_point: int
    price: Decimal
    offline: bool
    tradable: bool


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The venue's indicative price of a token (not a multiple of the tick) and its multiplier now."""

    alpha_id: str
    price: Decimal
    mul_point: int
    tradable: bool


class OtoPlaced(msgspec.Struct, frozen=True, kw_only=True):
    working_order_id: str
    pending_order_id: str


class UserVolume(msgspec.Struct, frozen=True, kw_only=True):
    total: Decimal
    tokens: tuple[TokenVolume, ...]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    asset: str
    free: Decimal
    locked: Decimal


class BookSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`bids` are price and quantity, best first; `ask` is the best one, None where there is none. `at` is the venue's
    time of it (ms), 0 where it is not told. It is as the venue shows it: it may be crossed or stale.
    """

    bids: tuple[tuple[Decimal, Decimal], ...]
    ask: Decimal | None
    at: int


class MarketData(Protocol):
    """What the venue tells anybody."""

    def tokens(self) -> tuple[Token, ...]: ...

    def symbol_rules(self) -> dict[str, SymbolRules]:
        """Rules of every symbol that the venue lists, by symbol."""
        ...

    def quote(self, alpha_id: str) -> Quote:
        """Raises Rejected when the venue does not list the token."""
        ...

    def book(self, symbol: str) -> BookSnapshot: ...

    def top_of_book(self, symbol: str) -> TopOfBook:
        """The best offers as the venue shows them: they may be crossed, stale, or missing."""
        ...


class VenueClient(MarketData, Protocol):
    """One account's calls."""

    def create_listen_key(self) -> str: ...

    def delete_listen_key(self, listen_key: str) -> None:
        """Returns normally when the venue answers 404, which is usual (worked examples, venue calls)."""
        ...

    def place_oto(self, order: OtoOrder) -> OtoPlaced: ...

    def place_order(self, order: LimitOrder) -> str:
        """Returns the venue_order_id."""
        ...

    def cancel_order(self, symbol: str, venue_order_id: str) -> None: ...

    def cancel_all(self) -> None:
        """Account-wide: also cancels orders that the owner placed by hand."""
        ...

    def open_orders(self, symbol: str) -> tuple[OrderSnapshot, ...]: ...

    def order_history(self, base_asset: str, since: int, until: int) -> Iterator[OrderSnapshot]:
        """Orders created from `since` to `until` (ms), newest first, finished ones only.

        Read page by page as the rows are taken, since a day's may be many; an error is raised where it is met.
        """
        ...

    def user_trades(self, symbol: str, venue_order_id: str) -> tuple[Fill, ...]: ...

    def user_volume(self) -> UserVolume: ...

    def balances(self) -> tuple[Balance, ...]: ...

    def close(self) -> None:
        """Drops pooled connections; a call in flight on another thread may end in Unknown."""
        ...


class UserStream(Protocol):
    """One subscription. `subscribe` and `receive` are called by one reader thread, `close` by any."""

    def subscribe(self, listen_key: str) -> None:
        """Connects and subscribes; returns when the venue has acknowledged. Raises StreamClosed, Unavailable,
        RateLimited or Unauthorised.
        """
        ...

    def receive(self, timeout: float) -> ExecutionReport | UnreadableFrame | None:
        """The next item, None when `timeout` seconds brought none. Answers pings, sends its own every 20 s.

        Raises StreamClosed when the stream is gone.
        """
        ...

    def close(self) -> None:
        """Makes a waiting `receive` raise StreamClosed at once. May be called twice."""
        ...
