"""The implementations of the venue's port, alike, for the contract suites."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from events.orders import OtoOrder
from events.values import OrderStatus, Side
from exchange.alpha.rest import AlphaClient
from exchange.alpha.session import Hosts, Login, paper_credentials
from exchange.alpha.stream import AlphaStream
from exchange.paper.rounding import floor_to, quote_amount
from exchange.port import ExecutionReport, LimitOrder, OrderSnapshot, OtoPlaced, UserStream, VenueClient
from tests.support.fake_venue import FakeVenue
from tests.support.paper import PaperVenue, running_venue


class Venue(Protocol):
    """A venue that lists the paper venue's tokens, and fills at once what crosses the market."""

    def client(self, user_id: int) -> VenueClient: ...

    def stream(self) -> UserStream: ...

    def drop_streams(self, user_id: int) -> None: ...

    def set_mul_point(self, ticker: str, mul_point: int) -> None: ...


class InMemory:
    """The fake."""

    def __init__(self) -> None:
        self._fake = FakeVenue(fills_at_once=True)

    def client(self, user_id: int) -> VenueClient:
        return self._fake.client(user_id)

    def stream(self) -> UserStream:
        return self._fake.stream()

    def drop_streams(self, user_id: int) -> None:
        self._fake.drop_streams(user_id)

    def set_mul_point(self, ticker: str, mul_point: int) -> None:
        (row,) = [row for row in self._fake.token_rows.values() if row.symbol == ticker]
        self._fake.set_token(row.alpha_id, mul_point=mul_point)


class OverTheWire:
    """The real client and stream, against the paper venue in a process of its own."""

    def __init__(self, paper: PaperVenue) -> None:
        self._paper = paper
        self._hosts = Hosts(rest_url=paper.url, stream_url=paper.ws)
        self.opened: list[AlphaClient] = []

    def client(self, user_id: int) -> VenueClient:
        """History comes in pages of two, so that a few orders show the paging."""
        client = AlphaClient(self._hosts, Login(paper_credentials(user_id)), history_rows=2)
        self.opened.append(client)
        return client

    def stream(self) -> UserStream:
        return AlphaStream(self._hosts)

    def drop_streams(self, user_id: int) -> None:
        self._paper.admin("close-streams", account=str(user_id))

    def set_mul_point(self, ticker: str, mul_point: int) -> None:
        self._paper.admin("mul-point", token=ticker, mul_point=mul_point)


@contextmanager
def in_memory(_data_dir: Path) -> Iterator[Venue]:
    """The fake; it needs nothing."""
    yield InMemory()


@contextmanager
def over_the_wire(data_dir: Path) -> Iterator[Venue]:
    """The paper venue, running on `data_dir`."""
    with running_venue(data_dir) as paper:
        venue = OverTheWire(paper)
        try:
            yield venue
        finally:
            for client in venue.opened:
                client.close()


class Trader:
    """One account with a subscribed stream, and the orders that the suites place."""

    def __init__(self, venue: Venue) -> None:
        self.user_id = next(_USER_IDS)
        self.client = venue.client(self.user_id)
        self.token = next(token for token in self.client.tokens() if token.ticker == "AOP")
        self.rules = self.client.symbol_rules()[f"{self.token.alpha_id}USDT"]
        self.listen_key = self.client.create_listen_key()
        self.stream = venue.stream()
        self.stream.subscribe(self.listen_key)

    def price(self, factor: str) -> Decimal:
        """The token's price now times a factor, on the tick."""
        return floor_to(self.client.quote(self.token.alpha_id).price * Decimal(factor), self.rules.tick_size)

    def oto(self, factor: str, quote: str = "20") -> OtoOrder:
        """Buy for `quote` USDT at so much of the market's price, sell a tenth lower."""
        price = self.price(factor)
        quantity = floor_to(Decimal(quote) / price, self.rules.step_size)
        return OtoOrder(
            symbol=self.rules.symbol,
            base_asset=self.token.alpha_id,
            quote_asset="USDT",
            working_price=price,
            quantity=quantity,
            amount=quote_amount(price, quantity),
            pending_price=floor_to(price * Decimal("0.8"), self.rules.tick_size),
        )

    def plain(self, side: Side, factor: str, quantity: Decimal | None = None) -> LimitOrder:
        """A plain order at so much of the market's price, for 20 USDT unless a quantity is given."""
        price = self.price(factor)
        return LimitOrder(
            symbol=self.rules.symbol,
            base_asset=self.token.alpha_id,
            quote_asset="USDT",
            side=side,
            price=price,
            quantity=floor_to(Decimal(20) / price, self.rules.step_size) if quantity is None else quantity,
        )

    def history(self) -> tuple[OrderSnapshot, ...]:
        """All finished orders of the token."""
        return tuple(self.client.order_history(self.token.alpha_id, 0, 4_000_000_000_000))

    def reports_until(self, venue_order_id: str, status: OrderStatus) -> list[ExecutionReport]:
        """What the stream tells, up to and with this order's report of this status."""
        reports = [self.next_report()]
        while (reports[-1].venue_order_id, reports[-1].order_status) != (venue_order_id, status):
            reports.append(self.next_report())
        return reports

    def next_report(self) -> ExecutionReport:
        item = self.stream.receive(10)
        assert isinstance(item, ExecutionReport), item
        return item

    def traded(self) -> OtoPlaced:
        """An OTO that is filled on both legs."""
        placed = self.client.place_oto(self.oto("1.1"))
        self.reports_until(placed.pending_order_id, "FILLED")
        return placed

    def close(self) -> None:
        self.stream.close()
        self.client.close()


_USER_IDS = itertools.count(1)
