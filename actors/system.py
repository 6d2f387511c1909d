"""The composition root: which actors there are, what each is given, and in which order they start and stop."""

import random
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

import pykka
from pykka import ActorRef

from actors.address import Address, DeadLetters
from actors.base import Seat
from actors.clock import Clock, Scheduler, SystemClock, TimerThread, steady_ms
from actors.gateway import Gateway
from actors.journal import JournalActor, JournalClient
from actors.market import Market
from actors.messages.base import Retire, Tick
from actors.messages.strategies import StopTrading
from actors.messages.supervision import Commanded, RunEnds, StorageLost, VenueLost
from actors.order_tracker import OrderTracker
from actors.supervisor import ChildSpec, RunPlan, RunResult, Supervisor, user_name
from actors.user import Routes, UserActor
from actors.volume_oracle import AccountReader, VolumeOracle
from actors.websocket import Feed, WebSocketActor
from events.journal import EventJournal, StorageFailed
from events.shapes import settle_shapes
from exchange.port import MarketData, UserStream, VenueClient
from exchange.quiet import Quiet
from projections.snapshots import Snapshots
from projections.states.connection import ConnectionSettings

RETIRE_WITHIN_S = 10.0
JITTER_STEPS = 1_000


class Venue(Protocol):
    """Makes what talks to a venue. Each client is used by one actor only; all of an account share its quiet."""

    def market(self) -> MarketData: ...

    def client(self, user_id: int, quiet: Quiet) -> VenueClient: ...

    def user_stream(self, user_id: int, quiet: Quiet) -> UserStream: ...


@dataclass(frozen=True, slots=True)
class Knobs:
    """What tests replace, and the settings of the machinery."""

    clock: Clock = field(default_factory=SystemClock)
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    parallel_volume_queries: int = 8


@dataclass(frozen=True, slots=True)
class System:
    """A running house. `outcome` is set when every strategy is over, or the run was given up."""

    outcome: Future[RunResult]
    supervisor: Address
    children: tuple[ChildSpec, ...]
    dead_letters: DeadLetters
    timer: TimerThread
    journal_ref: ActorRef[JournalActor]

    def stop_trading(self, *, now: bool) -> None:
        """Let every account finish the trade in hand, or with `now` cancel it; `outcome` follows."""
        self.supervisor.tell(StopTrading(now=now))

    def command(self, commanded: Commanded, timeout_s: float) -> None:
        """Have the operator's command recorded, and told to the accounts that it is for. From outside the actors.

        Raises pykka.ActorDeadError where the run is over, pykka.Timeout.
        """
        ref = self.supervisor.ref
        if ref is None:
            raise pykka.ActorDeadError("the supervisor has stopped")
        ref.ask(commanded, timeout=timeout_s)

    def deaf(self, accounts: Collection[int], timeout_s: float) -> list[int]:
        """Those that have not recorded within the time what they were told before. From outside the actors."""
        names = {user_name(account): account for account in accounts}
        refs = {names[one.name]: one.address.ref for one in self.children if one.name in names}
        # All are asked before one is waited for: an answer needs its turn at the interpreter.
        asked = {account: ref.ask(Tick(), block=False) for account, ref in refs.items() if ref is not None}
        deadline = time.monotonic() + timeout_s
        return [one for one in accounts if not _answered(asked.get(one), max(deadline - time.monotonic(), 0.0))]

    def venue_lost(self, reason: str) -> None:
        """Give the run up, as nobody answers any more; `outcome` follows."""
        self.supervisor.tell(VenueLost(reason=reason))


def _answered(asked: pykka.Future[Any] | None, timeout_s: float) -> bool:
    if asked is None:
        return False
    try:
        asked.get(timeout=timeout_s)
    except (pykka.ActorDeadError, pykka.Timeout):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _House:
    """What the starters below share."""

    journal: JournalClient
    venue: Venue
    knobs: Knobs
    scheduler: Scheduler
    supervisor: Address
    dead_letters: DeadLetters
    addresses: dict[str, Address]
    quiets: dict[int, Quiet] = field(default_factory=dict)

    def quiet(self, account: int) -> Quiet:
        return self.quiets.setdefault(account, Quiet(self.knobs.clock.now_ms, steady_ms))

    def client(self, account: int) -> VenueClient:
        return self.venue.client(account, self.quiet(account))

    def address(self, name: str) -> Address:
        return self.addresses.setdefault(name, Address(name, self.dead_letters))

    def seat(self, name: str, account: int | None) -> Seat:
        return Seat(self.address(name), account, self.knobs.clock, self.scheduler, self.supervisor, self.dead_letters)

    def spec(
        self, name: str, account: int | None, start: Callable[[Seat], ActorRef[Any]], followers: tuple[str, ...] = ()
    ) -> ChildSpec:
        seat = self.seat(name, account)
        return ChildSpec(name, account, self.address(name), partial(start, seat), followers)


def start_system(
    plan: RunPlan,
    journal: EventJournal,
    venue: Venue,
    knobs: Knobs | None = None,
    snapshots: Snapshots | None = None,
) -> System:
    """Start everything; the supervisor starts the actors of the accounts. Returns at once."""
    settle_shapes()
    knobs = knobs or Knobs()
    dead_letters = DeadLetters()
    supervisor = Address("supervisor", dead_letters)
    timer = TimerThread(knobs.clock)
    timer.start()
    journal_ref = start_journal(journal, supervisor)
    addresses = {supervisor.name: supervisor}
    client = JournalClient(journal_ref, journal, snapshots=snapshots)
    house = _House(client, venue, knobs, timer, supervisor, dead_letters, addresses)
    accounts = sorted({one.user_id for one in plan.terms})
    children = (*_account_specs(house, accounts), _oracle_spec(house, accounts))
    children = tuple(sorted(children, key=_start_order))
    outcome: Future[RunResult] = Future()
    Supervisor.start(house.seat("supervisor", None), house.journal, plan, children, outcome)
    return System(outcome, supervisor, children, dead_letters, timer, journal_ref)


def start_journal(journal: EventJournal, supervisor: Address) -> ActorRef[JournalActor]:
    def halt(failure: StorageFailed) -> None:
        supervisor.tell(StorageLost(error=str(failure)))

    return JournalActor.start(journal, halt)


def stop_system(system: System, exit_code: int, reason: str) -> None:
    """Stop in the reverse of the order of starting, record RunEnded last, then stop what recorded it.

    Called from outside the actors, after `outcome` is set. Actors that do not end in time are left behind.
    """
    for kind in reversed(START_ORDER):
        _retire([spec.address for spec in system.children if _kind(spec) == kind])
    ends = RunEnds(exit_code=exit_code, reason=reason, dead_letters=system.dead_letters.count)
    _end_run(system.supervisor.ref, ends)
    system.timer.stop()
    system.journal_ref.stop(timeout=RETIRE_WITHIN_S)


START_ORDER = ("oracle", "orders", "connection", "gateway", "user")
"""Reports have a receiver before the stream opens, and lose it only after the stream is closed."""


def _kind(spec: ChildSpec) -> str:
    return spec.name.partition("-")[0]


def _start_order(spec: ChildSpec) -> tuple[int, int]:
    """Users last of all: the supervisor tells each to begin when it is started."""
    return START_ORDER.index(_kind(spec)), spec.account or 0


def _retire(addresses: list[Address]) -> None:
    deadline = time.monotonic() + RETIRE_WITHIN_S
    refs = [address.ref for address in addresses if address.tell(Retire())]
    for ref in refs:
        if ref is not None:
            ref.actor_stopped.wait(max(deadline - time.monotonic(), 0))


def _end_run(supervisor: ActorRef[Any] | None, message: RunEnds) -> None:
    if supervisor is None:
        return
    try:
        supervisor.ask(message, timeout=RETIRE_WITHIN_S)
        supervisor.stop(timeout=RETIRE_WITHIN_S)
    except (pykka.ActorDeadError, pykka.Timeout):
        return  # it failed, which is how the run was given up; there is nobody left to record the end


def _oracle_spec(house: _House, accounts: list[int]) -> ChildSpec:
    users = {account: house.address(user_name(account)) for account in accounts}

    def start(seat: Seat) -> ActorRef[Any]:
        market = Market(house.venue.market(), house.knobs.clock)
        readers = {account: AccountReader(partial(house.client, account), market) for account in accounts}
        return VolumeOracle.start(seat, house.journal, users, readers, house.knobs.parallel_volume_queries)

    return house.spec("oracle", None, start, followers=tuple(user_name(account) for account in accounts))


def _account_specs(house: _House, accounts: list[int]) -> tuple[ChildSpec, ...]:
    return tuple(spec for account in accounts for spec in _specs_of(house, account))


def _specs_of(house: _House, account: int) -> tuple[ChildSpec, ...]:
    user, tracker = house.address(user_name(account)), house.address(f"orders-{account}")
    stream, gateway = house.address(f"connection-{account}"), house.address(f"gateway-{account}")
    routes = Routes(gateway, house.address("oracle"), stream, tracker, house.supervisor)
    follower = (user.name,)

    def start_stream(seat: Seat) -> ActorRef[Any]:
        open_stream = partial(house.venue.user_stream, account, house.quiet(account))
        feed = Feed(house.client(account), open_stream, draw_jitter, tracker, user)
        return WebSocketActor.start(seat, account, house.knobs.connection, house.journal, feed)

    def start_gateway(seat: Seat) -> ActorRef[Any]:
        return Gateway.start(seat, house.client(account), user, tracker)

    def start_user(seat: Seat) -> ActorRef[Any]:
        return UserActor.start(seat, account, house.journal, routes, house.quiet(account))

    return (
        house.spec(
            tracker.name, account, lambda seat: OrderTracker.start(seat, account, house.journal, user), follower
        ),
        house.spec(stream.name, account, start_stream, follower),
        house.spec(gateway.name, account, start_gateway, follower),
        house.spec(user.name, account, start_user),
    )


def draw_jitter() -> Decimal:
    """From 0 to 1. So that accounts that lost their streams together do not all come back together."""
    return Decimal(random.randrange(JITTER_STEPS + 1)) / JITTER_STEPS  # noqa: S311 - no secret
