"""The paper venue over HTTP and WebSocket, on one port of the loopback interface, on one event loop.

Besides the venue's own paths (`exchange.alpha.paths`) there are, for tests and operators, without login:

=====  =====================  =====================================================================================
GET    /admin/ledger          orders, request counts and credits (`exchange.paper.ledger`)
POST   /admin/mul-point       `{"token": "AOP", "mul_point": 1}`: what fills count from now on
POST   /admin/market          `{"symbol": "ALPHA_382USDT", "price": "0.02", "halted": true, "depth": "150"}`, each but
                              the symbol optional: move the price, halt or resume, set the USDT per level of the book
POST   /admin/volume          `{"account": "1", "token": "AOP", "volume": "8500"}`: add to what it stands at today
POST   /admin/close-streams   `{"account": "1", "code": 1001}`, both optional: close connections
GET    /admin/faults          the fault plan, and how often each rule was asked and struck; `plan` is null without one
POST   /admin/faults          a fault plan (`exchange.paper.faults_plan`): follow it from now on, in place of any other
DELETE /admin/faults          let nothing more go wrong
POST   /admin/sessions        `{"account": "1"}`: log an account in; cookie and token as its browser would send them,
                              with `?as=curl` as a request that it has copied
DELETE /admin/sessions        `{"account": "1"}`: its session has expired
GET    /admin/callers         how often each account was turned away, and came again before it should
=====  =====================  =====================================================================================

The last three are there when the venue is strict (`exchange.paper.strict`): then only sessions of its own are good.
Otherwise an account is named by the cookie `p20t=paper-<user_id>`, and a `csrftoken` header must be there; any other
session has expired. Accounts are opened at first sight. Every request goes through `Server._answer` and every frame
through `Streams._send`.
"""

import asyncio
import sqlite3
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web

from exchange.alpha import paths
from exchange.alpha.frames import Envelope, PagedEnvelope
from exchange.paper import private_api, public_api
from exchange.paper.admin_api import Admin
from exchange.paper.api import Boards, Call, Paged, Refused, Reply, Route
from exchange.paper.door import door
from exchange.paper.engine import Engine
from exchange.paper.faults_http import fate_of_call, unanswered, wrong_answer
from exchange.paper.faults_readings import turn_knobs
from exchange.paper.faults_replies import LOGIN_EXPIRED
from exchange.paper.model import Rejection
from exchange.paper.settings import PaperSettings
from exchange.paper.venue import open_venue

HOST = "127.0.0.1"
HOST_NAME = "localhost"
_NOBODY = "public"


def _envelope(reply: Reply | Rejection) -> bytes:
    match reply:
        case Rejection():
            return msgspec.json.encode(Envelope(code=reply.code, message=reply.message))
        case Paged():
            page = PagedEnvelope(code="000000", data=msgspec.Raw(reply.data), success=True, total=reply.total)
            return msgspec.json.encode(page)
        case _:
            return msgspec.json.encode(Envelope(code="000000", data=msgspec.Raw(reply), success=True))


@web.middleware
async def _tell_the_loop(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A state that cannot be written concerns whoever runs the loop, as it does where nobody asked."""
    try:
        return await handler(request)
    except sqlite3.Error as error:
        asyncio.get_running_loop().call_exception_handler({"message": "no state can be kept", "exception": error})
        return web.Response(status=500)


class Server:
    """Answers requests with an engine. All methods run on the event loop's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._boards = Boards(engine)
        self._door = door(engine.venue.settings)

    def application(self) -> web.Application:
        application = web.Application(middlewares=(_tell_the_loop,))
        for route in (*private_api.ROUTES, *public_api.ROUTES):
            application.router.add_route(route.method, route.path, self._answering(route))
        application.add_routes(Admin(self._engine, self._boards).routes())
        application.add_routes(self._door.routes())
        application.router.add_get(paths.USER_STREAM, self._stream)
        return application

    def _answering(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(route, request)

        return answer

    async def _answer(self, route: Route, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        venue, now = self._engine.venue, self._engine.clock()
        account = self._door.account_of(request, now)
        if account:
            venue.arrive(account, now)
        venue.accounts.count_request(account or _NOBODY, route.name)
        refusal = self._door.refusal(route, account, now)
        if refusal is not None:
            venue.store.commit()
            return refusal
        call = Call(self._engine, self._boards, account, request.query, body, now)
        if venue.faults.active:
            return await self._answer_faultily(route, request, call)
        return await self._true_answer(route, call)

    async def _answer_faultily(self, route: Route, request: web.Request, call: Call) -> web.StreamResponse:
        """Carry out the call's fate (`exchange.paper.faults_replies`)."""
        if turn_knobs(call.engine.venue, call.now):
            self._boards.tokens.forget()
        fate = fate_of_call(route, call)
        await asyncio.sleep(float(fate.before))
        answer = None
        if fate.processed:
            answer = await self._true_answer(route, msgspec.structs.replace(call, now=self._engine.clock()))
        else:
            call.engine.venue.store.commit()
        await asyncio.sleep(float(fate.after))
        if fate.silence:
            return await unanswered(request, fate)
        return wrong_answer(fate.reply) if fate.reply or answer is None else answer

    async def _true_answer(self, route: Route, call: Call) -> web.Response:
        account = call.account
        reply = LOGIN_EXPIRED if route.private and not account else _envelope(_handled(route, call))
        self._engine.venue.store.commit()
        await self._engine.reply_delay(placement=route.placement)
        if route.missing and account:
            return web.Response(status=404)
        response = web.Response(body=reply, content_type="application/json")
        if route.placement and account:
            self._door.renew(account, response)
        return response

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        settings = self._engine.venue.settings
        socket = web.WebSocketResponse(heartbeat=settings.stream_ping_seconds)
        await socket.prepare(request)
        await self._engine.streams.serve(socket, settings.stream_max_seconds)
        return socket


def _handled(route: Route, call: Call) -> Reply | Rejection:
    try:
        return route.handle(call)
    except Refused as refused:
        return refused.rejection


class RunningServer:
    """A server that listens: where, and how to stop it."""

    def __init__(self, engine: Engine, runner: web.AppRunner, *, tls: bool) -> None:
        self._engine = engine
        self._runner = runner
        port = int(runner.addresses[0][1])
        # Certificates are made out to names.
        secure, where = ("s", f"{HOST_NAME}:{port}") if tls else ("", f"{HOST}:{port}")
        self.url = f"http{secure}://{where}"
        self.ws = f"ws{secure}://{where}{paths.USER_STREAM}"

    async def stop(self) -> None:
        """Close the connections and the state file."""
        await self._engine.streams.close_all(None, 1001)
        await self._runner.cleanup()
        self._engine.stop()


async def start_server(
    settings: PaperSettings, data_dir: Path, port: int = 0, tls: ssl.SSLContext | None = None
) -> RunningServer:
    """Open the venue on `data_dir` and listen on `port` (0: any free one), with `tls` for https and wss.

    `PaperFileError` when a file of the settings is no good, `OSError` when the port is taken.
    """
    engine = Engine(open_venue(settings, data_dir))
    runner = web.AppRunner(Server(engine).application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, ssl_context=tls).start()
    engine.resume()
    return RunningServer(engine, runner, tls=tls is not None)
