"""A venue that answers at once and keeps the time: what `bin/bench reaction` trades on.

One thread, one event loop, a process of its own, so that it shares no interpreter with those it measures. It checks
nothing and matches nothing: each OTO is accepted, its buy fills at once, its sell after a pause drawn from a seed. The
time that it notes runs from when the sell's FILLED frame was handed to the kernel to when the first bytes of the
account's next request arrived.
"""

import asyncio
import base64
import hashlib
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property, partial
from time import perf_counter, time
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from exchange.alpha import paths
from exchange.alpha.frames import ExecutionReport, OtoReply, OtoRequest, StreamAck, StreamMessage, StreamRequest
from exchange.alpha.listings import ExchangeInfo
from exchange.alpha.numbers import JsonText, encode
from exchange.alpha.session import Hosts
from exchange.alpha.wallets import UserVolume
from exchange.paper.rounding import COMMISSION_RATE
from exchange.paper.tokens import QUOTE, own_symbols, own_tokens

SETTLED = 3
"""So many reactions of each account come before those that are counted: connections and caches are warm then."""

_WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_SHORT_FRAME, _MEDIUM_FRAME = 126, 1 << 16
_STEP = Decimal("0.01")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a measurement goes. A sell fills between `fastest_s` and `slowest_s` after its buy."""

    accounts: int
    seconds: float
    fastest_s: float
    slowest_s: float
    seed: int = 1


class Fill(NamedTuple):
    """A leg that is filled at once and in full."""

    order_id: int
    side: str
    price: Decimal
    quantity: Decimal


class Venue:
    """What the connections share. `done` is called once, with every reaction in ms that was counted."""

    def __init__(self, terms: Terms, done: Callable[[list[float]], None]) -> None:
        self._terms = terms
        self._done = done
        self._random = random.Random(terms.seed)  # noqa: S311 - pauses, no secrets
        self._ids = 0
        self._streams: dict[str, Stream] = {}
        self._waiting: dict[str, float] = {}
        self._seen: Counter[str] = Counter()
        self._counted: list[float] | None = None

    def subscribed(self, account: str, stream: "Stream") -> None:
        self._streams[account] = stream

    def heard(self, account: str, arrived: float) -> None:
        """A request of the account began to arrive."""
        filled = self._waiting.pop(account, None)
        if filled is None:
            return
        self._seen[account] += 1
        if self._counted is not None:
            self._counted.append((arrived - filled) * 1000)
        elif len(self._seen) == self._terms.accounts and min(self._seen.values()) >= SETTLED:
            self._counted = []
            asyncio.get_running_loop().call_later(self._terms.seconds, self._done, self._counted)

    def answer(self, account: str, path: str, body: bytes) -> bytes:  # noqa: PLR0911 - a table of paths
        """The `data` of the reply to a request."""
        match path:
            case paths.OTO_PLACE:
                return encode(self._place(account, msgspec.json.decode(body, type=OtoRequest)))
            case paths.LISTEN_KEY:
                return encode(account)
            case paths.AGG_TICKER | paths.TOKEN_LIST:
                return self._tokens
            case paths.EXCHANGE_INFO:
                return encode(ExchangeInfo(symbols=own_symbols()))
            case paths.USER_VOLUME:
                return encode(UserVolume(Decimal(0), ()))
            case paths.OPEN_ORDERS | paths.ORDER_HISTORY:
                return b"[]"
        return b"null"

    @cached_property
    def _tokens(self) -> bytes:
        return encode(own_tokens())

    def _place(self, account: str, order: OtoRequest) -> OtoReply:
        buy, sell = self._next_id(), self._next_id()
        quantity = order.working_quantity
        kept = (quantity * (1 - COMMISSION_RATE)).quantize(_STEP, "ROUND_DOWN")
        bought = Fill(buy, "BUY", order.working_price, quantity)
        sold = Fill(sell, "SELL", order.pending_price, kept)
        loop = asyncio.get_running_loop()
        loop.call_soon(self._push, account, order, bought)
        pause = self._random.uniform(self._terms.fastest_s, self._terms.slowest_s)
        loop.call_later(pause, self._push_last, account, order, sold)
        return OtoReply(buy, sell)

    def _push_last(self, account: str, order: OtoRequest, fill: Fill) -> None:
        self._push(account, order, fill)
        self._waiting[account] = perf_counter()

    def _push(self, account: str, order: OtoRequest, fill: Fill) -> None:
        data = msgspec.Raw(encode(self._report(order, fill)))
        self._streams[account].send(encode(StreamMessage(stream=f"alpha@{account}", data=data)))

    def _report(self, order: OtoRequest, fill: Fill) -> ExecutionReport:
        now, quote = int(time() * 1000), fill.price * fill.quantity
        bought = fill.side == "BUY"
        return ExecutionReport(
            symbol=f"{order.base_asset}{order.quote_asset}",
            side=fill.side,
            order_status="FILLED",
            venue_order_id=str(fill.order_id),
            execution_type="TRADE",
            quantity=JsonText(fill.quantity),
            price=JsonText(fill.price),
            avg_px=JsonText(fill.price),
            last_qty=JsonText(fill.quantity),
            cum_qty=JsonText(fill.quantity),
            last_px=JsonText(fill.price),
            commission=JsonText((fill.quantity if bought else quote) * COMMISSION_RATE),
            commission_asset=order.base_asset if bought else QUOTE,
            match_id=str(self._next_id()),
            cum_quote=JsonText(quote),
            last_quote=JsonText(quote),
            execution_id=self._next_id(),
            order_list_id=str(fill.order_id),
            contingency_type="OTO",
            contingency_position="OTO_WORKING" if bought else "OTO_PENDING",
            event_type="executionReport",
            ts_created=now,
            ts_transact=now,
            ts_update=now,
            ts_push=now,
        )

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids


class Request(NamedTuple):
    """One HTTP request. `websocket_key` is empty unless it asks for a WebSocket."""

    path: str
    account: str
    websocket_key: bytes
    body: bytes


class Connection(asyncio.Protocol):
    """One connection: HTTP/1.1 requests one after the other, until one of them makes it a WebSocket."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._buffer = b""
        self._account = ""
        self._stream: Stream | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP servers are given
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        arrived = perf_counter()
        if self._stream is not None:
            self._stream.feed(data)
            return
        if not self._buffer:
            self._venue.heard(self._account or account_of(data), arrived)
        self._buffer += data
        request, self._buffer = next_request(self._buffer)
        if request is not None:
            self._answer(request)

    def _answer(self, request: Request) -> None:
        self._account = request.account
        if request.websocket_key:
            self._stream = Stream(self._transport, self._venue)
            self._transport.write(upgrade(request.websocket_key))
        else:
            self._transport.write(envelope(self._venue.answer(request.account, request.path, request.body)))


class Stream:
    """One user stream. Messages of the client come whole: it sends but one, and pings."""

    def __init__(self, transport: asyncio.Transport, venue: Venue) -> None:
        self._transport = transport
        self._venue = venue

    def send(self, message: bytes, opcode: int = _TEXT) -> None:
        size = len(message)
        length = bytes((size,)) if size < _SHORT_FRAME else b"\x7e" + size.to_bytes(2, "big")
        self._transport.write(bytes((0x80 | opcode,)) + length + message)

    def feed(self, data: bytes) -> None:
        opcode, payload = unmask(data)
        if opcode == _PING:
            self.send(payload, _PONG)
        elif opcode == _CLOSE:
            self._transport.close()
        elif opcode == _TEXT:
            request = msgspec.json.decode(payload, type=StreamRequest)
            self._venue.subscribed(request.params[0].removeprefix("alpha@"), self)
            self.send(encode(StreamAck(None, request.id)))


def next_request(buffer: bytes) -> tuple[Request | None, bytes]:
    """The first request when it is there in full, and what is left."""
    head, separator, rest = buffer.partition(b"\r\n\r\n")
    announced = re.search(rb"(?i)content-length: *(\d+)", head)
    length = int(announced[1]) if announced else 0
    if not separator or len(rest) < length:
        return None, buffer
    asked = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    path = urlsplit(head.split(b" ", 2)[1].decode()).path
    return Request(path, account_of(head), asked[1] if asked else b"", rest[:length]), rest[length:]


def account_of(head: bytes) -> str:
    """Whose session a request carries, "" when it has none."""
    found = re.search(rb"p20t=(paper-\d+)", head)
    return found[1].decode() if found else ""


def envelope(data: bytes) -> bytes:
    """A successful HTTP response."""
    body = b'{"code":"000000","message":null,"messageDetail":null,"data":' + data + b',"success":true}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + str(len(body)).encode()
    return head + b"\r\n\r\n" + body


def upgrade(key: bytes) -> bytes:
    """The answer that makes a connection a WebSocket (RFC 6455, section 4.2.2)."""
    accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET_GUID, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    return head + b"sec-websocket-accept: " + accept + b"\r\n\r\n"


def unmask(data: bytes) -> tuple[int, bytes]:
    """Opcode and payload of a client's frame that is shorter than 64 KB (RFC 6455, section 5.2)."""
    start = 4 if data[1] & 0x7F == _SHORT_FRAME else 2
    mask, payload = data[start : start + 4], data[start + 4 :]
    return data[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


async def serve(terms: Terms) -> None:
    """Say on stdout where it is, then measure, and say every reaction in ms; one line each."""
    loop = asyncio.get_running_loop()
    finished: asyncio.Future[list[float]] = loop.create_future()
    venue = Venue(terms, finished.set_result)
    server = await loop.create_server(partial(Connection, venue), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    _say(Hosts(rest_url=f"http://127.0.0.1:{port}", stream_url=f"ws://127.0.0.1:{port}{paths.USER_STREAM}"))
    _say(await finished)


def _say(message: object) -> None:
    sys.stdout.write(msgspec.json.encode(message).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(msgspec.json.decode(sys.argv[1], type=Terms)))
