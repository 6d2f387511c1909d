"""Virtual time: an asyncio event loop that never waits, and what everything in a simulation shares."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from itertools import count
from random import Random
from typing import Any, NamedTuple, TypeVar

MOST_STEPS_KEPT = 80

T = TypeVar("T")


class NothingLeft(Exception):
    """Nothing is due any more, and somebody still waits: a deadlock."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks and tasks on one thread in the order of their times, and jumps over the time between them."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._selector = self

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._seconds

    def select(self, timeout: float | None) -> list[object]:
        """What the loop does when nothing is to be done: in place of waiting for sockets, time passes."""
        if timeout is None:
            raise NothingLeft("nothing is due any more")
        self._seconds += timeout
        return []

    def _process_events(self, event_list: list[object]) -> None:
        """There are no sockets."""

    def _write_to_self(self) -> None:
        """There is no other thread to wake the loop from."""


class Step(NamedTuple):
    """Something that happened: at what time (ms), to whom, and what. `detail` is shown by `str`."""

    at: int
    who: str
    what: str
    detail: Any = ""

    def __str__(self) -> str:
        return f"{self.at} {self.who:<14} {self.what} {str(self.detail)[:400]}".rstrip()


class World:
    """The time, the one source of chance, and the last steps. Made inside a running VirtualLoop; one thread."""

    def __init__(self, seed: int, began_at: int, tell: Callable[[Step], object] | None = None) -> None:
        self.chance = Random(seed)
        self.loop = asyncio.get_running_loop()
        self.began_at = began_at
        self.steps: deque[Step] = deque(maxlen=MOST_STEPS_KEPT)
        self.failed: asyncio.Future[None] = self.loop.create_future()
        self.numbers = count(1)
        self._tell = tell
        self._tasks: set[asyncio.Task[Any]] = set()
        self.loop.set_exception_handler(self._handle)

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return self.began_at + int(self.loop.time() * 1000 + 1e-6)

    def note(self, who: str, what: str, detail: Any = "") -> None:
        step = Step(self.now_ms(), who, what, detail)
        self.steps.append(step)
        if self._tell is not None:
            self._tell(step)

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """A task that is kept until it is done, and whose failure ends the simulation."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned_is_done)
        return task

    def _spawned_is_done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """End the simulation with this error."""
        if not self.failed.done():
            self.failed.set_exception(error)

    def _handle(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.fail(context.get("exception") or RuntimeError(context["message"]))
