"""The client of the venue in memory (`tests.support.fake_venue`)."""

from collections.abc import Callable, Container, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import msgspec

from events.orders import OtoOrder
from events.values import CLOSED_STATUSES, Side, SymbolRules, TokenVolume
from exchange.alpha import decode
from exchange.alpha.listings import ExchangeInfo
from exchange.alpha.numbers import encode
from exchange.errors import RateLimited, Rejected
from exchange.paper.model import OPEN, Order
from exchange.paper.rounding import quote_amount
from exchange.paper.rules import UNKNOWN_ORDER
from exchange.paper.tokens import QUOTE
from exchange.paper.wire import history_row, open_order_row, trade_row
from exchange.port import (
    Balance,
    BookSnapshot,
    Fill,
    LimitOrder,
    OrderSnapshot,
    OtoPlaced,
    Quote,
    Token,
    TopOfBook,
    UserVolume,
)
from exchange.quiet import Quiet

if TYPE_CHECKING:
    from tests.support.fake_venue import FakeVenue

T = TypeVar("T")


class FakeClient:
    """`exchange.port.VenueClient` for one account; each call is noted, and may be told to fail."""

    def __init__(self, venue: "FakeVenue", user_id: int, quiet: Quiet | None = None) -> None:
        self._venue = venue
        self._user_id = user_id
        self._quiet = quiet

    def tokens(self) -> tuple[Token, ...]:
        return self._call("tokens", lambda: decode.tokens_of(_raw(list(self._venue.token_rows.values()))))

    def symbol_rules(self) -> dict[str, SymbolRules]:
        return self._call(
            "symbol_rules", lambda: decode.rules_of(_raw(ExchangeInfo(tuple(self._venue.symbols.values()))))
        )

    def quote(self, alpha_id: str) -> Quote:
        return self._call("quote", lambda: self._quote(alpha_id))

    def book(self, symbol: str) -> BookSnapshot:
        return self._call("book", lambda: self._venue.book(symbol))

    def top_of_book(self, symbol: str) -> TopOfBook:
        return self._call("top_of_book", lambda: self._venue.top_of_book(symbol))

    def create_listen_key(self) -> str:
        return self._call("create_listen_key", lambda: self._venue.new_key(self._user_id))

    def delete_listen_key(self, listen_key: str) -> None:
        self._call("delete_listen_key", lambda: self._venue.end_key(self._user_id, listen_key))

    def place_oto(self, order: OtoOrder) -> OtoPlaced:
        return self._call("place_oto", lambda: self._place_oto(order))

    def place_order(self, order: LimitOrder) -> str:
        return self._call("place_order", lambda: self._place_order(order))

    def cancel_order(self, symbol: str, venue_order_id: str) -> None:
        self._call("cancel_order", lambda: self._venue.cancel(self._own(symbol, venue_order_id)))

    def cancel_all(self) -> None:
        self._call("cancel_all", self._cancel_all)

    def open_orders(self, symbol: str) -> tuple[OrderSnapshot, ...]:
        return self._call("open_orders", lambda: self._open_orders(symbol))

    def order_history(self, base_asset: str, since: int, until: int) -> Iterator[OrderSnapshot]:
        yield from self._call("order_history", lambda: self._history(base_asset, since, until))

    def user_trades(self, symbol: str, venue_order_id: str) -> tuple[Fill, ...]:
        return self._call("user_trades", lambda: self._trades(symbol, venue_order_id))

    def user_volume(self) -> UserVolume:
        return self._call("user_volume", self._volume)

    def balances(self) -> tuple[Balance, ...]:
        return self._call("balances", self._balances)

    def close(self) -> None:
        """Nothing is held."""

    def _call(self, name: str, answer: Callable[[], T]) -> T:
        if self._quiet is not None:
            self._quiet.check(name)
        fault = self._venue.note_call(self._user_id, name)
        if fault is None:
            with self._venue.changed:
                return answer()
        if fault.done:
            with self._venue.changed:
                answer()
        if self._quiet is not None and isinstance(fault.error, RateLimited):
            self._quiet.turned_away(fault.error.retry_after)
        raise fault.error

    def _quote(self, alpha_id: str) -> Quote:
        quote = decode.quote_of(_raw([self._venue.token(alpha_id)]), alpha_id)
        assert quote is not None
        return quote

    def _place_oto(self, order: OtoOrder) -> OtoPlaced:
        wanted = self._wanted(order.base_asset, "BUY", order.working_price, order.quantity)
        group = self._venue.accept(wanted, order.amount, order.pending_price)
        assert group.pending is not None
        return OtoPlaced(working_order_id=str(group.order.order_id), pending_order_id=str(group.pending.order_id))

    def _place_order(self, order: LimitOrder) -> str:
        wanted = self._wanted(order.base_asset, order.side, order.price, order.quantity)
        amount = quote_amount(order.price, order.quantity) if order.side == "BUY" else order.quantity
        return str(self._venue.accept(wanted, amount).order.order_id)

    def _wanted(self, base_asset: str, side: Side, price: Decimal, quantity: Decimal) -> Order:
        now = self._venue.clock()
        return Order(
            order_id=0,
            account=str(self._user_id),
            symbol=base_asset + QUOTE,
            base_asset=base_asset,
            quote_asset=QUOTE,
            side=side,
            price=price,
            quantity=quantity,
            status="NEW",
            client_order_id="web_fake",
            created_at=now,
            updated_at=now,
            working_at=now,
        )

    def _own(self, symbol: str, venue_order_id: str) -> Order:
        order = self._venue.open_order(venue_order_id)
        if (order.account, order.symbol) != (str(self._user_id), symbol):
            raise Rejected(UNKNOWN_ORDER.message, code=UNKNOWN_ORDER.code)
        return order

    def _cancel_all(self) -> None:
        for order in self._orders(OPEN):
            self._venue.cancel(order)

    def _orders(self, statuses: Container[str]) -> list[Order]:
        """Newest first."""
        own = [order for order in self._venue.orders.values() if order.account == str(self._user_id)]
        return [order for order in sorted(own, key=_newest_first) if order.status in statuses]

    def _open_orders(self, symbol: str) -> tuple[OrderSnapshot, ...]:
        rows = [open_order_row(order) for order in self._orders(OPEN) if order.symbol == symbol]
        return tuple(decode.open_order_of(_raw(row)) for row in rows)

    def _history(self, base_asset: str, since: int, until: int) -> tuple[OrderSnapshot, ...]:
        rows = [
            _raw(history_row(order))
            for order in self._orders(CLOSED_STATUSES)
            if order.base_asset == base_asset and since <= order.created_at <= until
        ]
        return tuple(decode.past_orders(rows))

    def _trades(self, symbol: str, venue_order_id: str) -> tuple[Fill, ...]:
        rows = [
            _raw(trade_row(order, fill))
            for order in self._orders({"PARTIALLY_FILLED", "FILLED", "CANCELED"})
            if (order.symbol, str(order.order_id)) == (symbol, venue_order_id)
            for fill in reversed(self._venue.fills[order.order_id])
        ]
        return tuple(decode.fill_of(row) for row in rows)

    def _volume(self) -> UserVolume:
        volumes = self._venue.volumes[self._user_id]
        tokens = tuple(TokenVolume(ticker=ticker, volume=volume) for ticker, volume in volumes.items())
        return UserVolume(total=sum(volumes.values(), Decimal(0)), tokens=tokens)

    def _balances(self) -> tuple[Balance, ...]:
        held = self._venue.account(self._user_id).balances
        return tuple(Balance(asset=name, free=each.free, locked=each.locked) for name, each in held.items())


def _raw(message: object) -> msgspec.Raw:
    return msgspec.Raw(encode(message))


def _newest_first(order: Order) -> int:
    return -order.order_id
