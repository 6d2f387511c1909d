"""The admin endpoints: how a test or an operator looks into a running paper venue and turns its knobs."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec
from aiohttp import web

from exchange.alpha.listings import TokenRow
from exchange.alpha.numbers import encode
from exchange.paper.api import Boards
from exchange.paper.engine import Engine
from exchange.paper.faults_plan import FaultPlan
from exchange.paper.files import PaperFileError
from exchange.paper.ledger import read_ledger
from exchange.paper.rules import check_numbers
from exchange.paper.venue import Venue

T = TypeVar("T")
Action = Callable[[bytes], Awaitable[bytes]]
Answer = Callable[[web.Request], Awaitable[web.Response]]
_json = msgspec.json.Decoder(float_hook=Decimal)


class MulPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`token` is an alphaId, or a ticker that no other token has."""

    token: str
    mul_point: Annotated[int, msgspec.Meta(ge=1)]


class MarketKnob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is. `depth` is USDT per level; a halted market has an empty book."""

    symbol: str
    price: Decimal | None = None
    halted: bool | None = None
    depth: Decimal | None = None


class GivenVolume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Volume to add to what the account stands at today."""

    account: str
    token: str
    volume: Decimal


class CloseStreams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose connections to close, everybody's by default, and with which code."""

    account: str | None = None
    code: int = 1001


class AdminError(Exception):
    """The request is wrong: answered with HTTP 400 and the text."""


def _read(body: bytes, form: type[T]) -> T:
    """The request, whose accounts may be numbers, as they may in a fault plan in YAML. Raises DecodeError."""
    return msgspec.convert(_with_names(_json.decode(body)), form)


def _with_names(value: object) -> object:
    if isinstance(value, list):
        return [_with_names(one) for one in value]
    if not isinstance(value, dict):
        return value
    named = {key: str(one) for key, one in value.items() if key == "account" and type(one) is int}
    return {key: _with_names(one) for key, one in value.items()} | named


def _token(venue: Venue, name: str) -> TokenRow:
    named = venue.listings.named(name)
    if len(named) != 1:
        raise AdminError(f"{len(named)} tokens are called {name!r}: give the alphaId of one that is listed")
    return named[0]


def _check(**amounts: Decimal | None) -> None:
    for name, amount in amounts.items():
        if amount is not None and check_numbers(amount):
            raise AdminError(f"{name}: {amount} is not a positive amount")


class Admin:
    """One method per endpoint; each returns the body of the reply."""

    def __init__(self, engine: Engine, boards: Boards) -> None:
        self._engine = engine
        self._boards = boards

    async def ledger(self, _body: bytes) -> bytes:
        return encode(read_ledger(self._engine.venue.store))

    async def mul_point(self, body: bytes) -> bytes:
        knob = _read(body, MulPoint)
        venue = self._engine.venue
        venue.volumes.set_mul_point(_token(venue, knob.token).alpha_id, knob.mul_point)
        self._boards.tokens.forget()
        return b"{}"

    async def market(self, body: bytes) -> bytes:
        knob = _read(body, MarketKnob)
        venue = self._engine.venue
        if knob.symbol not in venue.listings.rules:
            raise AdminError(f"symbol {knob.symbol!r} is not traded here")
        _check(price=knob.price, depth=knob.depth)
        now = self._engine.clock()
        venue.markets.set(knob.symbol, now, price=knob.price, halted=knob.halted, depth=knob.depth)
        self._boards.tokens.forget()
        return b"{}"

    async def volume(self, body: bytes) -> bytes:
        given = _read(body, GivenVolume)
        _check(volume=given.volume)
        venue, now = self._engine.venue, self._engine.clock()
        venue.arrive(given.account, now)
        venue.volumes.give(given.account, _token(venue, given.token), given.volume, now)
        return b"{}"

    async def faults(self, _body: bytes) -> bytes:
        state = self._engine.venue.faults.state
        if state is None:
            return b'{"plan":null}'
        return encode({"plan": state.plan, "began_at": state.began_at, "rules": state.counts})

    async def follow_faults(self, body: bytes) -> bytes:
        plan = _read(body, FaultPlan)
        try:
            self._engine.venue.follow(plan, self._engine.clock())
        except PaperFileError as error:
            raise AdminError(str(error)) from error
        return encode({"rules": len(plan.rules)})

    async def stop_faults(self, _body: bytes) -> bytes:
        self._engine.venue.faults.stop()
        return b"{}"

    async def close_streams(self, body: bytes) -> bytes:
        knob = _read(body or b"{}", CloseStreams)
        closed = await self._engine.streams.close_all(knob.account, knob.code)
        return encode({"closed": closed})

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/admin/ledger", self._answering(self.ledger)),
            web.post("/admin/mul-point", self._answering(self.mul_point)),
            web.post("/admin/market", self._answering(self.market)),
            web.post("/admin/volume", self._answering(self.volume)),
            web.post("/admin/close-streams", self._answering(self.close_streams)),
            web.get("/admin/faults", self._answering(self.faults)),
            web.post("/admin/faults", self._answering(self.follow_faults)),
            web.delete("/admin/faults", self._answering(self.stop_faults)),
        ]

    def _answering(self, action: Action) -> Answer:
        async def answer(request: web.Request) -> web.Response:
            try:
                body = await action(await request.read())
            except (AdminError, msgspec.DecodeError) as error:
                return web.json_response({"error": str(error)}, status=400)
            self._engine.venue.store.commit()
            return web.Response(body=body, content_type="application/json")

        return answer
