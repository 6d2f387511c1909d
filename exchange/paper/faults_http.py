"""Faults of calls over real sockets: what strikes a call, and answers that are wrong or never come."""

import asyncio
import socket
import struct

import msgspec
from aiohttp import web

from exchange.paper.api import Call, Route
from exchange.paper.faults import Occasion
from exchange.paper.faults_replies import Canned, Fate, fate_of

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _About(msgspec.Struct):
    """What a request's body says of the symbol, in one of its two forms."""

    symbol: str = ""
    base_asset: str = msgspec.field(name="baseAsset", default="")
    quote_asset: str = msgspec.field(name="quoteAsset", default="")


def symbol_of(call: Call) -> str:
    """The symbol that a call is about, from its query or its body; empty when it names none."""
    try:
        about = msgspec.json.decode(call.body or b"{}", type=_About)
    except msgspec.DecodeError:
        about = _About()
    asset = call.query.get("baseAsset", about.base_asset)
    quote = call.query.get("quoteAsset", about.quote_asset) or "USDT"
    return call.query.get("symbol", about.symbol) or (asset + quote if asset else "")


def fate_of_call(route: Route, call: Call) -> Fate:
    """What the venue's fault plan has for the call."""
    occasion = Occasion(point="request", at=call.now, account=call.account, endpoint=route.name, symbol=symbol_of(call))
    return fate_of(call.engine.venue.faults.meet(occasion))


async def unanswered(request: web.Request, fate: Fate) -> web.Response:
    """Close the connection, after it has hung if it is to. What is returned is for the framework: nobody reads it."""
    if fate.silence == "hang":
        await asyncio.sleep(float(fate.hang))
    transport = request.transport
    if transport is not None:
        connection: socket.socket | None = transport.get_extra_info("socket")
        if fate.silence == "reset" and connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    return web.Response()


def wrong_answer(reply: Canned | None) -> web.Response:
    """The reply as the fault says."""
    canned = reply or Canned(500)
    return web.Response(
        status=canned.status, body=canned.body, content_type=canned.content_type, headers=dict(canned.headers)
    )
