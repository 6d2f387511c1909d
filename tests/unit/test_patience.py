"""Reads before a run begins are repeated, within bounds."""

from collections.abc import Callable
from decimal import Decimal
from queue import SimpleQueue

import pytest

from bin import patience
from bin.patience import TRIES, patiently
from exchange.errors import RateLimited, Rejected, Unavailable, Unknown, VenueError


class Venue:
    """Answers after these errors."""

    def __init__(self, *errors: VenueError) -> None:
        self.errors = list(errors)
        self.asked = 0

    def read(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would be waited, without waiting."""
    found: list[float] = []
    note: Callable[..., None] = lambda _heard, seconds: found.append(seconds)  # noqa: E731 - a name for its type
    monkeypatch.setattr(patience, "_wait", note)
    return found


def test_a_venue_that_is_out_of_breath_is_asked_again(waits: list[float]) -> None:
    """Each wait is twice the one before, with up to a tenth of jitter."""
    venue = Venue(Unknown("500"), Unavailable("refused"), Unknown("500"))
    assert patiently(venue.read, SimpleQueue()) == "answer"
    assert all(least <= wait <= least * 1.1 for wait, least in zip(waits, (0.5, 1, 2), strict=True))


def test_the_venues_own_time_is_honoured(waits: list[float]) -> None:
    """Retry-After is the least that is waited."""
    patiently(Venue(RateLimited("429", retry_after=Decimal(7))).read, SimpleQueue())
    assert 7 <= waits[0] <= 7.7


def test_patience_has_an_end() -> None:
    """After six tries the last error is told."""
    venue = Venue(*[Unknown(str(number)) for number in range(TRIES)])
    with pytest.raises(Unknown, match="5"):
        patiently(venue.read, SimpleQueue())
    assert venue.asked == TRIES


def test_a_refusal_is_not_asked_again() -> None:
    """The same request would be refused again."""
    venue = Venue(Rejected("no"))
    with pytest.raises(Rejected):
        patiently(venue.read, SimpleQueue())
    assert venue.asked == 1


def test_a_stop_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator does not wait for the venue."""
    monkeypatch.undo()
    heard: SimpleQueue[int] = SimpleQueue()
    heard.put(2)
    with pytest.raises(KeyboardInterrupt):
        patiently(Venue(RateLimited("429", retry_after=Decimal(60))).read, heard)
