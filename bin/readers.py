"""Whoever reads our output, and whether they still do."""

import select
from collections.abc import Callable
from typing import TextIO

LOOK_EVERY_S = 0.1


def watch_reader(out: TextIO) -> Callable[[], bool]:
    """A wait of LOOK_EVERY_S that tells, and ends early, when nobody reads `out` any more."""
    watch = select.poll()
    watch.register(out.fileno(), 0)  # errors are reported unasked
    return lambda: bool(watch.poll(LOOK_EVERY_S * 1000))
