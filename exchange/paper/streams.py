"""The user stream's connections: subscriptions, frames out in order, forced close. The event loop's thread.

No replay: a frame goes to whoever is subscribed when it is pushed, and to nobody else.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from exchange.alpha.frames import StreamAck, StreamMessage, StreamRequest
from exchange.alpha.numbers import encode
from exchange.paper.faults_readings import shifted_report, skew_ms
from exchange.paper.faults_stream import FaultyStream
from exchange.paper.keys import ListenKeys
from exchange.paper.model import Report
from exchange.paper.venue import Venue
from exchange.paper.wire import report_frame


class Connection:
    """One socket. Messages are queued and sent by its own task, so that a slow reader holds up nobody."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.names: list[str] = []
        self.muted = False
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()

    def send(self, message: bytes) -> None:
        self._queue.put_nowait(message)

    async def write(self) -> None:
        """Send what is queued until the other side is gone."""
        with suppress(ConnectionError):
            while True:
                message = await self._queue.get()
                await self.socket.send_str(message.decode())

    def answer(self, request: StreamRequest) -> None:
        """Acknowledge; a bad key is acknowledged like a good one (section 5.1)."""
        if request.method == "SUBSCRIBE":
            self.names.extend(name for name in request.params if name not in self.names)
        elif request.method == "UNSUBSCRIBE":
            self.names = [name for name in self.names if name not in request.params]
        listed = tuple(self.names) if request.method == "LIST_SUBSCRIPTIONS" else None
        self.send(encode(StreamAck(listed, request.id)))


class Streams:
    """All connections, and per account the reports that wait for their time."""

    def __init__(self, venue: Venue, keys: ListenKeys, clock: Callable[[], int]) -> None:
        self._venue = venue
        self._faulty = FaultyStream(venue, self)
        self._closing: set[asyncio.Task[int]] = set()
        self._keys = keys
        self._clock = clock
        self._connections: dict[Connection, None] = {}  # in the order in which they came
        self._outboxes: defaultdict[str, deque[tuple[float, Report]]] = defaultdict(deque)

    async def serve(self, socket: web.WebSocketResponse, most_seconds: float) -> None:
        """Answer one prepared socket until it ends, or for at most `most_seconds`."""
        connection = Connection(socket)
        self._connections[connection] = None
        writer = asyncio.create_task(connection.write())
        try:
            async with asyncio.timeout(most_seconds):
                await _read(connection)
        except TimeoutError:
            await socket.close(code=WSCloseCode.GOING_AWAY)
        finally:
            writer.cancel()
            del self._connections[connection]

    def push(self, report: Report, delay: float) -> None:
        """Send a report after `delay` seconds, but never before one of the same account that came earlier."""
        loop = asyncio.get_running_loop()
        outbox = self._outboxes[report.step.order.account]
        due = max(loop.time() + delay, outbox[-1][0] if outbox else 0.0)
        outbox.append((due, report))
        if len(outbox) == 1:
            loop.call_at(due, self._drain, outbox)

    async def close_all(self, account: str | None, code: int) -> int:
        """Close the account's connections, or everybody's; how many there were."""
        chosen = list(self._connections) if account is None else self._of(account)
        await asyncio.gather(*(each.socket.close(code=code) for each in chosen))
        return len(chosen)

    def cut(self, account: str, code: int) -> None:
        """Close the account's connections; no frame reaches them from now on."""
        self.mute(account)
        closing = asyncio.get_running_loop().create_task(self.close_all(account, code))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def mute(self, account: str) -> None:
        """Let the account's connections answer pings and subscriptions, and deliver nothing more."""
        for each in self._of(account):
            each.muted = True

    def heard(self, account: str) -> bool:
        """Whether a frame of this account would reach somebody now."""
        return any(not each.muted for each in self._of(account))

    def _of(self, account: str) -> list[Connection]:
        names = set(self._keys.streams_of(account, self._clock()))
        return [each for each in self._connections if names.intersection(each.names)]

    def _drain(self, outbox: deque[tuple[float, Report]]) -> None:
        loop = asyncio.get_running_loop()
        while outbox and outbox[0][0] <= loop.time():
            self._send(outbox.popleft()[1])
        if outbox:
            loop.call_at(outbox[0][0], self._drain, outbox)

    def _send(self, report: Report) -> None:
        if self._venue.faults.active:
            self._faulty.send(report, self._clock())
        else:
            self.deliver(report)

    def deliver(self, report: Report, change: Callable[[bytes], bytes] | None = None) -> None:
        """Send a report's frame, or what `change` makes of it, to whoever is subscribed and not muted."""
        now, account = self._clock(), report.step.order.account
        for name in self._keys.streams_of(account, now):
            listeners = [each for each in self._connections if name in each.names and not each.muted]
            if listeners:
                skew = skew_ms(self._venue, account, now)
                data = msgspec.Raw(encode(report_frame(shifted_report(report, skew), now + skew)))
                frame = encode(StreamMessage(stream=name, data=data))
                for each in listeners:
                    each.send(change(frame) if change else frame)


async def _read(connection: Connection) -> None:
    async for message in connection.socket:
        if message.type != WSMsgType.TEXT:
            continue
        try:
            connection.answer(msgspec.json.decode(message.data, type=StreamRequest))
        except msgspec.DecodeError:
            continue
