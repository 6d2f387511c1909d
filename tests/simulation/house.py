"""The house of actors on a stage: the production shells, put together as `actors.system` does."""

from collections.abc import Callable
from concurrent.futures import Future
from decimal import Decimal
from functools import partial
from typing import Any, cast

from pykka import ActorRef

from actors.address import Address, DeadLetters
from actors.base import Seat
from actors.gateway import Gateway
from actors.journal import JournalClient
from actors.market import Market
from actors.messages.base import Message, Retire
from actors.messages.strategies import StopTrading
from actors.messages.supervision import Commanded, RunEnds
from actors.order_tracker import OrderTracker
from actors.stream_reader import Hearers, StreamReader
from actors.supervisor import ChildSpec, RunPlan, RunResult, Supervisor, user_name
from actors.system import JITTER_STEPS, RETIRE_WITHIN_S, START_ORDER
from actors.user import Routes, UserActor
from actors.volume_oracle import AccountReader, VolumeOracle
from actors.websocket import Feed, WebSocketActor
from projections.states.connection import ConnectionSettings
from tests.simulation.log import Log, LogClient
from tests.simulation.network import Network, StagedClient, StagedMarket
from tests.simulation.reader import Line, StagedReader
from tests.simulation.stage import Stage, Staged, Suspended, Work


class StagedAddress(Address):
    """A dead process tells nobody anything, and each message is an instant at which it may die."""

    def __init__(self, name: str, dead_letters: DeadLetters, stage: Stage) -> None:
        super().__init__(name, dead_letters)
        self._stage = stage

    def tell(self, message: Message) -> bool:
        self._stage.point(self.name, f"before {type(message).__name__} is told")
        return super().tell(message)


class StagedUser(Staged, UserActor):
    """On a stage."""


class StagedTracker(Staged, OrderTracker):
    """On a stage."""


class StagedSupervisor(Staged, Supervisor):
    """On a stage."""


class StagedGateway(Staged, Gateway):
    """Takes no message while a call is under way."""

    def perform(self, message: Any) -> None:
        if isinstance(message, Message):
            self.stage.point(self.seat.name, "a message")
            Work(self.stage, partial(self._attempt, message), self.free).attempt()
        else:
            super().perform(message)

    def _attempt(self, message: Message) -> None:
        """As on_receive, but that a call which suspends the handler is no failure of it."""
        suspended: list[Suspended] = []

        def step() -> None:
            try:
                self._take(message)
            except Suspended as call:
                suspended.append(call)

        self._guard(step)
        if suspended:
            raise suspended[0]
        if self.actor_stopped.is_set():
            self._let_go()


class _Pool:
    """In place of the oracle's threads."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def submit(self, work: Any, *args: Any) -> None:
        Work(self._stage, partial(work, *args), lambda: None).attempt()

    def shutdown(self, **_: Any) -> None:
        """Nothing waits."""


class StagedOracle(Staged, VolumeOracle):
    """On a stage; its calls suspend nobody."""

    def __init__(self, seat: Seat, *args: Any) -> None:
        super().__init__(seat, *args)
        self._pool.shutdown()
        self._pool = cast("Any", _Pool(self.stage))


class StagedStream(Staged, WebSocketActor):
    """On a stage, with readers that are no threads."""

    def _start(self, kept_key: str | None, cause: int | None) -> StreamReader:
        self._generation += 1
        line = cast("Line", self._feed.open_stream())
        hearers = Hearers(self._feed.tracker.tell, self._notify, self._feed.jitter)
        reader = cast("StreamReader", StagedReader(self._generation, cause, self._keys, line, hearers))
        self._alive[self._generation] = reader
        reader.start(kept_key)
        return reader


class House:
    """A process of the supervisor with all its actors; `outcome` is set when its run is over or given up."""

    def __init__(self, stage: Stage, log: Log, network: Network, plan: RunPlan) -> None:
        self.stage = stage
        self.outcome: Future[RunResult] = Future()
        self._network = network
        self._dead_letters = DeadLetters()
        self._addresses: dict[str, Address] = {}
        self.supervisor = self._address("supervisor")
        self._journal: JournalClient = LogClient(log, stage, self.supervisor)
        accounts = sorted({one.user_id for one in plan.terms})
        specs = [self._oracle(accounts)]
        for account in accounts:
            specs += self._account(account)
        self._specs = tuple(sorted(specs, key=lambda spec: (_kind(spec), spec.account or 0)))
        stage.enter(
            lambda: StagedSupervisor.start(
                self._seat("supervisor", None), self._journal, plan, self._specs, self.outcome
            )
        )

    def stop_trading(self, *, now: bool) -> None:
        """The operator's stop."""
        self.stage.enter(lambda: self.supervisor.tell(StopTrading(now=now)))

    def command(self, commanded: Commanded) -> None:
        """The operator's command, as it comes from the control socket."""
        self.stage.enter(lambda: self.supervisor.tell(commanded))

    async def stop(self, exit_code: int, reason: str) -> None:
        """As `actors.system.stop_system`; returns when the process has ended."""
        for kind in range(len(START_ORDER) - 1, -1, -1):
            await self._retire([spec.address for spec in self._specs if _kind(spec) == kind])
        self.stage.enter(lambda: self.supervisor.tell(RunEnds(exit_code=exit_code, reason=reason)))
        await self._stopped([self.supervisor.ref], grace_s=1)
        self.stage.close()

    async def _retire(self, addresses: list[Address]) -> None:
        refs = [address.ref for address in addresses]
        for address in addresses:
            self.stage.enter(partial(address.tell, Retire()))
        await self._stopped(refs, grace_s=RETIRE_WITHIN_S)

    async def _stopped(self, refs: list[ActorRef[Any] | None], grace_s: float) -> None:
        """Until they have all stopped, or for the time that they are given; at once when the process is killed."""
        loop = self.stage.world.loop
        until = loop.time() + grace_s
        while any(ref is not None and ref.is_alive() for ref in refs) and self.stage.alive and loop.time() < until:
            await self.stage.pause(0.05)

    def _address(self, name: str) -> Address:
        if name not in self._addresses:
            self._addresses[name] = StagedAddress(name, self._dead_letters, self.stage)
        return self._addresses[name]

    def _seat(self, name: str, account: int | None) -> Seat:
        return Seat(self._address(name), account, self.stage, self.stage, self.supervisor, self._dead_letters)

    def _client(self, account: int) -> StagedClient:
        return StagedClient(self.stage, account)

    def _oracle(self, accounts: list[int]) -> ChildSpec:
        users = {account: self._address(user_name(account)) for account in accounts}

        def start() -> ActorRef[Any]:
            market = Market(StagedMarket(self.stage, self._network), self.stage)
            readers = {account: AccountReader(partial(self._client, account), market) for account in accounts}
            return StagedOracle.start(self._seat("oracle", None), self._journal, users, readers, 1)

        followers = tuple(user_name(account) for account in accounts)
        return ChildSpec("oracle", None, self._address("oracle"), start, followers)

    def _account(self, account: int) -> list[ChildSpec]:
        user, tracker = self._address(user_name(account)), self._address(f"orders-{account}")
        stream, gateway = self._address(f"connection-{account}"), self._address(f"gateway-{account}")
        routes = Routes(gateway, self._address("oracle"), stream, tracker, self.supervisor)
        seat, journal = self._seat, self._journal

        def start_stream() -> ActorRef[Any]:
            feed = Feed(self._client(account), self._line, self._jitter, tracker, user)
            return StagedStream.start(seat(stream.name, account), account, ConnectionSettings(), journal, feed)

        return [
            self._spec(
                tracker, account, lambda: StagedTracker.start(seat(tracker.name, account), account, journal, user)
            ),
            self._spec(stream, account, start_stream),
            self._spec(
                gateway,
                account,
                lambda: StagedGateway.start(seat(gateway.name, account), self._client(account), user, tracker),
            ),
            ChildSpec(
                user.name,
                account,
                user,
                lambda: StagedUser.start(seat(user.name, account), account, journal, routes, self.stage.quiet(account)),
            ),
        ]

    @staticmethod
    def _spec(address: Address, account: int, start: Callable[[], ActorRef[Any]]) -> ChildSpec:
        return ChildSpec(address.name, account, address, start, (user_name(account),))

    def _line(self) -> Any:
        """In place of a user stream: what a staged reader lives on."""
        return Line(self.stage, self._network)

    def _jitter(self) -> Decimal:
        return Decimal(self.stage.world.chance.randrange(JITTER_STEPS + 1)) / JITTER_STEPS


def _kind(spec: ChildSpec) -> int:
    return START_ORDER.index(spec.name.partition("-")[0])
