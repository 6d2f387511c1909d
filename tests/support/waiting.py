"""Waiting for what another thread does, where it signals nobody."""

import time
from collections.abc import Callable

from exchange.pace import Pacer

PATIENCE_S = 10.0


def happens(holds: Callable[[], object]) -> bool:
    """Whether it comes to hold, in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            return False
    return True


def somebody_waits(pacer: Pacer) -> bool:
    """Whether a call comes to wait for the pacer, in time."""
    return happens(pacer.waiting)
