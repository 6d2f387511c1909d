"""One account's user stream over a WebSocket (venue protocol notes, section 5.1)."""

import socket
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NoReturn

import msgspec
from websocket import (
    ABNF,
    WebSocket,
    WebSocketBadStatusException,
    WebSocketException,
    WebSocketTimeoutException,
    _handshake,
)
from websocket._cookiejar import SimpleCookieJar

from exchange.alpha.decode_stream import Ack, read_message
from exchange.alpha.frames import StreamRequest
from exchange.alpha.masks import Masks
from exchange.alpha.numbers import encode
from exchange.alpha.outcomes import TURNED_AWAY, Answer, check_refused, retry_after
from exchange.alpha.session import Hosts
from exchange.alpha.sockets import connect, untrusted
from exchange.errors import StreamClosed, Unavailable, Untrusted, VenueError
from exchange.port import ExecutionReport, UnreadableFrame
from exchange.quiet import Quiet

_SUBSCRIPTION_ID: Final = 2
_SHORTEST_WAIT: Final = 0.001  # a socket timeout of 0 would mean "do not block", which is something else
_LOST_PINGS: Final = 3
_HAND_OVER: Final = 1.0  # seconds; a reader that is still connecting takes longer, and frees the socket itself

Item = ExecutionReport | UnreadableFrame


class _NoCookies(SimpleCookieJar):
    """The library's own jar is one for the whole process: it would send with one account's handshake what the venue has
    set with another's.
    """

    def add(self, set_cookie: str | None) -> None:
        """The stream needs none: its listen key says whose it is."""

    def get(self, host: str) -> str:  # noqa: ARG002 - as the library asks
        return ""


_handshake.CookieJar = _NoCookies()


class StreamTimings(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. A connection from which nothing has come for three times `ping` is given up."""

    connect: float = 10.0
    ack: float = 10.0
    ping: float = 20.0


class AlphaStream:
    """`exchange.port.UserStream`: one subscription on one connection, not used again once it is closed.

    `subscribe` and `receive` belong to one reader thread, `close` to any. `quiet` holds the handshake back, and hears
    when the venue turns it away; `masks` is what else, besides the listen key, is not to be seen in what it sends.
    """

    def __init__(
        self,
        hosts: Hosts,
        *,
        timings: StreamTimings | None = None,
        quiet: Quiet | None = None,
        masks: Masks | None = None,
    ) -> None:
        self._url = hosts.stream_url
        self._tls = hosts.tls
        self._timings = timings or StreamTimings()
        self._quiet = quiet
        self._masks = masks or Masks()
        # The reports are decoded from bytes, which checks their UTF-8; checking here too would be slow.
        self._socket = WebSocket(enable_multithread=True, skip_utf8_validation=True)
        self._in_use = threading.Lock()
        self._closed = threading.Event()
        self._waiting: deque[Item] = deque()
        self._listen_key = ""
        self._heard = self._pinged = 0.0

    def subscribe(self, listen_key: str) -> None:
        """Frames that overtake the acknowledgement are kept for `receive`."""
        self._listen_key = listen_key
        self._masks.know(listen_key)
        with self._reading():
            self._connect()
            self._request_subscription()
            self._await_ack(time.monotonic() + self._timings.ack)

    def receive(self, timeout: float) -> Item | None:
        if self._waiting:
            return self._waiting.popleft()
        deadline = time.monotonic() + timeout
        with self._reading():
            while True:
                match self._next(deadline):
                    case Ack():
                        continue
                    case item:
                        return item

    def close(self) -> None:
        """Takes the connection down under a waiting reader, which then frees it; frees it if there is none."""
        self._closed.set()
        _shut(self._socket.sock)
        if self._in_use.acquire(timeout=_HAND_OVER):
            self._free()
            self._in_use.release()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._in_use:
            try:
                yield
            except (StreamClosed, VenueError):
                self._closed.set()
                self._free()
                raise

    def _free(self) -> None:
        self._socket.shutdown()  # type: ignore[no-untyped-call]  # the library annotates only in part

    def _connect(self) -> None:
        self._refuse_if_closed()
        if self._quiet is not None:
            self._quiet.check("user stream")
        self._shake_hands()
        self._heard = self._pinged = time.monotonic()
        self._refuse_if_closed()

    def _shake_hands(self) -> None:
        try:
            timeout = self._timings.connect
            # A connection of our own: the library's would go through a proxy that the environment names.
            opened = connect(self._url, self._tls, timeout)
            self._socket.connect(  # type: ignore[no-untyped-call]  # as above
                self._url, timeout=timeout, redirect_limit=0, socket=opened
            )
        except (WebSocketException, OSError, ValueError, IndexError) as error:  # the last two: a garbled handshake
            self._refuse_if_closed()
            if untrusted(error):
                raise Untrusted(f"user stream: {untrusted(error)}") from error
            if isinstance(error, WebSocketBadStatusException):
                self._refused(error.status_code, error.resp_headers or {})
            if (redirect := self._socket.handshake_response) is not None:
                self._refused(redirect.status, redirect.headers)
            raise Unavailable(f"user stream: cannot connect: {type(error).__name__}") from error

    def _refused(self, status: int, headers: Mapping[str, str]) -> NoReturn:
        """What turns a call away or needs the account's owner does so here, too (venue protocol notes, section 12)."""
        now = time.time()
        if self._quiet is not None and status in TURNED_AWAY:
            self._quiet.turned_away(retry_after(headers, now))
        check_refused(Answer(status=status, headers=headers, body=b""), now=now)
        raise Unavailable(
            f"user stream: cannot connect: HTTP {status}"
        ) from None  # the cause's text holds all that the venue sent

    def _request_subscription(self) -> None:
        request = StreamRequest("SUBSCRIBE", (f"alpha@{self._listen_key}",), _SUBSCRIPTION_ID)
        self._send(encode(request), ABNF.OPCODE_TEXT)

    def _await_ack(self, deadline: float) -> None:
        while True:
            match self._next(deadline):
                case None:
                    raise Unavailable("user stream: no acknowledgement of the subscription")
                case Ack(refused=True):
                    raise StreamClosed("the venue refused the subscription")
                case Ack():
                    return
                case item:
                    self._waiting.append(item)

    def _next(self, deadline: float) -> Item | Ack | None:
        """The next message, None at the deadline. Waits in slices, so as to ping in between."""
        while True:
            left = deadline - time.monotonic()
            message = self._wait_for_message(min(left, self._until_ping()))
            if message is not None:
                return read_message(message, self._masks)
            self._keep_alive()
            if left <= 0:
                return None

    def _wait_for_message(self, seconds: float) -> bytes | None:
        """None for a control frame, and when nothing came. A frame cut short by the timeout is continued later."""
        self._refuse_if_closed()
        try:
            self._socket.settimeout(max(seconds, _SHORTEST_WAIT))
            opcode, frame = self._socket.recv_data_frame(control_frame=True)
        except WebSocketTimeoutException:
            return None
        except (WebSocketException, OSError) as error:
            raise self._lost(error) from error
        self._heard = time.monotonic()
        if opcode == ABNF.OPCODE_CLOSE:
            raise StreamClosed(f"the venue closed the user stream: {self._masks(_close_reason(frame.data))}")
        return bytes(frame.data) if opcode in (ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY) else None

    def _until_ping(self) -> float:
        return max(self._heard, self._pinged) + self._timings.ping - time.monotonic()

    def _keep_alive(self) -> None:
        if time.monotonic() - self._heard > _LOST_PINGS * self._timings.ping:
            raise StreamClosed(f"the venue left {_LOST_PINGS - 1} pings unanswered")
        if self._until_ping() <= 0:
            self._pinged = time.monotonic()
            self._send(b"", ABNF.OPCODE_PING)

    def _send(self, payload: bytes, opcode: int) -> None:
        try:
            self._socket.send(payload, opcode)
        except (WebSocketException, OSError) as error:
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> StreamClosed:
        return StreamClosed("closed by us" if self._closed.is_set() else self._masks(f"connection lost: {error}"))

    def _refuse_if_closed(self) -> None:
        if self._closed.is_set():
            raise StreamClosed("closed by us")


def _shut(sock: socket.socket | None) -> None:
    """Wakes whoever waits on the socket; closing it would not. Past TLS's own shutdown, which waits for the peer."""
    if sock is not None:
        try:
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            return  # not connected any more: nobody can be waiting


def _close_reason(payload: bytes) -> str:
    code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 0  # noqa: PLR2004
    return f"{code} {payload[2:].decode(errors='replace')}".strip()
