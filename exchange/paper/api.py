"""What the handlers of the paper venue share: a call, a route, and the ways to answer."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from exchange.paper.boards import TokenTable, exchange_info
from exchange.paper.engine import Engine
from exchange.paper.model import Rejection
from exchange.paper.rules import BAD_REQUEST

T = TypeVar("T")


class Boards:
    """Encoded replies that are kept between calls."""

    def __init__(self, engine: Engine) -> None:
        self.tokens = TokenTable(engine.venue)
        self._venue = engine.venue
        self._info = exchange_info(engine.venue)
        self._relisted = dict(engine.venue.faults.relisted)

    def exchange_info(self) -> bytes:
        """All symbols, encoded anew when one of them has changed."""
        if self._relisted != self._venue.faults.relisted:
            self._relisted = dict(self._venue.faults.relisted)
            self._info = exchange_info(self._venue)
        return self._info


class Call(msgspec.Struct, frozen=True):
    """One request: who asks (`account`, "" on public routes without a session), what, and when (ms)."""

    engine: Engine
    boards: Boards
    account: str
    query: Mapping[str, str]
    body: bytes
    now: int


class Refused(Exception):
    """Ends a handler with a business error."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection


class Paged(msgspec.Struct, frozen=True):
    """A page of rows, encoded, and how many rows there are in all."""

    data: bytes
    total: int


Reply = bytes | Paged
Handler = Callable[[Call], Reply]


class Route(msgspec.Struct, frozen=True):
    """`name` is what the ledger counts the calls under. `missing` routes are counted and answered 404."""

    name: str
    method: str
    path: str
    handle: Handler
    private: bool = False
    placement: bool = False
    missing: bool = False


def body(call: Call, kind: type[T]) -> T:
    """The request's body; numbers may come as strings too (section 6.2)."""
    try:
        return msgspec.json.decode(call.body, type=kind)
    except msgspec.DecodeError as error:
        raise Refused(Rejection(BAD_REQUEST.code, f"{BAD_REQUEST.message} {error}")) from error


def number(call: Call, name: str, default: int) -> int:
    """A number from the query string; `default` when it is absent or empty."""
    value = call.query.get(name) or str(default)
    if not value.isascii() or not value.isdecimal():
        raise Refused(BAD_REQUEST)
    return int(value)
