"""How often the venue may be asked: token buckets, and the queue of calls before them. Pure.

No limit is published for the private endpoints (venue protocol notes, section 13), so the defaults are the safe ones
named there. Times are whole microseconds of one clock that never goes back.
"""

from decimal import ROUND_CEILING, Decimal
from typing import Literal

import msgspec
from msgspec.structs import replace

CallKind = Literal["cancel", "other", "placement", "farewell"]
"""A cancel goes before all others: what it ends may cost money until then. What gives a listen key back goes after all
others: nobody waits for it.
"""

SECOND_US = 1_000_000


class RateLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Calls in a second: placements and all calls of one account, and all calls of this process; None: no limit.

    In any time t no more than rate x t + `burst` are sent. A call that would have to wait for longer than
    `longest_wait_ms` is not sent.
    """

    placements_per_second: Decimal | None = Decimal(1)
    calls_per_second: Decimal | None = Decimal(3)
    address_calls_per_second: Decimal | None = Decimal(10)
    burst: int = 1
    longest_wait_ms: int = 15_000


class Bucket(msgspec.Struct, frozen=True):
    """Holds up to `burst` tokens and gains one every `interval` µs; it is full again at `full_at`."""

    interval: int
    burst: int
    full_at: int = 0

    @property
    def ready_at(self) -> int:
        """When there is a token to take."""
        return self.full_at - (self.burst - 1) * self.interval


def bucket(per_second: Decimal | None, burst: int) -> Bucket:
    """A full one. The interval is rounded up, so that the rate is never exceeded."""
    if per_second is None:
        return Bucket(0, burst)
    return Bucket(int((SECOND_US / per_second).to_integral_value(ROUND_CEILING)), burst)


def take(one: Bucket, now: int) -> Bucket:
    """The bucket without one of its tokens. Only where `ready_at` has come."""
    return replace(one, full_at=max(one.full_at, now) + one.interval)


class Account(msgspec.Struct, frozen=True):
    calls: Bucket
    placements: Bucket


class Call(msgspec.Struct, frozen=True):
    """A call that wants to be sent; `account` is None for what is asked in nobody's name. Tickets count from 1."""

    ticket: int
    account: int | None
    kind: CallKind


class CallQueue(msgspec.Struct, frozen=True):
    """The buckets, and the calls that wait before them in the order in which they came."""

    limits: RateLimits
    address: Bucket
    accounts: dict[int, Account] = {}
    waiting: tuple[Call, ...] = ()
    last_ticket: int = 0


def call_queue(limits: RateLimits) -> CallQueue:
    """Nobody waits, and every bucket is full."""
    return CallQueue(limits, bucket(limits.address_calls_per_second, limits.burst))


def join(queue: CallQueue, account: int | None, kind: CallKind) -> tuple[CallQueue, Call]:
    """The queue with one more call at its end."""
    call = Call(queue.last_ticket + 1, account, kind)
    return replace(queue, waiting=(*queue.waiting, call), last_ticket=call.ticket), call


def leave(queue: CallQueue, call: Call) -> CallQueue:
    """The queue without a call that was given up."""
    return replace(queue, waiting=tuple(one for one in queue.waiting if one != call))


def admit(queue: CallQueue, now: int) -> tuple[CallQueue, tuple[Call, ...]]:
    """The queue after `now`, and the calls that may be sent now.

    Cancels come first, farewells last, and between them who came first; a call that waits for its own account holds up
    nobody else's.
    """
    admitted: list[Call] = []
    for call in in_order(queue):
        if queue.address.ready_at > now:
            break
        if own_ready_at(queue, call) <= now:
            queue = _taken(queue, call, now)
            admitted.append(call)
    return queue, tuple(admitted)


def in_order(queue: CallQueue) -> list[Call]:
    """Who waits, next first."""
    return sorted(queue.waiting, key=turn)


def turn(call: Call) -> tuple[int, int]:
    """The lower, the sooner."""
    urgency = {"cancel": 0, "farewell": 2}
    return urgency.get(call.kind, 1), call.ticket


def own_ready_at(queue: CallQueue, call: Call) -> int:
    """When the call's own account lets it go."""
    if call.account is None:
        return 0
    own = _account(queue, call.account)
    return max(own.calls.ready_at, own.placements.ready_at if call.kind == "placement" else 0)


def expected_at(queue: CallQueue, call: Call, now: int) -> int:
    """When the call may be sent if nobody goes before it who has not come yet: a guess, to look again at."""
    own, address = own_ready_at(queue, call), queue.address
    order = in_order(queue)
    ahead = sum(own_ready_at(queue, other) <= own for other in order[: order.index(call)])
    for _ in range(ahead):
        address = take(address, now)
    return max(own, address.ready_at)


def _account(queue: CallQueue, account: int) -> Account:
    known = queue.accounts.get(account)
    if known is not None:
        return known
    limits = queue.limits
    return Account(bucket(limits.calls_per_second, limits.burst), bucket(limits.placements_per_second, limits.burst))


def _taken(queue: CallQueue, call: Call, now: int) -> CallQueue:
    queue = replace(leave(queue, call), address=take(queue.address, now))
    if call.account is None:
        return queue
    own = _account(queue, call.account)
    placements = take(own.placements, now) if call.kind == "placement" else own.placements
    accounts = {**queue.accounts, call.account: Account(take(own.calls, now), placements)}
    return replace(queue, accounts=accounts)
