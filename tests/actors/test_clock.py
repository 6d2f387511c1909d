"""The timer that all actors share."""

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Event

import pytest

from actors.clock import SystemClock, TimerThread

CLOCK = SystemClock()


@pytest.fixture
def timer() -> Iterator[TimerThread]:
    timer = TimerThread(CLOCK)
    timer.start()
    yield timer
    timer.stop()


def test_alarms_ring_in_the_order_of_time(timer: TimerThread) -> None:
    """One that was set later and is due sooner rings first."""
    rung: SimpleQueue[str] = SimpleQueue()
    now = CLOCK.now_ms()
    for name, after in (("late", 60), ("soon", 20), ("past", -5)):
        timer.schedule(now + after, lambda name=name: rung.put(name))  # type: ignore[misc]
    assert [rung.get(timeout=10) for _ in range(3)] == ["past", "soon", "late"]


def test_an_alarm_never_rings_early(timer: TimerThread) -> None:
    """A deadline that is not over must not look as if it were."""
    rung: SimpleQueue[int] = SimpleQueue()
    due = CLOCK.now_ms() + 30
    timer.schedule(due, lambda: rung.put(CLOCK.now_ms()))
    assert rung.get(timeout=10) >= due


def test_a_cancelled_alarm_does_not_ring(timer: TimerThread) -> None:
    """The one behind it rings as if it had never been there."""
    rung: SimpleQueue[str] = SimpleQueue()
    now = CLOCK.now_ms()
    timer.schedule(now + 20, lambda: rung.put("cancelled")).cancel()
    timer.schedule(now + 40, lambda: rung.put("kept"))
    assert rung.get(timeout=10) == "kept"


def test_an_alarm_that_fails_takes_nobody_elses_time_away(timer: TimerThread) -> None:
    """The thread survives what a callback raises."""
    rung = Event()
    timer.schedule(0, lambda: 1 // 0)
    timer.schedule(CLOCK.now_ms() + 1, rung.set)
    assert rung.wait(10)


class Hands:
    """A wall clock that can be set, and a steady one, in seconds."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000, 500
        self.clock = SystemClock(lambda: self.wall * 10**9, lambda: self.steady * 10**9)

    def passes(self, seconds: int) -> int:
        """The clock's reading after so many seconds, in seconds."""
        self.wall, self.steady = self.wall + seconds, self.steady + seconds
        return self.clock.now_ms() // 1000


def test_time_goes_on_where_the_clock_is_set_back(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever watches an open order must not wait for an hour more; the operator is told once."""
    hands = Hands()
    assert hands.passes(10) == 1_000_010
    hands.wall -= 3_600
    assert [hands.passes(0), hands.passes(30)] == [1_000_010, 1_000_040]
    assert [record.getMessage()[:41] for record in caplog.records] == ["the clock was set back by 3600 s: this ru"]


def test_time_follows_a_clock_that_is_set_forward() -> None:
    """Also a machine that slept, whose steady clock stood still meanwhile."""
    hands = Hands()
    hands.wall += 7_200
    assert [hands.passes(0), hands.passes(5)] == [1_007_200, 1_007_205]
