"""A venue in memory, for tests of what stands above the port: it does what it is told, when it is told.

It passes the contract suites of `tests/contract`, like the real client. Matching, filters and rounding are the
paper venue's pure functions and reports go through the real decoder, so only time, threads and the network are
replaced. Every method may be called from any thread.
"""

import itertools
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from decimal import Decimal
from typing import NoReturn

import msgspec
from msgspec.structs import replace

from exchange.alpha import decode_stream
from exchange.alpha.frames import StreamMessage
from exchange.alpha.listings import TokenRow
from exchange.alpha.numbers import encode
from exchange.errors import Rejected, VenueError
from exchange.paper.matching import Book, Group, Level, cancel, execute, hold
from exchange.paper.model import OPEN, Account, Balance, Fill, Order, Rejection, Report, Step
from exchange.paper.rounding import floor_to, quote_amount
from exchange.paper.rules import (
    AMOUNT_MISMATCH,
    INSUFFICIENT_BALANCE,
    NOT_TRADING,
    UNKNOWN_ORDER,
    TradingRules,
    check_notional,
    check_price,
    check_quantity,
    trading_rules,
)
from exchange.paper.tokens import QUOTE, own_symbols, own_tokens
from exchange.paper.wire import report_frame
from exchange.port import BookSnapshot, ExecutionReport, TopOfBook, UnreadableFrame
from exchange.quiet import Quiet
from tests.support.fake_client import FakeClient
from tests.support.fake_stream import FakeStream

STARTING_BALANCE = Decimal(100_000)


class Fault(msgspec.Struct, frozen=True):
    """How a call will end. `done` says that the venue does what it was asked before the answer is lost."""

    error: VenueError
    done: bool = False


class FakeVenue:
    """Tokens and symbols are the paper venue's own. `calls` lists (user id, name of the call), oldest first.

    With `fills_at_once` an order that crosses the token's price is filled completely when it arrives; without,
    orders wait for `fill`.
    """

    def __init__(self, *, fills_at_once: bool = False, clock: Callable[[], int] | None = None) -> None:
        self.clock = clock or _wall_clock
        self.symbols = {row.symbol: row for row in own_symbols()}
        self.token_rows = {row.alpha_id: row for row in own_tokens()}
        self.orders: dict[int, Order] = {}
        self.fills: dict[int, list[Fill]] = defaultdict(list)
        self.volumes: dict[int, dict[str, Decimal]] = defaultdict(dict)
        self.calls: list[tuple[int, str]] = []
        self.changed = threading.Condition(threading.RLock())
        self._fills_at_once = fills_at_once
        self._accounts: dict[int, Account] = {}
        self._keys: dict[int, str] = {}
        self._streams: list[FakeStream] = []
        self._faults: dict[tuple[int, str], deque[Fault]] = defaultdict(deque)
        self._ids = itertools.count(1)

    # --- the port ---

    def client(self, user_id: int, quiet: Quiet | None = None) -> FakeClient:
        """An account's client."""
        return FakeClient(self, user_id, quiet)

    def stream(self) -> FakeStream:
        """A stream, not yet subscribed."""
        with self.changed:
            stream = FakeStream()
            self._streams.append(stream)
            return stream

    # --- what a test says ---

    def fill(self, venue_order_id: str, *, quantity: Decimal | None = None, price: Decimal | None = None) -> None:
        """Fill an open order, all of it or `quantity`, at `price` or else the token's, or else the order's limit."""
        with self.changed:
            order = self.open_order(venue_order_id)
            size = order.leaves_qty if quantity is None else quantity
            if not self._execute(order, self._fill_price(order) if price is None else price, size):
                raise ValueError(f"order {venue_order_id} does not cross {price}")

    def end(self, venue_order_id: str) -> None:
        """Cancel an order as if by the venue itself."""
        with self.changed:
            self.cancel(self.open_order(venue_order_id))

    def fail_next(self, user_id: int, call: str, error: VenueError, *, done: bool = False) -> None:
        """Let the account's next call of that name (a method of the port) end in `error`."""
        with self.changed:
            self._faults[user_id, call].append(Fault(error, done))

    def set_token(self, alpha_id: str, *, price: Decimal | None = None, mul_point: int | None = None) -> None:
        """Change a token's price or multiplier from now on."""
        with self.changed:
            row = self.token_rows[alpha_id]
            price, mul_point = price or row.price, mul_point or row.mul_point
            self.token_rows[alpha_id] = replace(row, price=price, mul_point=mul_point)

    def set_volume(self, user_id: int, ticker: str, volume: Decimal) -> None:
        """Let the account stand at this volume."""
        with self.changed:
            self.volumes[user_id][ticker] = volume

    def push(self, user_id: int, item: ExecutionReport | UnreadableFrame) -> None:
        """Put an item on the account's streams."""
        with self.changed:
            for stream in self._streams:
                if stream.listen_key == self._keys.get(user_id, ""):
                    stream.put(item)
            self.changed.notify_all()

    def drop_streams(self, user_id: int) -> None:
        """Break the account's connections; what was pushed before is still delivered."""
        with self.changed:
            for stream in self._streams:
                if stream.listen_key == self._keys.get(user_id, ""):
                    stream.drop()

    def wait_for(self, condition: Callable[["FakeVenue"], bool], timeout: float = 10.0) -> bool:
        """Wait until the condition, looked at after every call and report, holds; False when time is up."""
        with self.changed:
            return self.changed.wait_for(lambda: condition(self), timeout)

    # --- what FakeClient asks for ---

    def note_call(self, user_id: int, call: str) -> Fault | None:
        with self.changed:
            self.calls.append((user_id, call))
            self.changed.notify_all()
            faults = self._faults[user_id, call]
            return faults.popleft() if faults else None

    def new_key(self, user_id: int) -> str:
        """Ends the key before it."""
        with self.changed:
            self._keys[user_id] = f"{next(self._ids):032x}"
            return self._keys[user_id]

    def end_key(self, user_id: int, listen_key: str) -> None:
        """Its streams fall silent."""
        with self.changed:
            if self._keys.get(user_id) == listen_key:
                del self._keys[user_id]

    def token(self, alpha_id: str) -> TokenRow:
        row = self.token_rows.get(alpha_id)
        return row if row is not None else _refuse(NOT_TRADING)

    def book(self, symbol: str) -> BookSnapshot:
        """One bid at the token's price, for as much as anybody may sell, and a best ask above it."""
        rules = next(row for row in own_symbols() if row.symbol == symbol)
        price = self.token(rules.base_asset).price or Decimal(0)
        return BookSnapshot(
            bids=((price, Decimal(1_000_000_000)),), ask=price + self._rules(symbol).tick, at=self.clock()
        )

    def top_of_book(self, symbol: str) -> TopOfBook:
        """A tick on either side of the token's price, for as much as anybody may trade."""
        rules = next(row for row in own_symbols() if row.symbol == symbol)
        price, tick = self.token(rules.base_asset).price, self._rules(symbol).tick
        size = Decimal(1_000_000_000)
        bid, ask = floor_to(price, tick), floor_to(price, tick) + tick
        return TopOfBook(bid=bid, bid_size=size, ask=ask, ask_size=size, at=self.clock())

    def account(self, user_id: int) -> Account:
        start = Account(str(user_id), {QUOTE: Balance(free=STARTING_BALANCE)})
        return self._accounts.setdefault(user_id, start)

    def open_order(self, venue_order_id: str) -> Order:
        """A waiting pending leg stands for the working leg that it belongs to."""
        order = self.orders.get(int(venue_order_id))
        if order is not None and order.status == "PENDING":
            order = self.orders[order.partner_id]
        return order if order is not None and order.status in OPEN else _refuse(UNKNOWN_ORDER)

    def accept(self, wanted: Order, amount: Decimal, pending_price: Decimal | None = None) -> Group:
        """Check the order as the paper venue does and take it, with its pending leg if that has a price."""
        with self.changed:
            self._check(wanted, amount)
            working = replace(wanted, order_id=next(self._ids))
            group = hold(self.account(int(wanted.account)), working) or _refuse(INSUFFICIENT_BALANCE)
            if pending_price is not None:
                group = _with_pending(group, pending_price, next(self._ids), next(self._ids))
            legs = [leg for leg in (group.order, group.pending) if leg is not None]
            self._record(group, [Step(leg, "NEW") for leg in legs])
            if self._fills_at_once:
                for leg in legs:
                    self._fill_if_crossing(leg.order_id)
            return group

    def cancel(self, order: Order) -> None:
        with self.changed:
            self._record(*cancel(self._group(order), self.clock()))

    # --- inside, under the lock ---

    def _rules(self, symbol: str) -> TradingRules:
        listed = self.symbols.get(symbol)
        rules = trading_rules(listed) if listed is not None else None
        return rules if rules is not None else _refuse(NOT_TRADING)

    def _check(self, wanted: Order, amount: Decimal) -> None:
        rules = self._rules(wanted.symbol)
        market = self.token_rows[wanted.base_asset].price
        buying = wanted.side == "BUY"
        right_amount = amount == (quote_amount(wanted.price, wanted.quantity) if buying else wanted.quantity)
        fault = (
            check_quantity(rules, wanted.quantity)
            or check_price(rules, wanted.side, wanted.price, market)
            or check_notional(rules, wanted.price * wanted.quantity)
            or (None if right_amount else AMOUNT_MISMATCH)
        )
        if fault is not None:
            _refuse(fault)

    def _fill_price(self, order: Order) -> Decimal:
        market = floor_to(self.token_rows[order.base_asset].price, self._rules(order.symbol).tick)
        return min(market, order.price) if order.side == "BUY" else max(market, order.price)

    def _fill_if_crossing(self, order_id: int) -> None:
        order = self.orders[order_id]
        if order.status in OPEN:
            market = floor_to(self.token_rows[order.base_asset].price, self._rules(order.symbol).tick)
            self._execute(order, market, order.leaves_qty)

    def _execute(self, order: Order, price: Decimal, quantity: Decimal) -> bool:
        level = (Level(price, quantity),)
        execution = execute(self._group(order), Book(level, level), self._rules(order.symbol), self.clock())
        self._record(execution.group, execution.steps)
        return bool(execution.steps)

    def _group(self, order: Order) -> Group:
        partner = self.orders.get(order.partner_id)
        waiting = partner if partner is not None and partner.status == "PENDING" else None
        return Group(self.account(int(order.account)), order, waiting)

    def _record(self, group: Group, steps: "tuple[Step, ...] | list[Step]") -> None:
        user_id = int(group.account.user_id)
        self._accounts[user_id] = group.account
        for leg in (group.order, group.pending):
            if leg is not None:
                self.orders[leg.order_id] = leg
        match_id = next(self._ids)
        for step in steps:
            report = Report(next(self._ids), match_id if step.take else 0, self.clock(), step)
            self._count(user_id, report)
            self.push(user_id, _as_received(report))

    def _count(self, user_id: int, report: Report) -> None:
        order, take = report.step.order, report.step.take
        if take is None:
            return
        last = order.status == "FILLED"
        fill = Fill(report.execution_id, report.match_id, order.order_id, report.at, take, last)
        self.fills[order.order_id].append(fill)
        if order.side == "BUY":
            token, volumes = self.token_rows[order.base_asset], self.volumes[user_id]
            ordered = order.price * take.quantity
            volumes[token.symbol] = volumes.get(token.symbol, Decimal(0)) + ordered / token.mul_point


def _wall_clock() -> int:
    return time.time_ns() // 1_000_000


def _refuse(rejection: Rejection) -> NoReturn:
    raise Rejected(rejection.message, code=rejection.code)


def _with_pending(group: Group, price: Decimal, order_id: int, list_id: int) -> Group:
    working = replace(group.order, list_id=list_id, position="OTO_WORKING", partner_id=order_id)
    pending = replace(
        working,
        order_id=order_id,
        side="SELL",
        price=price,
        quantity=Decimal(0),
        status="PENDING",
        position="OTO_PENDING",
        partner_id=working.order_id,
        held=Decimal(0),
    )
    return Group(group.account, working, pending)


def _as_received(report: Report) -> ExecutionReport:
    """Through the wire's form and back, so that a test sees what the real stream would deliver."""
    data = msgspec.Raw(encode(report_frame(report, report.at)))
    item = decode_stream.read_message(encode(StreamMessage(stream="alpha@", data=data)), str)
    assert isinstance(item, ExecutionReport)
    return item
