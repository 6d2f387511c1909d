"""Between a process and the venue: calls and subscriptions that take time, and what the network does to them."""

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from events.values import SymbolRules
from exchange.alpha import decode
from exchange.alpha.masks import Masks
from exchange.alpha.outcomes import TURNED_AWAY, Answer, data_of, retry_after
from exchange.alpha.rest import HISTORY_ROWS, AlphaClient
from exchange.alpha.transport import Method, Timeouts
from exchange.errors import LeftInPeace, Unavailable, Unknown
from tests.simulation.offence import Offence
from tests.simulation.peace import Peace
from tests.simulation.stage import Request, Stage
from tests.simulation.timeline import World
from tests.simulation.venue import Asked, PaperVenue, VenueDown

ANSWER_TIMEOUT_S = Timeouts().answer


class NetworkRates(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of calls and connections to which something happens on the way, and one way's time in ms."""

    unreachable: float = 0.0
    request_lost: float = 0.0
    reply_lost: float = 0.0
    connection_goes_silent: float = 0.0
    way_ms: tuple[int, int] = (1, 3)


class Network:
    """Carries calls of any process. `drawn` counts what went wrong, by kind."""

    def __init__(self, world: World, venue: PaperVenue, rates: NetworkRates) -> None:
        self.world = world
        self.venue = venue
        self.rates = rates
        self.peace = Peace()
        self.drawn: dict[str, int] = {}
        self._calls: set[asyncio.Task[Any]] = set()

    def stop_faults(self) -> None:
        self.rates = NetworkRates(way_ms=self.rates.way_ms)

    def send(self, stage: Stage, request: Request, answered: Callable[[Any], None]) -> None:
        """Call the venue; `answered` is given the Answer, or the error of exchange.errors that there was instead."""
        try:
            if request.account:
                stage.quiet(request.account).check(f"{request.method} {request.path}")
        except LeftInPeace as error:
            refused = error
            self.world.loop.call_soon(stage.enter, lambda: answered(refused))
            return
        try:  # now: what is recorded before the task begins finds the call under way
            self.peace.asked(stage, request.account, request.path, self.world.now_ms())
        except Offence as offence:
            self.world.fail(offence)
        self.world.spawn(self._carry(stage, request, answered))

    async def _carry(self, stage: Stage, request: Request, answered: Callable[[Any], None]) -> None:
        answer = await self._exchange(request)
        if isinstance(answer, Answer) and answer.status in TURNED_AWAY and request.account:
            self._turned_away(stage, request.account, answer)
        if isinstance(answer, Exception):
            self.world.note("network", f"{request.path}: {answer}")
        stage.enter(lambda: answered(answer))

    def _turned_away(self, stage: Stage, account: int, answer: Answer) -> None:
        wait = retry_after(answer.headers, self.world.now_ms() / 1000)
        stage.quiet(account).turned_away(wait)
        self.peace.told(stage, account, self.world.now_ms() + int((wait or 0) * 1000))

    async def _exchange(self, request: Request) -> Answer | Exception:
        what = f"{request.method} {request.path}"
        if self.strikes("unreachable") or not self.venue.up:
            await asyncio.sleep(self.way())
            return Unavailable(f"{what}: nobody listens")
        calling = self.world.loop.create_task(self._call(request))
        self._calls.add(calling)
        calling.add_done_callback(self._call_is_over)
        try:
            answer = await asyncio.wait_for(asyncio.shield(calling), ANSWER_TIMEOUT_S)
        except TimeoutError:
            return Unknown(f"{what}: no answer in time")
        except (asyncio.CancelledError, VenueDown):
            return Unknown(f"{what}: the connection was lost")
        return answer or Unknown(f"{what}: the connection was closed")

    def _call_is_over(self, call: "asyncio.Task[Any]") -> None:
        """Its caller may have given it up; a venue that is down is no failure of ours."""
        self._calls.discard(call)
        if not call.cancelled() and not isinstance(call.exception(), VenueDown | None):
            self.world.fail(call.exception() or RuntimeError("a call failed"))

    async def _call(self, request: Request) -> Answer | None:
        """What the venue answers, None when the connection ends first."""
        await asyncio.sleep(self.way())
        if self.strikes("request_lost"):
            return None
        asked = Asked(request.account, request.query, request.body)
        response = await self.venue.answer(request.method, request.path, asked)
        if response is None or self.strikes("reply_lost"):
            return None
        await asyncio.sleep(self.way())
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status, headers=headers, body=bytes(response.body or b""))  # type: ignore[arg-type]

    def way(self) -> float:
        """Seconds that something is on the way."""
        return self.world.chance.randint(*self.rates.way_ms) / 1000

    def strikes(self, kind: str) -> bool:
        share: float = getattr(self.rates, kind)
        if not share or self.world.chance.random() >= share:
            return False
        self.drawn[kind] = self.drawn.get(kind, 0) + 1
        return True


class StagedTransport:
    """`exchange.alpha.transport.Transport` on a stage: a call suspends its caller until the answer is there."""

    def __init__(self, stage: Stage, account: int) -> None:
        self._stage = stage
        self._account = account
        self.masks = Masks()

    def call(
        self, method: Method, path: str, *, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> msgspec.Raw:
        answer = self.exchange(method, path, query=query, body=body)
        return data_of(answer, now=self._stage.now_ms() / 1000)

    def exchange(
        self, method: Method, path: str, *, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        work = self._stage.work
        if work is None:
            raise RuntimeError("a call of the venue outside of any work")
        asked = Request(self._account, method, path, dict(query) if query is not None else None, body)
        answer = work.answer(asked)
        assert isinstance(answer, Answer)
        return answer

    def close(self) -> None:
        """There is no connection to drop."""


class StagedClient(AlphaClient):
    """The real client on a staged transport; with account 0, nobody's."""

    def __init__(self, stage: Stage, account: int) -> None:
        self._transport = StagedTransport(stage, account)  # type: ignore[assignment]
        self._history_rows = HISTORY_ROWS


class StagedMarket(StagedClient):
    """Nobody's client. Filters are read at once where the venue is up: the token list, which is always read before
    them, goes over the network, and what happens to the one on its way happens to both.
    """

    def __init__(self, stage: Stage, network: Network) -> None:
        super().__init__(stage, 0)
        self._network = network

    def symbol_rules(self) -> dict[str, SymbolRules]:
        if not self._network.venue.up:
            raise Unavailable("GET get-exchange-info: nobody listens")
        return listed_rules(self._network.venue.symbols())


@lru_cache
def listed_rules(symbols: bytes) -> dict[str, SymbolRules]:
    """What the venue's list of symbols says."""
    return decode.rules_of(msgspec.Raw(symbols))
