"""Whoever asks, however often: no window of time sees more calls than the limits allow, and nobody is passed over."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exchange.rate_limit import (
    Call,
    CallQueue,
    RateLimits,
    admit,
    bucket,
    call_queue,
    expected_at,
    join,
    own_ready_at,
    turn,
)

LIMITS = st.builds(
    RateLimits,
    placements_per_second=st.sampled_from([Decimal("0.3"), Decimal(1), Decimal(7)]),
    calls_per_second=st.sampled_from([Decimal(1), Decimal(3), Decimal("33.3")]),
    address_calls_per_second=st.sampled_from([Decimal(2), Decimal(10), Decimal(100)]),
    burst=st.integers(1, 5),
)
KINDS = st.sampled_from(["placement", "other", "other", "cancel", "farewell"])
ACCOUNTS = st.sampled_from([None, 1, 2, 3])
ARRIVALS = st.lists(st.tuples(st.integers(0, 900_000), ACCOUNTS, KINDS), min_size=1, max_size=40)
"""µs since the call before, whose call, and of which kind."""


class Played:
    """A queue to which calls came, looked at whenever one came or was expected to go, until nobody waited."""

    def __init__(self, limits: RateLimits, arrivals: list[tuple[int, int | None, str]]) -> None:
        self.queue: CallQueue = call_queue(limits)
        self.now = 5_000_000
        self.came: dict[Call, int] = {}
        self.sent: dict[Call, int] = {}
        for after, account, kind in arrivals:
            self._pass(self.now + after)
            self.queue, call = join(self.queue, account, kind)  # type: ignore[arg-type]
            self.came[call] = self.now
        self._pass(None)

    def _pass(self, until: int | None) -> None:
        self._admit()
        while self.queue.waiting:
            at = min(expected_at(self.queue, call, self.now) for call in self.queue.waiting)
            if until is not None and at > until:
                break
            self.now = at
            self._admit()
        self.now = self.now if until is None else until

    def _admit(self) -> None:
        before = self.queue
        self.queue, admitted = admit(self.queue, self.now)
        for call in admitted:
            self.sent[call] = self.now
        self.check_order(before, admitted)

    def check_order(self, before: CallQueue, admitted: tuple[Call, ...]) -> None:
        """Nobody goes while one that came before, and whose own account would let it go, is left waiting."""
        for gone in admitted:
            for left in self.queue.waiting:
                if own_ready_at(before, left) <= self.now and left.account != gone.account:
                    assert turn(gone) < turn(left)


def most_in_a_window(times: list[int], per_second: Decimal | None, burst: int) -> bool:
    """Whether every window from one call to another holds at most rate x t + burst of them."""
    times, per_second = sorted(times), per_second or Decimal(0)
    return all(
        last - first + 1 <= per_second * (times[last] - times[first]) / 1_000_000 + burst
        for first in range(len(times))
        for last in range(first, len(times))
    )


@given(LIMITS, ARRIVALS)
def test_no_window_sees_more_than_rate_and_burst(
    limits: RateLimits, arrivals: list[tuple[int, int | None, str]]
) -> None:
    """Neither of an account's placements, nor of all its calls, nor of all calls of the process."""
    calls, placements = defaultdict(list), defaultdict(list)
    sent = Played(limits, arrivals).sent
    for call, at in sent.items():
        if call.account is not None:
            calls[call.account].append(at)
            if call.kind == "placement":
                placements[call.account].append(at)
    assert most_in_a_window(list(sent.values()), limits.address_calls_per_second, limits.burst)
    assert all(most_in_a_window(times, limits.calls_per_second, limits.burst) for times in calls.values())
    assert all(most_in_a_window(times, limits.placements_per_second, limits.burst) for times in placements.values())


@given(LIMITS, ARRIVALS)
def test_every_call_is_sent_in_its_turn(limits: RateLimits, arrivals: list[tuple[int, int | None, str]]) -> None:
    """None is lost, sent twice or before it came; equal calls of an account go in the order in which they came."""
    played = Played(limits, arrivals)
    assert played.sent.keys() == played.came.keys()
    assert all(played.sent[call] >= came for call, came in played.came.items())
    equal: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    for call, at in played.sent.items():
        equal[call.account, call.kind].append(at)
    assert all(times == sorted(times) for times in equal.values())


@given(LIMITS, st.integers(1, 10))
def test_a_cancel_goes_before_all_that_wait(limits: RateLimits, others: int) -> None:
    """As soon as there is room for anything of its account, whatever came before it."""
    queue = call_queue(limits)
    for _ in range(others):
        queue, _ = join(queue, 1, "placement")
    queue, cancel = join(queue, 1, "cancel")
    _, admitted = admit(queue, 0)
    assert admitted[0] == cancel


@given(LIMITS, st.integers(1, 10))
def test_what_gives_a_key_back_goes_after_all_that_wait(limits: RateLimits, farewells: int) -> None:
    """However many accounts have left, one that has something to do goes before them."""
    queue = call_queue(limits)
    for account in range(2, farewells + 2):
        queue, _ = join(queue, account, "farewell")
    queue, look = join(queue, 1, "other")
    _, admitted = admit(queue, 0)
    assert admitted[0] == look


@given(LIMITS)
def test_an_account_that_waits_for_itself_holds_up_nobody(limits: RateLimits) -> None:
    """Where the process has room, the first call of another account goes at once."""
    queue = call_queue(limits)
    queue = CallQueue(limits, bucket(Decimal(1_000), 100), waiting=queue.waiting)
    for _ in range(20):
        queue, _ = join(queue, 1, "other")
    queue, _ = admit(queue, 0)
    queue, call = join(queue, 2, "other")
    assert call in admit(queue, 0)[1]
