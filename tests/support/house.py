"""The whole house of actors on the venue in memory, with a journal in memory or on a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from threading import Condition
from typing import Any, TypeVar

from msgspec.structs import replace

from actors.supervisor import RunPlan, RunResult
from actors.system import Knobs, System, start_system, stop_system
from events.base import Event, Recorded
from events.journal import EventJournal, InMemoryJournal
from events.system import RunStarted
from events.values import StrategyTerms
from exchange.port import MarketData, UserStream, VenueClient
from exchange.quiet import Quiet
from projections.states.connection import ConnectionSettings
from tests.support.fake_venue import FakeVenue
from tests.support.terms import terms

E = TypeVar("E", bound=Event)

RUN = RunStarted(
    run_id="run-1",
    pid=1,
    code_version="test",
    python_version="3.11",
    dependencies=(),
    config_hash="0",
    venue="fake",
    accounts=(1,),
    previous_run_sealed=False,
)
QUICK = Knobs(connection=ConnectionSettings(first_delay_s=Decimal("0.01"), longest_delay_s=Decimal("0.02")))


class VenuePorts:
    """`actors.system.Venue` on the venue in memory."""

    def __init__(self, venue: FakeVenue) -> None:
        self.venue = venue

    def market(self) -> MarketData:
        return self.venue.client(0)

    def client(self, user_id: int, quiet: Quiet) -> VenueClient:
        return self.venue.client(user_id, quiet)

    def user_stream(self, user_id: int, quiet: Quiet) -> UserStream:  # noqa: ARG002 - the listen key says whose it is
        return self.venue.stream()


class House:
    """A running system, what it records, and its end."""

    def __init__(self, system: System, journal: EventJournal) -> None:
        self.system = system
        self.journal = journal
        self.killed = False
        self._grown = Condition()
        journal.subscribe(self._notice)

    def _notice(self, _recorded: tuple[Recorded, ...]) -> None:
        with self._grown:
            self._grown.notify_all()

    def result(self, timeout: float = 20) -> RunResult:
        return self.system.outcome.result(timeout)

    def recorded(self, kind: type[Event], timeout: float = 10) -> bool:
        """Wait until an event of this kind is in the log."""
        with self._grown:
            return self._grown.wait_for(lambda: bool(self.events(kind)), timeout)

    def crash(self, name: str) -> None:
        """Give an actor something that is no message: it fails on it, as on any defect."""
        spec = next(one for one in self.system.children if one.name == name)
        assert spec.address.ref is not None
        spec.address.ref.tell(object())

    def kill(self) -> None:
        """Let every actor stop where it is, and record nothing more, as kill -9 would."""
        self.killed = True
        for address in (self.system.supervisor, *(spec.address for spec in self.system.children)):
            if address.ref is not None:
                address.ref.actor_stopped.set()
            address.swap(None)

    def happened(self, kind: type[E]) -> list[E]:
        return [one.event for one in self.journal.read() if isinstance(one.event, kind)]

    def events(self, kind: type[Event] = Event) -> list[Recorded]:
        return [one for one in self.journal.read() if isinstance(one.event, kind)]


@contextmanager
def house(
    venue: FakeVenue, *terms: StrategyTerms, journal: EventJournal | None = None, run_id: str = "run-1"
) -> Iterator[House]:
    """Starts everything, and stops it in order at the end."""
    journal = journal or InMemoryJournal()
    plan = RunPlan(run=replace(RUN, run_id=run_id), terms=terms)
    system = start_system(plan, journal, VenuePorts(venue), QUICK)
    try:
        yield House(system, journal)
    finally:
        stop_system(system, 0, "the test is over")


def placed(venue: FakeVenue) -> tuple[str, str]:
    """Wait for a placement, and return the ids of its legs."""
    assert venue.wait_for(lambda one: bool(one.orders))
    working, pending = sorted(venue.orders)[:2]
    return str(working), str(pending)


def quick_terms(user_id: int = 1, **changes: Any) -> StrategyTerms:
    """KOGE of the venue in memory, where a trade of 40 counts 40, with waits as short as they go."""
    rules = FakeVenue().client(0).symbol_rules()["ALPHA_22USDT"]
    quick = terms(user_id=user_id, ticker="KOGE", rules=rules, interval_ms=1, volume_check_delay_ms=1)
    return replace(quick, retry_delay_ms=1, **changes)
