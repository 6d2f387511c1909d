"""Until when an account leaves the venue in peace: what the log says is told here, and a rate limit counts at once.

So does the operator's stop: an order that waits to be sent when it comes is not sent.
"""

from collections.abc import Callable
from decimal import Decimal
from threading import Lock
from typing import Final

from exchange.errors import LeftInPeace, Unavailable

UNTIL_DECIDED_MS: Final = 1_000
"""A venue that names no time is asked nothing until the account has decided for how long."""


class Quiet:
    """Shared by all clients of an account; any thread. `now_ms` is the time in ms since the epoch, which somebody may
    set forward; `steady_ms` counts ms and cannot be set, and what this process was told itself is measured with it.
    """

    def __init__(self, now_ms: Callable[[], int], steady_ms: Callable[[], int] | None = None) -> None:
        self._now_ms = now_ms
        self._steady_ms = steady_ms or now_ms
        self._lock = Lock()
        self._until = self._steady_until = 0
        self._places = True

    def keep(self, until: int) -> None:
        """Nothing more is sent before `until` (ms); an earlier time changes nothing."""
        with self._lock:
            self._until = max(self._until, until)

    def turned_away(self, retry_after: Decimal | None) -> None:
        """The venue answered 429 or 418 and named so many seconds, or no time."""
        wait = UNTIL_DECIDED_MS if retry_after is None else int(retry_after * 1000)
        self.keep(self._now_ms() + wait)
        with self._lock:
            self._steady_until = max(self._steady_until, self._steady_ms() + wait)

    def allow_placements(self, *, allowed: bool) -> None:
        """Where the operator stops at once, an order that waits to be sent is not sent any more."""
        self._places = allowed

    def check(self, request: str, *, placement: bool = False) -> None:
        """Called before `request` is sent. Raises LeftInPeace; Unavailable where no order is to be placed."""
        if placement and not self._places:
            raise Unavailable(f"not sent, trading is being stopped at once: {request}")
        left = max(self._until - self._now_ms(), self._steady_until - self._steady_ms())
        if left > 0:
            raise LeftInPeace(f"not sent, the venue wants to be left in peace: {request}", Decimal(left) / 1000)
