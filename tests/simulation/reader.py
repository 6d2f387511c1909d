"""A stream reader without a thread; what it does and tells is that of `actors.stream_reader.StreamReader`."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from actors.messages.base import Message
from actors.messages.orders import FrameRefused, ReportReceived
from actors.messages.readers import KeyKept, KeyMoved, ReaderEnded, ReaderSubscribed
from actors.stream_reader import Hearers, ListenKeys, ended
from events.reports import ExecutionReport, UnreadableFrame
from exchange.alpha.decode_stream import Ack, read_message
from exchange.alpha.frames import StreamRequest
from exchange.alpha.masks import Masks
from exchange.alpha.numbers import encode
from exchange.errors import Unavailable, VenueError
from tests.simulation.network import Network
from tests.simulation.stage import Stage, Work
from tests.simulation.venue import Socket, VenueDown

SILENT_S = 60.0
"""A connection from which nothing has come for so long is given up: three pings of 20 s (`exchange.alpha.stream`)."""


class Line(NamedTuple):
    """Where a reader lives: its process, and the network to the venue."""

    stage: Stage
    network: Network


class StagedReader:
    """One generation: ends with exactly one notice, ReaderEnded or KeyKept."""

    def __init__(self, generation: int, cause: int | None, keys: ListenKeys, line: Line, hearers: Hearers) -> None:
        self.generation = generation
        self.key: str | None = None
        self._cause = cause
        self._keys = keys
        self._stage, self._network = line
        self._hearers = hearers
        self._closing = False
        self._socket: Socket | None = None
        self._delete_key = False
        self._ended_with: Message | None = None

    def start(self, kept_key: str | None = None) -> None:
        self._work(partial(self._create_key, kept_key), partial(self._key_tried, kept_key))

    def close(self, *, delete_key: bool) -> None:
        self._delete_key = delete_key
        self._closing = True
        if self._socket is not None:
            self._socket.frames.put_nowait(None)  # wakes who waits for a frame

    def _work(self, run: Callable[[], object], done: Callable[[], object]) -> None:
        self._stage.enter(Work(self._stage, run, done).attempt)

    def _create_key(self, kept_key: str | None) -> None:
        try:
            self.key = self._keys.create()
        except VenueError as error:
            self._ended_with = self._ended(error.message, error)
            return
        if self.key == kept_key:
            self._ended_with = KeyKept(generation=self.generation, cause=self._cause)

    def _key_tried(self, kept_key: str | None) -> None:
        if self._ended_with is not None:
            self._finish(self._ended_with)
        else:
            task = self._stage.world.spawn(self._live(renewal=kept_key is not None))
            self._stage.closing.append(task.cancel)

    async def _live(self, *, renewal: bool) -> None:
        reason, error = await self._subscribe_and_read(renewal=renewal)
        self._stage.enter(lambda: self._finish(self._ended(reason, error)))

    def _connect(self) -> Socket:
        if self._network.strikes("unreachable"):
            raise VenueDown
        return self._network.venue.connect()

    async def _subscribe_and_read(self, *, renewal: bool) -> tuple[str, VenueError | None]:
        await asyncio.sleep(self._network.way())
        if self._closing:
            return "closed by us", None
        try:
            socket = self._socket = self._connect()
        except VenueDown:
            return "user stream: cannot connect", Unavailable("cannot connect")
        self._stage.closing.append(socket.hang_up)
        try:
            return await self._read(socket, renewal=renewal), None
        finally:
            socket.hang_up()

    async def _read(self, socket: Socket, *, renewal: bool) -> str:
        """Deliver until the stream ends; why it ended."""
        silent = self._network.strikes("connection_goes_silent")
        socket.ask(encode(StreamRequest("SUBSCRIBE", (f"alpha@{self.key}",), 2)))
        while True:
            frame = await socket.frames.get()
            if not self._closing and frame is not None:
                await asyncio.sleep(self._network.way())
            if self._closing:
                return "closed by us"
            if frame is None:
                return f"the venue closed the user stream: {socket.closed_with or 'connection lost'}"
            if silent and b'"TRADE"' in frame:
                return await self._hear_nothing(socket)
            self._stage.enter(partial(self._take, frame, renewal=renewal))

    async def _hear_nothing(self, socket: Socket) -> str:
        """The connection is dead and does not say so: not even to pings."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENT_S):
                while not self._closing:
                    await socket.frames.get()
        return "closed by us" if self._closing else "the venue left 2 pings unanswered"

    def _take(self, frame: bytes, *, renewal: bool) -> None:
        self._stage.point(f"reader {self.generation}", "a frame")
        item = read_message(frame, Masks(self.key or ""))
        match item:
            case Ack():
                up = KeyMoved if renewal else ReaderSubscribed
                self._hearers.notify(up(generation=self.generation, cause=self._cause))
            case ExecutionReport():
                self._hearers.deliver(ReportReceived(report=item, ts_event=item.transact_time))
            case UnreadableFrame():
                self._hearers.deliver(FrameRefused(frame=item))

    def _finish(self, notice: Message) -> None:
        key = self.key
        if self._delete_key and key is not None:
            self._work(lambda: self._delete(key), lambda: self._hearers.notify(notice))
        else:
            self._hearers.notify(notice)

    def _delete(self, key: str) -> None:
        try:
            self._keys.delete(key)
        except VenueError as error:
            self._stage.world.note(f"reader {self.generation}", "keeps its key", error.message)

    def _ended(self, reason: str, error: VenueError | None = None) -> ReaderEnded:
        return ended(self.generation, reason, error, self._hearers, self._cause)
