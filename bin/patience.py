"""Reading from a venue that may be out of breath, before a run begins."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from random import uniform
from typing import TypeVar

from exchange.errors import RateLimited, Rejected, Unauthorised, Untrusted, VenueError, retry_after_ms

TRIES = 6
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0

T = TypeVar("T")


def patiently(read: Callable[[], T], heard: "SimpleQueue[int]") -> T:
    """The answer of `read`, which only reads and may be repeated: at most 6 times in all, after 0.5, 1, 2, 4 and 8 s
    with up to a tenth of jitter, or after what the venue's Retry-After says.

    Raises:
        VenueError: of the last try, or at once when trying again cannot help.
        KeyboardInterrupt: a stop signal came into `heard` meanwhile.
    """
    for number in range(TRIES - 1):
        try:
            return read()
        except (Rejected, Unauthorised, Untrusted):
            raise
        except VenueError as error:
            _wait(heard, _seconds(error, number))
    return read()


def _seconds(error: VenueError, number: int) -> float:
    named = retry_after_ms(error) / 1000 if isinstance(error, RateLimited) else 0
    return float((named or min(FIRST_WAIT_S * 2**number, LONGEST_WAIT_S)) * uniform(1, 1.1))  # noqa: S311 - jitter, no secret


def _wait(heard: "SimpleQueue[int]", seconds: float) -> None:
    try:
        heard.get(timeout=seconds)
    except Empty:
        return
    raise KeyboardInterrupt
