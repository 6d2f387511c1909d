"""The pacer as an account's threads meet it: they wait for their turn, in real time, and never for ever."""

import logging
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from exchange.errors import LeftInPeace, retry_after_ms
from exchange.pace import Pace, Pacer, monotonic_us
from exchange.rate_limit import RateLimits
from tests.support.waiting import somebody_waits

PATIENCE = 10.0


def limits(calls: int = 200, longest_wait_ms: int = 5_000) -> RateLimits:
    return RateLimits(
        placements_per_second=Decimal(calls) / 4,
        calls_per_second=Decimal(calls),
        address_calls_per_second=Decimal(calls) * 2,
        longest_wait_ms=longest_wait_ms,
    )


def closed(longest_wait_ms: int) -> Pacer:
    """One whose only call a minute has been made."""
    slow = Decimal(1) / 60
    pacer = Pacer(RateLimits(calls_per_second=slow, placements_per_second=slow, longest_wait_ms=longest_wait_ms))
    pacer.wait(1, "other", "GET /first")
    return pacer


def test_threads_are_let_go_at_the_rate() -> None:
    """Eight threads of two accounts at once: the process sends 400 calls a second, to the microsecond no more."""
    pacer, sent = Pacer(limits()), []

    def call(number: int) -> None:
        pacer.wait(number % 2, "other", "GET /somewhere")
        sent.append(monotonic_us())

    began = monotonic_us()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(call, range(40)))
    assert len(sent) == 40
    assert max(sent) - began >= 39 * 2_500
    assert pacer.waiting() == ()


def test_placements_are_let_go_more_rarely() -> None:
    """The account's other calls go on beside them."""
    pace, times, began = Pace(Pacer(limits(calls=400)), 1), [], monotonic_us()
    for _ in range(4):
        pace.wait("placement", "POST /place")
        times.append(monotonic_us())
        pace.wait("other", "GET /somewhere")
    assert all(at - began >= number * 10_000 for number, at in enumerate(times))


def test_a_wait_has_an_end() -> None:
    """What would wait for longer is not sent, and the refusal says when there is room."""
    pacer = closed(longest_wait_ms=20)
    with pytest.raises(LeftInPeace, match="our own rate limits leave no room for it: GET /second") as caught:
        pacer.wait(1, "other", "GET /second")
    assert 50_000 < retry_after_ms(caught.value) <= 60_000
    assert pacer.waiting() == ()


def test_who_waits_can_be_seen_and_holds_up_nobody() -> None:
    """While one account waits, another's call goes at once."""
    pacer = closed(longest_wait_ms=1_000)
    with ThreadPoolExecutor(1) as threads:
        waits = threads.submit(pacer.wait, 1, "placement", "POST /place")
        assert somebody_waits(pacer)
        (waiting,) = pacer.waiting()
        assert (waiting.account, waiting.kind) == (1, "placement")
        pacer.wait(2, "other", "GET /other")
        assert not waits.done()
        assert isinstance(waits.exception(PATIENCE), LeftInPeace)


def test_a_long_wait_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Whose call it was, which, and for how long."""
    times = iter([0, 0, 0, 0, 0, 0, 0, 0, *[1_500_000] * 20])
    pacer = Pacer(RateLimits(placements_per_second=Decimal(1000)), lambda: next(times))
    with caplog.at_level(logging.INFO, "otomat.pace"):
        pacer.wait(3, "other", "GET /first")
        pacer.wait(3, "other", "GET /second")
    told = [(one.user_id, one.request, one.waited_ms) for one in caplog.records]  # type: ignore[attr-defined]
    assert told == [(3, "GET /second", 1_500)]
