"""The venue's REST calls (venue protocol notes, section 3): one short method per call of the port."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from events.orders import OtoOrder
from events.values import CLOSED_STATUSES, SymbolRules
from exchange.alpha import decode, encode, paths
from exchange.alpha.numbers import encode as to_json
from exchange.alpha.outcomes import data_of
from exchange.alpha.session import Hosts, Login
from exchange.alpha.transport import OnHttp, Timeouts, Transport
from exchange.alpha.wallets import WalletQuery
from exchange.errors import Rejected, Unknown
from exchange.pace import Pace
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

D = TypeVar("D")
T = TypeVar("T")
R = TypeVar("R", Fill, OrderSnapshot)

_NOTHING: Final = b"{}"
_NOT_FOUND: Final = 404
_HISTORY_STATUSES: Final = "FILLED,PARTIALLY_FILLED,EXPIRED,CANCELED,REJECTED"
HISTORY_ROWS: Final = 500
"""Rows of history asked for at a time; more have not been seen to work (section 7.5)."""
BOOK_LEVELS: Final = 50
FEWEST_LEVELS: Final = 5
"""The fewest that the venue takes as a limit (section 3, number 26)."""


class AlphaMarketData:
    """What the venue tells anybody; `exchange.port.MarketData`. With a login, the calls count as the account's."""

    def __init__(
        self,
        hosts: Hosts,
        login: Login | None = None,
        *,
        timeouts: Timeouts | None = None,
        on_http: OnHttp | None = None,
        quiet: Quiet | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._transport = Transport(hosts, login, timeouts or Timeouts(), on_http, quiet, pace)

    def tokens(self) -> tuple[Token, ...]:
        return self._read(decode.tokens_of, self._transport.call("GET", paths.TOKEN_LIST))

    def symbol_rules(self) -> dict[str, SymbolRules]:
        return self._read(decode.rules_of, self._transport.call("GET", paths.EXCHANGE_INFO))

    def quote(self, alpha_id: str) -> Quote:
        data = self._transport.call("GET", paths.AGG_TICKER, query={"dataType": "aggregate"})
        quote = self._read(lambda reply: decode.quote_of(reply, alpha_id), data)
        if quote is None:
            raise Rejected(f"the venue lists no price of {alpha_id}")
        return quote

    def book(self, symbol: str) -> BookSnapshot:
        return self._read(decode.book_of, self._depth(symbol, BOOK_LEVELS))

    def top_of_book(self, symbol: str) -> TopOfBook:
        return self._read(decode.top_of_book_of, self._depth(symbol, FEWEST_LEVELS))

    def close(self) -> None:
        self._transport.close()

    def _read(self, decoder: Callable[[D], T], data: D) -> T:
        """A reply that says success and cannot be read tells nothing certain."""
        try:
            return decoder(data)
        except decode.UNREADABLE as error:
            raise Unknown(f"the venue's reply cannot be read: {self._transport.masks(str(error))}") from error

    def _depth(self, symbol: str, levels: int) -> msgspec.Raw:
        return self._transport.call("GET", paths.FULL_DEPTH, query={"symbol": symbol, "limit": str(levels)})


class AlphaClient(AlphaMarketData):
    """One account's calls; `exchange.port.VenueClient`. Sends nothing twice and repeats nothing by itself."""

    def __init__(  # noqa: PLR0913 - what each connection of the account has in common
        self,
        hosts: Hosts,
        login: Login,
        *,
        timeouts: Timeouts | None = None,
        on_http: OnHttp | None = None,
        quiet: Quiet | None = None,
        pace: Pace | None = None,
        history_rows: int = HISTORY_ROWS,
    ) -> None:
        super().__init__(hosts, login, timeouts=timeouts, on_http=on_http, quiet=quiet, pace=pace)
        self._history_rows = history_rows

    def probe(self) -> None:
        """Ask for the Alpha wallet, which is told as long as the session is alive (section 2.3). Changes nothing."""
        self._transport.call("GET", paths.ALPHA_WALLET)

    def create_listen_key(self) -> str:
        key = self._read(decode.listen_key_of, self._transport.call("POST", paths.LISTEN_KEY, body=_NOTHING))
        self._transport.masks.know(key)
        return key

    def delete_listen_key(self, listen_key: str) -> None:
        answer = self._transport.exchange("DELETE", paths.USER_DATA_STREAM, query={"listenKey": listen_key})
        if answer.status != _NOT_FOUND:
            data_of(answer, now=time.time(), mask=self._transport.masks)

    def place_oto(self, order: OtoOrder) -> OtoPlaced:
        return self._read(decode.placed_of, self._transport.call("POST", paths.OTO_PLACE, body=encode.oto_body(order)))

    def place_order(self, order: LimitOrder) -> str:
        data = self._transport.call("POST", paths.ORDER_PLACE, body=encode.order_body(order))
        return self._read(decode.order_id_of, data)

    def cancel_order(self, symbol: str, venue_order_id: str) -> None:
        self._transport.call("POST", paths.ORDER_CANCEL, body=encode.cancel_body(symbol, venue_order_id))

    def cancel_all(self) -> None:
        self._transport.call("POST", paths.ORDER_CANCEL_ALL, body=_NOTHING)

    def open_orders(self, symbol: str) -> tuple[OrderSnapshot, ...]:
        """Rows of other symbols are left out: whether the venue heeds `symbol` is not known (section 7.4)."""
        data = self._transport.call("GET", paths.OPEN_ORDERS, query={"side": "", "symbol": symbol})
        orders = self._read(lambda reply: [decode.open_order_of(row) for row in decode.rows(reply)], data)
        return tuple(self._masked(order) for order in orders if order.symbol == symbol)

    def order_history(self, base_asset: str, since: int, until: int) -> Iterator[OrderSnapshot]:
        """Reads pages until one is short, or brings nothing new (a venue that ignores the page number)."""
        seen: set[tuple[str, str]] = set()
        for page in count(1):
            rows, before = self._history_page(base_asset, since, until, page), len(seen)
            for order in self._read(decode.past_orders, rows):
                key = order.symbol, order.venue_order_id  # each symbol has ids of its own (section 2.4)
                if key not in seen and order.order_status in CLOSED_STATUSES:
                    yield self._masked(order)
                seen.add(key)
            if len(rows) < self._history_rows or len(seen) == before:
                return

    def user_trades(self, symbol: str, venue_order_id: str) -> tuple[Fill, ...]:
        """Each fill once, newest first: rows are repeated at times (section 7.6)."""
        query = {"orderId": venue_order_id, "symbol": symbol}
        data = self._transport.call("GET", paths.USER_TRADES, query=query)
        fills = self._read(lambda reply: [decode.fill_of(row) for row in decode.rows(reply)], data)
        return tuple({fill.execution_id: self._masked(fill) for fill in fills}.values())

    def user_volume(self) -> UserVolume:
        return self._read(decode.volume_of, self._transport.call("GET", paths.USER_VOLUME))

    def balances(self) -> tuple[Balance, ...]:
        """Tokens of the Alpha wallet by alphaId, and assets of the funding wallet."""
        tokens = self._read(decode.alpha_balances, self._transport.call("GET", paths.ALPHA_WALLET))
        body = to_json(WalletQuery())
        assets = self._read(decode.funding_balances, self._transport.call("POST", paths.FUNDING_WALLET, body=body))
        return tokens + assets

    def _masked(self, row: R) -> R:
        """The row as it is kept."""
        raw = self._transport.masks(row.raw)
        return row if raw == row.raw else replace(row, raw=raw)

    def _history_page(self, base_asset: str, since: int, until: int, page: int) -> tuple[msgspec.Raw, ...]:
        query = {
            "page": str(page),
            "rows": str(self._history_rows),
            "orderStatus": _HISTORY_STATUSES,
            "startTime": str(since),
            "endTime": str(until),
            "kind": "LIMIT",
            "baseAsset": base_asset,
        }
        return self._read(decode.rows, self._transport.call("GET", paths.ORDER_HISTORY, query=query))
