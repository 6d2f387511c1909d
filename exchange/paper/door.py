"""Who may come in: whose request it is, and whether the venue turns it away. The event loop's thread."""

import re
from typing import Protocol

import msgspec
from aiohttp import web

from exchange.alpha import paths
from exchange.paper.api import Route
from exchange.paper.faults_replies import REPLIES
from exchange.paper.settings import PaperSettings, Strictness
from exchange.paper.strict import FloodGate, GivenSession, Sessions

_SESSION = re.compile(r"paper-([A-Za-z0-9_.-]{1,64})")


class SessionOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose session an admin means."""

    account: str | int


class Door(Protocol):
    def account_of(self, request: web.Request, now: int) -> str:
        """Whose session the request carries; "" for nobody's."""

    def refusal(self, route: Route, account: str, now: int) -> web.Response | None:
        """The answer to an account that has called too often; None: it may come in."""

    def renew(self, account: str, response: web.Response) -> None:
        """Give the account new cookies with the answer to a placement."""

    def routes(self) -> list[web.RouteDef]:
        """What admins may do about it."""


def door(settings: PaperSettings) -> Door:
    return StrictDoor(settings.seed, settings.strict) if settings.strict else OpenDoor()


class OpenDoor:
    """Lets everybody in who says who he is."""

    def account_of(self, request: web.Request, _now: int) -> str:
        session = _SESSION.fullmatch(request.cookies.get("p20t", ""))
        return session[1] if session and "csrftoken" in request.headers else ""

    def refusal(self, _route: Route, _account: str, _now: int) -> None:
        return None

    def renew(self, _account: str, _response: web.Response) -> None:
        """Sessions last."""

    def routes(self) -> list[web.RouteDef]:
        return []


class StrictDoor:
    """Lets in who has logged in here, and does not call too often."""

    def __init__(self, seed: int, rules: Strictness) -> None:
        self._sessions = Sessions(seed, rules)
        self._gate = FloodGate(rules)

    def account_of(self, request: web.Request, now: int) -> str:
        return self._sessions.account_of(request.headers, request.cookies, now)

    def refusal(self, route: Route, account: str, now: int) -> web.Response | None:
        wait = self._gate.turned_away(account, now, placement=route.placement) if account else None
        if wait is None:
            return None
        reply = REPLIES["rate_limited"]
        headers = {"Retry-After": str(wait)}
        return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type, headers=headers)

    def renew(self, account: str, response: web.Response) -> None:
        for name, value in self._sessions.renew(account).items():
            response.set_cookie(name, value, path="/", httponly=True)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/admin/sessions", self._log_in),
            web.delete("/admin/sessions", self._log_out),
            web.get("/admin/callers", self._callers),
        ]

    async def _log_in(self, request: web.Request) -> web.Response:
        given = self._sessions.log_in(await _named(request))
        if request.query.get("as") == "curl":
            return web.Response(text=_copied(str(request.url.origin()), given))
        return _json(given)

    async def _log_out(self, request: web.Request) -> web.Response:
        self._sessions.log_out(await _named(request))
        return _json({})

    async def _callers(self, _request: web.Request) -> web.Response:
        callers = self._gate.callers.items()
        return _json({name: {"refused": one.refused, "early": one.early} for name, one in callers})


async def _named(request: web.Request) -> str:
    try:
        return str(msgspec.json.decode(await request.read(), type=SessionOf).account)
    except msgspec.DecodeError as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def _copied(origin: str, given: GivenSession) -> str:
    """A request as a browser copies it."""
    headers = {"clienttype": "web", "content-type": "application/json", "csrftoken": given.csrf_token}
    sent = " ".join(f"-H '{name}: {value}'" for name, value in {**headers, "cookie": given.cookie}.items())
    return f"curl '{origin}{paths.USER_VOLUME}' {sent}\n"


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
