"""Waiting for what another thread does, where it signals nobody."""

import time

from exchange.pace import Pacer

PATIENCE_S = 10.0


def somebody_waits(pacer: Pacer) -> bool:
    """Whether a call comes to wait for the pacer, in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not pacer.waiting():
        if time.monotonic() > deadline:
            return False
    return True
