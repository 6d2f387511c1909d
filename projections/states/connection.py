"""What a WebSocketActor knows of its account's user stream: a fold of `connection-N`. Total. Times are in ms."""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec.structs import replace

from events.base import Recorded
from events.system import StreamClosed, StreamConnected, StreamFailed, StreamLost, StreamRenewed

Phase = Literal["closed", "up", "waiting", "failed"]


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Delays double from the first to the longest (worked examples, waiting); jitter shortens them by up to a share."""

    first_tries: int = 3
    tries_in_a_row: int = 10
    first_delay_s: Decimal = Decimal(3)
    longest_delay_s: Decimal = Decimal(30)
    jitter_share: Decimal = Decimal("0.1")
    renew_after_ms: int = 25 * 60_000
    reconnect_after_ms: int = 23 * 60 * 60_000


class ConnectionState(msgspec.Struct, frozen=True, kw_only=True):
    """closed: nobody wants it; up: acknowledged; waiting: lost, or not established yet; failed: given up.

    `tries` is the number of the try that is due, counted from the last success. `established` says that it has been up
    since it was last wanted. `position` is that of the last success. `deadline` is when it is tried or renewed again,
    `reconnect_at` when its connection must be another: the venue ends each after 24 h.
    """

    user_id: int = 0
    settings: ConnectionSettings = ConnectionSettings()
    phase: Phase = "closed"
    established: bool = False
    tries: int = 0
    position: int = 0
    deadline: int | None = None
    reconnect_at: int = 0


def evolve(state: ConnectionState, recorded: Recorded) -> ConnectionState:
    at = recorded.meta.ts_init
    match recorded.event:
        case StreamConnected():
            up = replace(state, phase="up", established=True, tries=0, position=recorded.position)
            return _renewed(up, at, at + state.settings.reconnect_after_ms)
        case StreamRenewed(replaced=replaced):
            return _renewed(state, at, at + state.settings.reconnect_after_ms if replaced else state.reconnect_at)
        case StreamLost(attempt=attempt, retry_in=retry_in):
            return replace(state, phase="waiting", tries=attempt, deadline=at + int(retry_in * 1000))
        case StreamFailed():
            return replace(state, phase="failed", established=False, tries=0, deadline=None)
        case StreamClosed():
            return replace(state, phase="closed", established=False, tries=0, deadline=None)
    return state


def _renewed(state: ConnectionState, at: int, reconnect_at: int) -> ConnectionState:
    renewal = at + state.settings.renew_after_ms
    return replace(state, deadline=min(renewal, reconnect_at), reconnect_at=reconnect_at)
