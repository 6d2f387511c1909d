"""The operator's stop: what the first, the second and the third Ctrl-C or SIGTERM mean."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

from bin.exit_codes import ExitCode

IMPATIENT = 3


@contextmanager
def stop_signals(heard: "SimpleQueue[int]") -> Iterator[None]:
    """While inside, the first signal puts 1 into `heard`, the second 2, and the third leaves at once.

    A handler runs between any two steps of the main thread, so it must only put; this queue is made for that.
    """
    count = 0

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        if count >= IMPATIENT:
            os._exit(ExitCode.STOPPED)  # nothing is lost: what happened is in the log
        heard.put(count)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
