"""Time for the shells: what it is, and being called when it comes. Both are replaceable; deciders see neither."""

import heapq
import itertools
import logging
import time
from collections.abc import Callable
from threading import Condition, Lock, Thread
from typing import Protocol

LONGEST_WAIT = 10.0
"""Seconds after which the timer looks at the clock again, so that it notices when the clock was set."""


TOLD_BACK_NS = 1_000_000_000
"""A clock that is set back by less is not worth a word."""


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        ...


class Alarm(Protocol):
    """A call that is due at some time."""

    def cancel(self) -> None:
        """Not call any more, unless the call is just being made."""
        ...


class Scheduler(Protocol):
    def schedule(self, at_ms: int, callback: Callable[[], object]) -> Alarm:
        """Call `callback` once at `at_ms`, or at once if that is past. It must be quick: all alarms share a thread."""
        ...


def steady_ms() -> int:
    """Counts milliseconds from some time on; nobody can set it."""
    return time.monotonic_ns() // 1_000_000


class SystemClock:
    """The machine's clock, except that time never goes back: whoever waits would wait that much longer.

    Where the clock is set forward, or the machine slept, this follows at once. Where it is set back, time goes on from
    where it was for as long as the process lives, and that is told once. `wall` and `steady` return nanoseconds.
    """

    def __init__(self, wall: Callable[[], int] = time.time_ns, steady: Callable[[], int] = time.monotonic_ns) -> None:
        self._wall, self._steady = wall, steady
        self._ahead = wall() - steady()
        self._told = False
        self._lock = Lock()

    def now_ms(self) -> int:
        with self._lock:
            steady = self._steady()
            self._follow(self._wall() - steady)
            return (steady + self._ahead) // 1_000_000

    def _follow(self, ahead: int) -> None:
        """`ahead` is how far the wall clock is ahead of the steady one."""
        back = self._ahead - ahead
        self._ahead = max(self._ahead, ahead)
        if back > TOLD_BACK_NS and not self._told:
            self._told = True
            words = "the clock was set back by %d s: this run goes on by the time before; start it again when it suits"
            logging.getLogger("otomat.clock").warning(words, back // 1_000_000_000)


class _Alarm:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class TimerThread:
    """The scheduler of a running program: one thread for all actors."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: list[tuple[int, int, _Alarm]] = []
        self._order = itertools.count()
        self._changed = Condition()
        self._stopped = False
        self._thread = Thread(target=self._run, name="timer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Drop all alarms; returns when the thread has ended."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def schedule(self, at_ms: int, callback: Callable[[], object]) -> Alarm:
        alarm = _Alarm(callback)
        with self._changed:
            heapq.heappush(self._due, (at_ms, next(self._order), alarm))
            if self._due[0][2] is alarm:
                self._changed.notify()
        return alarm

    def _run(self) -> None:
        while (alarm := self._next()) is not None:
            callback = alarm.callback
            if callback is not None:
                _call(callback)

    def _next(self) -> _Alarm | None:
        with self._changed:
            while not self._stopped:
                wait = self._wait_ms()
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(LONGEST_WAIT if wait is None else min(wait / 1000, LONGEST_WAIT))
        return None

    def _wait_ms(self) -> int | None:
        while self._due and self._due[0][2].callback is None:
            heapq.heappop(self._due)
        return self._due[0][0] - self._clock.now_ms() if self._due else None


def _call(callback: Callable[[], object]) -> None:
    try:
        callback()
    except Exception:
        logging.getLogger("otomat.clock").exception("an alarm failed")
