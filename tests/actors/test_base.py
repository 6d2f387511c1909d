"""The five steps, recovery, and the guard around every actor."""

from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from actors.address import Address, DeadLetters
from actors.base import Decider, EventSourcedActor, Seat
from actors.journal import JournalActor, JournalClient
from actors.messages.base import Command, Decision, Message, Recovered, Request, Retire, Tick
from actors.messages.strategies import Admitted, StopTrading
from actors.messages.supervision import ChildFailed, ChildStopped, StorageLost
from actors.received import read
from events.base import NOTHING_RECEIVED, Metadata, NewEvent, Recorded
from events.journal import InMemoryJournal, StorageFailed
from events.strategies import StrategyAdmitted
from tests.support.listening import TIMEOUT, Listener, seat
from tests.support.timekeeping import ManualTime


class Fail(Message, frozen=True, kw_only=True):
    """Lets the decider raise."""

    error: type[BaseException]


class Say(Command, frozen=True, kw_only=True):
    """Lets the actor say how many events its state counts."""

    count: int


def admitted(name: str) -> StrategyAdmitted:
    return StrategyAdmitted(user_id=1, strategy_id=name)


def decide(count: int, message: Message, now: int) -> Decision:
    match message:
        case Fail(error=error):
            raise error("as the test wants it")
        case Admitted(strategy_id=name):
            return Decision(events=(admitted(name),), commands=(Say(count=count),), correlation_id=name)
        case Recovered() | Tick():
            return Decision(commands=(Say(count=count),))
    return Decision()


COUNTING = Decider(
    0, decide, lambda _count, recorded: recorded.version, lambda count: 2_000_000 if count == 1 else None
)
Said = tuple[int, int | None]


class Counter(EventSourcedActor[int]):
    """Counts the events of its stream and says so, with the cause, on `said`."""

    def __init__(self, seat: Seat, client: JournalClient, said: "SimpleQueue[Said]", released: Event) -> None:
        super().__init__(seat, "user-1", COUNTING, client)
        self._said = said
        self._released_flag = released

    def release(self) -> None:
        super().release()
        self._released_flag.set()

    def carry_out(self, command: Command, cause: int | None) -> None:
        assert isinstance(command, Say)
        self._said.put((command.count, cause))


class Stage:
    """A counter behind an address, and all that can be seen of it."""

    def __init__(self, client: JournalClient) -> None:
        self.time = ManualTime()
        self.supervisor = Listener("supervisor")
        self.seat = seat(time=self.time, supervisor=self.supervisor)
        self.said: SimpleQueue[Said] = SimpleQueue()
        self.released = Event()
        self.ref = Counter.start(self.seat, client, self.said, self.released)
        self.address = self.seat.address

    def says(self) -> Said:
        return self.said.get(timeout=TIMEOUT)


@pytest.fixture
def stage(client: JournalClient) -> Stage:
    stage = Stage(client)
    assert stage.says() == (0, None)
    return stage


def test_an_event_is_durable_and_folded_before_a_command_is_carried_out(stage: Stage, journal: InMemoryJournal) -> None:
    """When the command is seen, the log holds the event, and the cause is its position."""
    stage.address.tell(Admitted(strategy_id="a"))
    assert stage.says() == (0, 1)
    assert [one.event for one in journal.read()] == [admitted("a")]


def test_events_carry_their_cause_and_correlation(stage: Stage, journal: InMemoryJournal) -> None:
    """Causation is the message's cause; both times are those of the decision where the message has none."""
    stage.address.tell(Admitted(strategy_id="a", cause=42))
    stage.says()
    meta = Metadata(correlation_id="a", causation=42, ts_event=1_000_000, ts_init=1_000_000)
    recorded = next(iter(journal.read()))
    assert replace(recorded.meta, received=NOTHING_RECEIVED) == meta
    assert read(recorded.meta.received, recorded.event) == Admitted(strategy_id="a", cause=42)


def test_a_decision_without_events_passes_the_cause_on(stage: Stage) -> None:
    """A chain of causes is not cut by an actor that only forwards."""
    stage.address.tell(Tick(cause=9))
    assert stage.says() == (0, 9)


def test_a_fresh_actor_recovers_what_the_one_before_recorded(stage: Stage, client: JournalClient) -> None:
    """The state is a fold of the stream and of nothing else."""
    stage.address.tell(Admitted(strategy_id="a"))
    stage.address.tell(Admitted(strategy_id="b"))
    stage.says(), stage.says()
    assert Stage(client).says() == (2, None)


def test_a_deadline_of_the_state_becomes_a_tick(stage: Stage) -> None:
    """It comes when the deadline does, and its cause is the event that led to the deadline."""
    stage.address.tell(Admitted(strategy_id="a"))
    stage.says()
    stage.time.ring(1_000_000)
    assert stage.says() == (1, 1)
    stage.ref.stop(timeout=TIMEOUT)
    assert stage.time.pending() == []


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_whatever_an_actor_raises_ends_it_alone(
    stage: Stage, client: JournalClient, error: type[BaseException]
) -> None:
    """The supervisor hears of it; every other actor goes on (pykka would stop them all on a BaseException)."""
    stage.address.tell(Fail(error=error))
    failed = stage.supervisor.hears(ChildFailed)
    assert (failed.name, failed.urn) == ("user-1", stage.ref.actor_urn)
    assert failed.error == f"{error.__name__}: as the test wants it"
    assert stage.released.is_set()
    assert Stage(client).says() == (0, None)


def test_a_failure_while_starting_reaches_the_supervisor(journal: InMemoryJournal, client: JournalClient) -> None:
    """Pykka calls no hook when on_start raises; the guard does."""
    broken = Decider(0, decide, lambda _count, _recorded: 1 // 0, lambda _count: None)
    meta = Metadata(correlation_id="", causation=None, ts_event=0, ts_init=0)
    journal.append("user-1", 0, [NewEvent(event=admitted("a"), meta=meta)])
    supervisor = Listener()
    EventSourcedActor.start(seat(supervisor=supervisor), "user-1", broken, client)
    assert supervisor.hears(ChildFailed).error.startswith("ZeroDivisionError")


def test_an_actor_that_is_no_longer_the_writer_stops_without_a_sound(stage: Stage, client: JournalClient) -> None:
    """The version fence: a stale actor's append is refused, nothing of its decision happens, and it stops."""
    other = Stage(client)
    other.says()
    other.address.tell(Admitted(strategy_id="a"))
    other.says()
    stage.address.tell(Admitted(strategy_id="b"))
    assert stage.ref.actor_stopped.wait(TIMEOUT)
    assert stage.supervisor.hears_nothing()
    assert stage.said.empty()


class FullDisk(InMemoryJournal):
    def append_many(self, _appends: object) -> list[tuple[Recorded, ...]]:  # type: ignore[override]
        raise StorageFailed("disk full")


def test_a_storage_failure_halts() -> None:
    """Nothing is carried out, and the supervisor hears that nothing can be recorded any more."""
    journal = FullDisk()
    stage = Stage(JournalClient(JournalActor.start(journal, lambda _failure: None), journal))
    stage.says()
    stage.address.tell(Admitted(strategy_id="a"))
    assert stage.supervisor.hears(StorageLost).error == "disk full"
    assert stage.said.empty()


class SlowJournal(InMemoryJournal):
    """Appends when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.may = Event(), Event()

    def append_many(self, appends: Any) -> Any:
        self.reached.set()
        self.may.wait(TIMEOUT)
        return super().append_many(appends)


def test_an_actor_that_was_given_up_while_it_waited_carries_nothing_out() -> None:
    """Its append may still succeed; its commands would meet those of the actor that has taken its place."""
    journal = SlowJournal()
    stage = Stage(JournalClient(JournalActor.start(journal, lambda _failure: None), journal))
    stage.says()
    stage.address.tell(Admitted(strategy_id="a"))
    assert journal.reached.wait(TIMEOUT)
    stage.ref.actor_stopped.set()
    journal.may.set()
    assert stage.released.wait(TIMEOUT)
    assert stage.said.empty()


def test_messages_behind_a_failure_are_dead_letters(stage: Stage) -> None:
    """They are counted: nobody has handled them."""
    stage.address.tell(Fail(error=ValueError))
    stage.supervisor.hears(ChildFailed)
    assert not stage.address.tell(StopTrading())
    assert stage.seat.dead_letters.count == 1


def test_a_retiring_actor_finishes_what_it_was_told_before(stage: Stage) -> None:
    """Retire waits in line, and the supervisor hears of the orderly end."""
    for name in "abc":
        stage.address.tell(Admitted(strategy_id=name))
    stage.address.tell(Retire())
    assert stage.supervisor.hears(ChildStopped).urn == stage.ref.actor_urn
    assert [stage.says()[1] for _ in range(3)] == [1, 2, 3]


def test_an_address_outlives_the_actor_behind_it(stage: Stage, client: JournalClient) -> None:
    """What is told meanwhile is a dead letter; after the swap the fresh actor hears it."""
    letters = DeadLetters()
    address = Address("user-1", letters)
    assert not address.tell(Admitted(strategy_id="a"))
    assert letters.last()[0].reason == "nobody is there"
    address.swap(stage.ref)
    assert address.tell(Request(command=Say(count=1)))
