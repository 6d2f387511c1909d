"""What every actor has in common.

`GuardedActor` puts a guard around pykka's hooks: whatever goes wrong ends this actor alone, and the supervisor is told.
`EventSourcedActor` does the five steps for every actor that decides: take a message, decide, append and wait until
it is durable, fold, carry out.

Hooks run on the actor's own thread unless their docstring says otherwise.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

import pykka
from msgspec.structs import replace

from actors.address import Address, DeadLetters
from actors.clock import Alarm, Clock, Scheduler
from actors.journal import JournalClient
from actors.mailbox import Mailbox
from actors.messages.base import Command, Decision, Message, Recovered, Retire, Tick
from actors.messages.supervision import ChildFailed, ChildStopped, StorageLost
from actors.received import written
from events.base import Metadata, NewEvent, Recorded
from events.journal import StorageFailed, VersionConflict
from projections.snapshots import Snapshot

LONGEST_ERROR = 300
TICK_AGAIN_MS = 100
"""A deadline that a tick did not move is tried again this much later, not in a tight loop."""

SNAPSHOT_EVERY = 500
"""Events of a stream between two snapshots: few enough to fold in a moment."""

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Seat:
    """What an actor is given with its place in the house; `account` is None when it serves all accounts."""

    address: Address
    account: int | None
    clock: Clock
    scheduler: Scheduler
    supervisor: Address
    dead_letters: DeadLetters

    @property
    def name(self) -> str:
        return self.address.name


@dataclass(frozen=True, slots=True)
class Decider(Generic[S]):
    """The pure part of an actor. `initial` holds its identity and settings; times are ms since the epoch."""

    initial: S
    decide: Callable[[S, Message, int], Decision]
    evolve: Callable[[S, Recorded], S]
    next_deadline: Callable[[S], int | None]


class Ledger(Generic[S]):
    """One stream as its only writer sees it: its version, its last event's position, and the state it adds up to."""

    def __init__(self, stream: str, decider: Decider[S], journal: JournalClient) -> None:
        self.stream = stream
        self.state = decider.initial
        self._decider = decider
        self._journal = journal
        self.position: int | None = None
        self._version = 0
        self._snapshot_version = 0

    def recover(self) -> None:
        """Fold what is durable, from the newest snapshot on where there is a sound one. Raises StorageFailed."""
        found = self._snapshot()
        if found is not None and self._stands_in_log(found):
            self.state, self.position, self._version = cast("S", found.state), found.position, found.version
            self._snapshot_version = found.version
        for recorded in self._journal.read_stream(self.stream, self._version):
            self._fold(recorded)

    def offer_snapshot(self, *, after: int = 1) -> None:
        """Have the state written down, when at least so many events have come since the last time."""
        snapshots = self._journal.snapshots
        if snapshots is None or self.position is None or self._version - self._snapshot_version < after:
            return
        self._snapshot_version = self._version
        snapshots.offer(self.stream, Snapshot(self._version, self.position, self.state), self._decider.initial)

    def _snapshot(self) -> Snapshot | None:
        snapshots = self._journal.snapshots
        return None if snapshots is None else snapshots.newest(self.stream, self._decider.initial)

    def _stands_in_log(self, found: Snapshot) -> bool:
        """Not so where an older copy of the log has been put in its place."""
        event = next(iter(self._journal.read_stream(self.stream, found.version - 1)), None)
        return event is not None and (event.version, event.position) == (found.version, found.position)

    def record(self, decision: Decision, message: Message, now: int) -> tuple[Recorded, ...]:
        """Append, wait until it is durable, fold. Raises VersionConflict, StorageFailed, EventNotStorable."""
        if not decision.events:
            return ()
        meta = Metadata(
            correlation_id=decision.correlation_id or self.stream,
            causation=message.cause,
            ts_event=getattr(message, "ts_event", now),
            ts_init=now,
        )
        first = replace(meta, received=written(message, decision.events[0]))
        new = tuple(NewEvent(event=event, meta=meta if at else first) for at, event in enumerate(decision.events))
        recorded = self._journal.append(self.stream, self._version, new)
        for one in recorded:
            self._fold(one)
        self.offer_snapshot(after=SNAPSHOT_EVERY)
        return recorded

    def _fold(self, recorded: Recorded) -> None:
        self.state = self._decider.evolve(self.state, recorded)
        self.position = recorded.position
        self._version = recorded.version


class GuardedActor(pykka.ThreadingActor):
    """An actor whose every failure, even a BaseException, ends it alone and reaches the supervisor.

    It takes its address when it is constructed, before its thread begins: whoever answers what it asks while it
    recovers must find it there. Constructors run on the supervisor's thread.
    """

    use_daemon_thread = True  # a thread that hangs must not keep the program from ending
    actor_inbox: Mailbox

    def __init__(self, seat: Seat) -> None:
        super().__init__()
        self.seat = seat
        self.log = logging.getLogger(f"otomat.actors.{seat.name}")
        self._retiring = False
        self._released = False
        seat.address.swap(self.actor_ref)

    @staticmethod
    def _create_actor_inbox() -> Any:  # noqa: ANN401 - pykka keeps the type of inboxes private
        return Mailbox()

    def begin(self) -> None:
        """Before the first message."""

    def handle(self, message: Message) -> None:
        """One message."""
        raise NotImplementedError

    def release(self) -> None:
        """Let go of threads, sockets and alarms. Called once, however the actor ends; nothing is recorded any more."""

    def retire(self) -> None:
        """The run is over: bring to an end what goes on beside the messages."""

    def idle(self) -> bool:
        """Whether nothing goes on beside the messages, so that a retiring actor may stop."""
        return True

    def on_start(self) -> None:
        self._guard(self.begin)

    def on_receive(self, message: Message) -> None:
        self._guard(lambda: self._take(message))
        if self.actor_stopped.is_set():
            self._let_go()  # given up while it handled the message; otherwise a repeat, which does nothing

    def on_stop(self) -> None:
        self._let_go()
        self.seat.supervisor.tell(ChildStopped(name=self.seat.name, urn=self.actor_urn))

    def _take(self, message: Message) -> None:
        if isinstance(message, Retire):
            self._retiring = True
            self.retire()
        else:
            self.handle(message)
        if self._retiring and self.idle():
            self.stop()

    def _guard(self, step: Callable[[], None]) -> None:
        try:
            step()
        except VersionConflict as conflict:
            self.log.warning("another actor writes this stream, so this one stops: %s", conflict)
            self.die(conflict)
        except StorageFailed as failure:
            self.die(failure)
            self.seat.supervisor.tell(StorageLost(error=str(failure)))
        except BaseException as error:
            self.log.exception("the actor failed")
            self.die(error)
            self.seat.supervisor.tell(failure_notice(self.seat, self.actor_urn, error))

    def die(self, error: BaseException) -> None:  # noqa: ARG002 - for those who must say what it was
        """Stop at once: the state may be half changed."""
        pykka.ActorRegistry.unregister(self.actor_ref)
        self.actor_stopped.set()
        self._let_go()

    def _let_go(self) -> None:
        if self._released:
            return
        self._released = True
        dead_letters = self.seat.dead_letters
        self.actor_inbox.close(lambda message: dead_letters.add(self.seat.name, message, "the actor has stopped"))
        try:
            self.release()
        except Exception:
            self.log.exception("the actor could not let go of everything")


def failure_notice(seat: Seat, urn: str, error: BaseException) -> ChildFailed:
    text = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    return ChildFailed(name=seat.name, account=seat.account, urn=urn, error=text)


class EventSourcedActor(GuardedActor, Generic[S]):
    """The five steps. Subclasses say how commands are carried out."""

    def __init__(self, seat: Seat, stream: str, decider: Decider[S], journal: JournalClient) -> None:
        super().__init__(seat)
        self.decider = decider
        self.ledger = Ledger(stream, decider, journal)
        self._alarm: Alarm | None = None
        self._armed_for: int | None = None

    def begin(self) -> None:
        self.ledger.recover()
        self.handle(Recovered())

    def handle(self, message: Message) -> None:
        self.take_steps(self.ledger, message)
        self._arm(self.decider.next_deadline(self.ledger.state), fired=isinstance(message, Tick))

    def take_steps(self, ledger: Ledger[S], message: Message) -> None:
        now = self.seat.clock.now_ms()
        decision = self.decider.decide(ledger.state, message, now)
        recorded = ledger.record(decision, message, now)
        cause = recorded[-1].position if recorded else message.cause
        if self.actor_stopped.is_set():
            return  # given up while it waited: a fresh actor has taken its place, and finds the events
        self.recorded(recorded)
        for command in decision.commands:
            self.carry_out(command, cause)

    def retire(self) -> None:
        self.ledger.offer_snapshot()

    def recorded(self, events: tuple[Recorded, ...]) -> None:
        """These events of this actor are durable and folded; its commands come next."""

    def carry_out(self, command: Command, cause: int | None) -> None:
        """`cause` goes into every message that the command becomes."""
        raise NotImplementedError

    def release(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _arm(self, deadline: int | None, *, fired: bool) -> None:
        if deadline == self._armed_for and not fired:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        stuck = fired and deadline is not None and deadline == self._armed_for
        self._armed_for = deadline
        self._alarm = None
        if deadline is not None:
            at = max(deadline, self.seat.clock.now_ms() + TICK_AGAIN_MS) if stuck else deadline
            tick = Tick(cause=self.ledger.position)  # what led to the deadline
            self._alarm = self.seat.scheduler.schedule(at, partial(self._tell_self, tick))

    def _tell_self(self, message: Message) -> None:
        """Runs on the timer's thread."""
        with suppress(pykka.ActorDeadError):
            self.actor_ref.tell(message)


def with_cause(message: Message, cause: int | None) -> Message:
    """The message as it is told: caused by the event at `cause`, which is also the fact that it carries, if any."""
    changes: dict[str, Any] = {} if message.cause is not None else {"cause": cause}
    if getattr(message, "position", None) == 0:
        changes["position"] = cause or 0
    return replace(message, **changes)
