"""Time that moves only when a test says so."""

from collections.abc import Callable
from threading import Lock


class ManualAlarm:
    """What ManualTime.schedule gives; `actors.clock.Alarm`."""

    def __init__(self, at_ms: int, callback: Callable[[], object]) -> None:
        self.at_ms = at_ms
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class ManualTime:
    """Clock and scheduler in one. Alarms ring on the thread that moves the time."""

    def __init__(self, now_ms: int = 1_000_000) -> None:
        self._now = now_ms
        self._alarms: list[ManualAlarm] = []
        self._lock = Lock()

    def now_ms(self) -> int:
        return self._now

    def schedule(self, at_ms: int, callback: Callable[[], object]) -> ManualAlarm:
        alarm = ManualAlarm(at_ms, callback)
        with self._lock:
            self._alarms.append(alarm)
        return alarm

    def pending(self) -> list[int]:
        """When alarms are due, in ms from now, soonest first."""
        with self._lock:
            return sorted(alarm.at_ms - self._now for alarm in self._alarms if alarm.callback is not None)

    def pass_ms(self, ms: int) -> None:
        """Move on, and ring what became due, in the order of time."""
        self._now += ms
        with self._lock:
            due = sorted((one for one in self._alarms if one.at_ms <= self._now), key=lambda one: one.at_ms)
            self._alarms = [one for one in self._alarms if one.at_ms > self._now]
        for alarm in due:
            if alarm.callback is not None:
                alarm.callback()
