"""The operator's stop: what the first, the second and the third Ctrl-C or SIGTERM mean."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

from bin.exit_codes import ExitCode

IMPATIENT = 3


class StopSignals:
    """How often the operator has asked for the stop. `heard` gets the number of each signal, counted from 1."""

    def __init__(self, heard: "SimpleQueue[int]") -> None:
        self._heard = heard
        self._count = 0

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """It runs between any two steps of the main thread, so it must only put; this queue is made for that."""
        self._count += 1
        if self._count >= IMPATIENT:
            os._exit(ExitCode.STOPPED)  # nothing is lost: what happened is in the log
        self._heard.put(self._count)

    def asked_otherwise(self, *, now: bool) -> None:
        """A command stands for the first signal, or with `now` for the second. From any thread."""
        self._count = max(self._count, IMPATIENT - 1 if now else 1)


@contextmanager
def stop_signals(heard: "SimpleQueue[int]") -> Iterator[StopSignals]:
    """While inside, the first signal puts 1 into `heard`, the second 2, and the third leaves at once."""
    signals = StopSignals(heard)
    before = {number: signal.signal(number, signals.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
