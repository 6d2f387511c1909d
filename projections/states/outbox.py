"""Alerts on their way: what is still to be sent to which service, when it is tried again, what was given up. Pure.

Times are in ms since the epoch. A service is named by a digest of its URL, which is a secret.
"""

import msgspec
from msgspec.structs import replace

from projections.states.alerts import Alert

RETRIES_MS = (10_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000)
"""The waits after the failed tries; after one more try the alert is given up for that service."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One alert for one service."""

    alert: Alert
    service: str
    failures: int = 0
    due: int = 0


class Outbox(msgspec.Struct, frozen=True, kw_only=True):
    """`deliveries` wait, oldest first. `sent` and `dropped` count those that are over."""

    deliveries: tuple[Delivery, ...] = ()
    sent: int = 0
    dropped: int = 0


def put(outbox: Outbox, alert: Alert, services: tuple[str, ...]) -> Outbox:
    new = tuple(Delivery(alert=alert, service=service) for service in services)
    return replace(outbox, deliveries=(*outbox.deliveries, *new))


def due(outbox: Outbox, now: int) -> tuple[Delivery, ...]:
    """Those to be tried now, oldest first."""
    return tuple(one for one in outbox.deliveries if one.due <= now)


def delivered(outbox: Outbox, delivery: Delivery) -> Outbox:
    return replace(_without(outbox, delivery), sent=outbox.sent + 1)


def failed(outbox: Outbox, delivery: Delivery, now: int) -> Outbox:
    """It is tried again later, or given up after the last try."""
    if delivery.failures >= len(RETRIES_MS):
        return replace(_without(outbox, delivery), dropped=outbox.dropped + 1)
    again = replace(delivery, failures=delivery.failures + 1, due=now + RETRIES_MS[delivery.failures])
    rest = tuple(again if one is delivery else one for one in outbox.deliveries)
    return replace(outbox, deliveries=rest)


def is_last_try(delivery: Delivery) -> bool:
    return delivery.failures >= len(RETRIES_MS)


def drop_strangers(outbox: Outbox, services: tuple[str, ...]) -> Outbox:
    """Without what is for services that the settings no longer name; that counts as dropped."""
    kept = tuple(one for one in outbox.deliveries if one.service in services)
    gone = len(outbox.deliveries) - len(kept)
    return replace(outbox, deliveries=kept, dropped=outbox.dropped + gone)


def _without(outbox: Outbox, delivery: Delivery) -> Outbox:
    return replace(outbox, deliveries=tuple(one for one in outbox.deliveries if one is not delivery))
