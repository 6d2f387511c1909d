"""The pace of all that this process asks of the venue: each call waits here until the rate limits let it go.

Waits are bounded, and what waits can be seen. A call waits on the thread that makes it, so no account's thread ever
waits for another's.
"""

import logging
import time
from collections.abc import Callable
from decimal import Decimal
from threading import Event, Lock
from typing import Final

import msgspec

from exchange.errors import LeftInPeace
from exchange.rate_limit import Call, CallKind, RateLimits, admit, call_queue, expected_at, join, leave

TOLD_FROM_MS: Final = 1_000
"""A wait that is at least so long is told in the program's log."""


def monotonic_us() -> int:
    return time.monotonic_ns() // 1_000


class Waiting(msgspec.Struct, frozen=True):
    """A call that waits, and for how long it has."""

    account: int | None
    kind: CallKind
    waited_ms: int


class Pacer:
    """One for all accounts of the process; any thread. `now_us` is a clock in µs that never goes back."""

    def __init__(self, limits: RateLimits, now_us: Callable[[], int] = monotonic_us) -> None:
        self._now_us = now_us
        self._lock = Lock()
        self._queue = call_queue(limits)
        self._gates: dict[Call, tuple[Event, int]] = {}

    def waiting(self) -> tuple[Waiting, ...]:
        """Who waits now, longest first."""
        with self._lock:
            now = self._now_us()
            return tuple(
                Waiting(call.account, call.kind, (now - since) // 1_000) for call, (_, since) in self._gates.items()
            )

    def wait(self, account: int | None, kind: CallKind, request: str) -> None:
        """Returns when `request` may be sent. Raises LeftInPeace when that would take too long."""
        gate, began = Event(), self._now_us()
        with self._lock:
            self._queue, call = join(self._queue, account, kind)
            self._gates[call] = gate, began
        last = began + self._queue.limits.longest_wait_ms * 1_000
        while not gate.is_set():
            at = self._open_gates(call)
            now = self._now_us()
            if now >= last:
                self._give_up(call, request, at)
            gate.wait(max(min(at, last) - now, 0) / 1_000_000)
        _tell(account, request, (self._now_us() - began) // 1_000)

    def _open_gates(self, call: Call) -> int:
        """Let go whoever may go; when it is `call`'s turn, as far as is known."""
        with self._lock:
            now = self._now_us()
            self._queue, admitted = admit(self._queue, now)
            for one in admitted:
                self._gates.pop(one)[0].set()
            return now if call in admitted or call not in self._gates else expected_at(self._queue, call, now)

    def _give_up(self, call: Call, request: str, at: int) -> None:
        """Unless it was let go in this very moment. Raises LeftInPeace."""
        with self._lock:
            if self._gates.pop(call, None) is None:
                return
            self._queue = leave(self._queue, call)
        left = Decimal(max(at - self._now_us(), 1_000)) / 1_000_000
        raise LeftInPeace(f"not sent, our own rate limits leave no room for it: {request}", left)


class Pace:
    """One account's share of the pacer, or nobody's; any thread."""

    def __init__(self, pacer: Pacer, account: int | None) -> None:
        self._pacer = pacer
        self._account = account

    def wait(self, kind: CallKind, request: str) -> None:
        """As `Pacer.wait`."""
        self._pacer.wait(self._account, kind, request)


def _tell(account: int | None, request: str, waited_ms: int) -> None:
    if waited_ms >= TOLD_FROM_MS:
        fields = {"user_id": account, "request": request, "waited_ms": waited_ms}
        logging.getLogger("otomat.pace").info("a call waited for our rate limits", extra=fields)
