"""A stage: the production actors without their threads, in virtual time, for the life of one process.

An actor's shell is the real one; only who calls it differs. The loop takes one message at a time out of each mailbox,
now and then after a delay, as a busy machine would. A call of the venue suspends the handler that makes it: the handler
is run again from its start with the answers that have come so far, until it has them all.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pykka

from actors.base import GuardedActor, Seat
from actors.mailbox import Envelope, Mailbox
from exchange.quiet import Quiet
from tests.simulation.hazards import Hazards, Killed
from tests.simulation.timeline import World

MOST_MESSAGES_A_SECOND = 300
"""An actor that takes more is in a busy loop."""


class BusyLoop(Exception):
    """An actor is told something again and again while hardly any time passes."""


class StageMailbox(Mailbox):
    """Says when something was put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.woken: Callable[[], object] | None = None

    def put(self, envelope: Envelope) -> None:
        super().put(envelope)
        if self.woken is not None:
            self.woken()

    def rest(self) -> None:
        """The message taken last has been handled."""
        self._busy = False


class Alarm:
    """A call that is due at some time; `actors.clock.Alarm`."""

    def __init__(self, handle: asyncio.TimerHandle) -> None:
        self._handle = handle

    def cancel(self) -> None:
        self._handle.cancel()


class Request(msgspec.Struct, frozen=True):
    """A call of the venue, before it is sent."""

    account: int
    method: str
    path: str
    query: dict[str, str] | None
    body: bytes | None


class Suspended(BaseException):
    """Ends a handler whose next answer has not come yet; no handler may catch it."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.path)
        self.request = request


class Work:
    """One run of something that calls the venue, with the answers so far."""

    def __init__(self, stage: "Stage", run: Callable[[], object], done: Callable[[], object]) -> None:
        self._stage = stage
        self._run = run
        self._done = done
        self._asked: list[Request] = []
        self._answers: list[Any] = []
        self._times: list[int] = []
        self._next = self._next_time = 0

    def attempt(self) -> None:
        self._next = self._next_time = 0
        outer, self._stage.work = self._stage.work, self
        try:
            self._run()
        except Suspended as suspended:
            self._asked.append(suspended.request)
            self._stage.send(suspended.request, self._answered)
            return
        finally:
            self._stage.work = outer
        self._done()

    def answer(self, request: Request) -> Any:
        """The answer to the handler's next call: a value, or an exception that is raised."""
        if self._next == len(self._answers):
            raise Suspended(request)
        if self._asked[self._next] != request:
            raise AssertionError(f"run again, a handler asked {request} in place of {self._asked[self._next]}")
        answer = self._answers[self._next]
        self._next += 1
        if isinstance(answer, Exception):
            raise answer
        return answer

    def now_ms(self) -> int:
        """What the handler saw when it looked at the clock in its first run."""
        if self._next_time == len(self._times):
            self._times.append(self._stage.world.now_ms())
        self._next_time += 1
        return self._times[self._next_time - 1]

    def _answered(self, answer: Any) -> None:
        self._answers.append(answer)
        self._stage.enter(self.attempt)


class Stage:
    """One process: its clock, its scheduler, its actors, and its end. `send` carries calls to the venue."""

    def __init__(self, world: World, hazards: Hazards, send: Callable[["Stage", Request, Any], None]) -> None:
        self.world = world
        self.hazards = hazards
        self.alive = True
        self.killed: asyncio.Future[None] = world.loop.create_future()
        self.actors: list[Staged] = []
        self.closing: list[Callable[[], object]] = []
        self.work: Work | None = None
        self._send = send
        self._quiets: dict[int, Quiet] = {}

    def quiet(self, account: int) -> Quiet:
        """What all clients of the account in this process share."""
        return self._quiets.setdefault(account, Quiet(self.world.now_ms))

    # --- actors.clock.Clock and Scheduler ---

    def now_ms(self) -> int:
        return self.world.now_ms() if self.work is None else self.work.now_ms()

    def schedule(self, at_ms: int, callback: Callable[[], object]) -> Alarm:
        at = (at_ms - self.world.began_at) / 1000
        return Alarm(self.world.loop.call_at(at, self.enter, callback))

    # --- life and death ---

    def enter(self, callback: Callable[[], object]) -> None:
        """Run something of this process, unless it is dead."""
        if not self.alive:
            return
        try:
            callback()
        except Killed:
            return

    def point(self, actor: str, where: str) -> None:
        """An instant at which the process may be killed. Raises Killed, from then on always."""
        if not self.alive:
            raise Killed
        if self.hazards.kills_here():
            self.kill(f"{where} of {actor}")
            raise Killed

    def kill(self, where: str) -> None:
        """As kill -9: whatever was not recorded is lost, and nothing more is done."""
        self.world.note("process", "killed", where)
        self.close()

    def close(self) -> None:
        """The process is gone."""
        if not self.alive:
            return
        self.alive = False
        for actor in self.actors:
            pykka.ActorRegistry.unregister(actor.actor_ref)
        for close in self.closing:
            close()
        self.killed.set_result(None)

    async def pause(self, seconds: float) -> None:
        """Let time pass, less when the process dies meanwhile."""
        await asyncio.wait({self.killed}, timeout=seconds)

    # --- actors ---

    def adopt(self, actor: "Staged") -> None:
        """Called in place of starting the actor's thread."""
        self.actors.append(actor)
        actor.actor_inbox.woken = partial(self.wake, actor)
        self.soon(actor.begin_on_stage)

    def soon(self, callback: Callable[[], object]) -> None:
        delay = self.hazards.thread_delay()
        if delay:
            self.world.loop.call_later(delay, self.enter, callback)
        else:
            self.world.loop.call_soon(self.enter, callback)

    def wake(self, actor: "Staged") -> None:
        if self.alive and not actor.due and not actor.occupied:
            actor.due = True
            self.soon(actor.take_one)

    def send(self, request: Request, answered: Callable[[Any], None]) -> None:
        self.point("client", f"sending {request.path}")
        self._send(self, request, answered)


class Staged(GuardedActor):
    """A mixin that comes before an actor's class: it runs on a stage, which is its seat's scheduler."""

    actor_inbox: StageMailbox
    begun = False
    due = False
    occupied = True

    def __init__(self, seat: Seat, *args: Any) -> None:
        super().__init__(seat, *args)
        self.actor_urn = self.actor_ref.actor_urn = f"urn:actor:{next(self.stage.world.numbers)}"

    @staticmethod
    def _create_actor_inbox() -> Any:
        return StageMailbox()

    @property
    def stage(self) -> Stage:
        stage = self.seat.scheduler
        assert isinstance(stage, Stage)
        return stage

    def _start_actor_loop(self) -> None:
        self._second = self._taken_in_second = 0
        self.stage.adopt(self)

    def begin_on_stage(self) -> None:
        self.on_start()
        self.begun = True
        self.free()

    def free(self) -> None:
        """Ready for the next message."""
        self.occupied = False
        self.actor_inbox.rest()
        if not self.actor_stopped.is_set() and not self.actor_inbox.empty():
            self.stage.wake(self)

    def take_one(self) -> None:
        self.due = False
        if self.actor_stopped.is_set() or self.occupied or self.actor_inbox.empty():
            return
        envelope = self.actor_inbox.get()
        self._count()
        self.stage.world.note(self.seat.name, "takes", envelope.message)
        self.occupied = True
        self.perform(envelope.message)
        if envelope.reply_to is not None:
            envelope.reply_to.set(None)

    def perform(self, message: Any) -> None:
        """Handle a message; `free` follows when that is done."""
        self.stage.point(self.seat.name, "a message")
        self._handle_receive(message)
        self.free()

    def _count(self) -> None:
        second = self.stage.now_ms() // 1000
        if second != self._second:
            self._second, self._taken_in_second = second, 0
        self._taken_in_second += 1
        if self._taken_in_second > MOST_MESSAGES_A_SECOND:
            self.stage.world.fail(BusyLoop(f"{self.seat.name} took {self._taken_in_second} messages in a second"))
