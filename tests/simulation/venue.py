"""The whole paper venue but its sockets: the server's own handlers and streams, called in virtual time.

A venue may be killed and started again on the same books; what it had not committed is lost.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple, cast

from aiohttp import WSMsgType, web

from exchange.paper import private_api, public_api, store
from exchange.paper.api import Route
from exchange.paper.engine import Engine
from exchange.paper.faults_plan import FaultPlan
from exchange.paper.server import Server
from exchange.paper.settings import PaperSettings
from exchange.paper.venue import Venue, venue_on
from tests.simulation.timeline import World

ROUTES: dict[tuple[str, str], Route] = {
    (route.method, route.path): route for route in (*private_api.ROUTES, *public_api.ROUTES)
}


class Transport:
    """The server's side of a connection: it can be broken."""

    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    def get_extra_info(self, _name: str) -> None:
        """There is no socket."""


class Asked:
    """What the server sees of a request; in place of aiohttp's."""

    def __init__(self, account: int, query: Mapping[str, str] | None, body: bytes | None) -> None:
        self.cookies = {"p20t": f"paper-{account}"} if account else {}
        self.headers = {"csrftoken": "0"} if account else {}
        self.query = query or {}
        self.transport = Transport()
        self._body = body or b""

    async def read(self) -> bytes:
        return self._body


class _Text(NamedTuple):
    type: WSMsgType
    data: str


class Socket:
    """Both ends of a WebSocket: the server reads and writes it as aiohttp's, the client hears and closes it."""

    def __init__(self) -> None:
        self.closed_with: int | None = None
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._requests: asyncio.Queue[str | None] = asyncio.Queue()

    def ask(self, text: bytes) -> None:
        self._requests.put_nowait(text.decode())

    def hang_up(self) -> None:
        """By the client."""
        self._requests.put_nowait(None)

    async def send_str(self, text: str) -> None:
        if self.closed_with is None:
            self.frames.put_nowait(text.encode())

    async def close(self, *, code: int) -> bool:
        if self.closed_with is None:
            self.closed_with = int(code)
            self.frames.put_nowait(None)
            self._requests.put_nowait(None)
        return True

    def __aiter__(self) -> AsyncIterator[_Text]:
        return self

    async def __anext__(self) -> _Text:
        text = await self._requests.get()
        if text is None:
            raise StopAsyncIteration
        return _Text(WSMsgType.TEXT, text)


class VenueDown(Exception):
    """Nobody listens."""


class PaperVenue:
    """The venue process. Its books outlive it."""

    def __init__(self, world: World, settings: PaperSettings, plan: FaultPlan) -> None:
        self._world = world
        self._settings = settings
        self._plan: FaultPlan | None = plan
        self._connection = sqlite3.connect(":memory:")
        self._connection.executescript(store._TABLES)
        self._serving: dict[asyncio.Task[Any], None] = {}  # in the order in which they came
        self.accepted: Callable[[], object] = lambda: None
        self.faults_struck: Counter[str] = Counter()
        self.starts = 0
        self.up = False
        self.start()

    @property
    def books(self) -> Venue:
        return self._engine.venue

    def symbols(self) -> bytes:
        """The list that get-exchange-info answers with."""
        return self._server._boards.exchange_info()

    def start(self) -> None:
        """Go on with what is in the books."""
        self.starts += 1
        self.up = True
        venue = venue_on(lambda: store.Store(self._connection), self._settings)
        self._engine = Engine(venue)
        self._engine.clock = self._world.now_ms
        self._engine.streams._clock = self._world.now_ms
        if self._plan is not None:
            venue.follow(self._plan, self._world.now_ms(), self.starts)
        self._server = Server(self._engine)
        self._engine.resume()

    def kill(self) -> None:
        """As kill -9: requests in hand are never answered, connections break, what is not committed is lost."""
        self._count_faults()
        self.up = False
        self._engine._stopped = True
        self._connection.rollback()
        for task in self._serving:
            task.cancel()
        for connection in list(self._engine.streams._connections):
            cast("Socket", connection.socket).frames.put_nowait(None)

    def heal(self) -> None:
        """Nothing more goes wrong; what has gone wrong with orders and tokens stays."""
        self._count_faults()
        self._plan = None
        self.books.faults.stop()
        self.books.faults.offline.clear()

    def close(self) -> None:
        self._engine._stopped = True
        self._connection.close()

    async def close_streams(self) -> None:
        await self._engine.streams.close_all(None, 1001)

    def _count_faults(self) -> None:
        state = self.books.faults.state
        for rule, counts in zip(state.plan.rules, state.counts, strict=True) if state else ():
            self.faults_struck[str(rule.do.__struct_config__.tag)] += counts.struck

    async def answer(self, method: str, path: str, asked: Asked) -> web.Response | None:
        """The server's answer, None when it breaks the connection. Raises VenueDown; CancelledError when killed."""
        if not self.up:
            raise VenueDown
        handling = self._server._answer(ROUTES[method, path], cast("web.Request", asked))
        task = self._world.loop.create_task(handling)
        self._keep(task)
        try:
            response = await asyncio.shield(task)
        except web.HTTPNotFound:
            response = web.Response(status=404)
        if ROUTES[method, path].placement:
            self.accepted()
        return None if asked.transport.aborted else cast("web.Response", response)

    def connect(self) -> Socket:
        """Raises VenueDown."""
        if not self.up:
            raise VenueDown
        socket = Socket()
        serving = self._engine.streams.serve(cast("web.WebSocketResponse", socket), self._settings.stream_max_seconds)
        self._keep(self._world.loop.create_task(serving))
        return socket

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._serving[task] = None
        task.add_done_callback(self._serving.pop)
