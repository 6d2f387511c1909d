"""Time that moves only when a test says so."""

from collections.abc import Callable
from threading import Condition


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
        self._changed = Condition()

    def now_ms(self) -> int:
        return self._now

    def schedule(self, at_ms: int, callback: Callable[[], object]) -> ManualAlarm:
        alarm = ManualAlarm(at_ms, callback)
        with self._changed:
            self._alarms.append(alarm)
            self._changed.notify_all()
        return alarm

    def pending(self) -> list[int]:
        """When alarms are due, in ms from now, soonest first."""
        with self._changed:
            return self._pending()

    def ring(self, ms: int, timeout: float = 10.0) -> None:
        """Wait until an actor has set an alarm for `ms` from now, and move on to it."""
        with self._changed:
            assert self._changed.wait_for(lambda: ms in self._pending(), timeout), self._pending()
        self.pass_ms(ms)

    def _pending(self) -> list[int]:
        return sorted(alarm.at_ms - self._now for alarm in self._alarms if alarm.callback is not None)

    def pass_ms(self, ms: int) -> None:
        """Move on, and ring what became due, in the order of time."""
        self._now += ms
        with self._changed:
            due = sorted((one for one in self._alarms if one.at_ms <= self._now), key=lambda one: one.at_ms)
            self._alarms = [one for one in self._alarms if one.at_ms > self._now]
        for alarm in due:
            if alarm.callback is not None:
                alarm.callback()
