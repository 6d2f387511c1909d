"""What an account's user stream brought and how its connection fared: the figures of `bin/run monitor`. Pure."""

from collections import Counter

import msgspec

from events.base import Event, Recorded
from events.executions import FrameUnreadable, OrderReported, ReportIgnored
from events.system import StreamClosed, StreamConnected, StreamFailed, StreamLost, StreamRenewed
from projections.states.connection import ConnectionSettings, ConnectionState, evolve
from projections.words import account_of


class OrderUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A report of the stream; `number` counts from 1. `at` is when we had it, in ms."""

    number: int
    at: int
    report: OrderReported


class ConnectionNews(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the connection. `reconnects` counts the tries since it was last up, of `reconnect_limit`."""

    at: int
    what: str
    reason: str
    connected: bool
    reconnects: int
    reconnect_limit: int


class OddFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that is no order update: one that cannot be read, or that repeats what is known."""

    at: int
    what: str
    reason: str


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """The totals. `by_status` is in the order of the statuses' names, and adds up to `order_updates`."""

    order_updates: int
    connection_events: int
    repeated_frames: int
    unreadable_frames: int
    by_status: dict[str, int]


News = OrderUpdate | ConnectionNews | OddFrame

_WHAT: dict[type, str] = {
    StreamConnected: "connected",
    StreamLost: "lost",
    StreamFailed: "given up",
    StreamRenewed: "renewed",
    StreamClosed: "closed",
}


class Monitoring:
    """Folds events in order, and tells of each that is news of this account's stream. Not thread-safe."""

    def __init__(self, user_id: int, settings: ConnectionSettings | None = None) -> None:
        self._user_id = user_id
        self._connection = ConnectionState(user_id=user_id, settings=settings or ConnectionSettings())
        self._statuses: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()

    @property
    def connection(self) -> ConnectionState:
        return self._connection

    def begin_with(self, recorded: Recorded) -> None:
        """Take in what happened to the connection before the watch began, which is no news."""
        self._connection = evolve(self._connection, recorded)

    def news(self, recorded: Recorded) -> News | None:
        """None for what does not concern this account's stream."""
        event, at = recorded.event, recorded.meta.ts_init
        if account_of(event) != self._user_id:
            return None
        match event:
            case OrderReported(source="stream"):
                self._statuses[event.order_status] += 1
                return OrderUpdate(number=self._statuses.total(), at=at, report=event)
            case ReportIgnored():
                self._seen["repeated"] += 1
                return OddFrame(at=at, what="repeated", reason=f"order {event.venue_order_id}: {event.reason}")
            case FrameUnreadable():
                self._seen["unreadable"] += 1
                return OddFrame(at=at, what="unreadable", reason=event.reason)
            case _ if type(event) in _WHAT:
                return self._connection_news(recorded)
        return None

    def statistics(self) -> Statistics:
        return Statistics(
            order_updates=self._statuses.total(),
            connection_events=self._seen["connection"],
            repeated_frames=self._seen["repeated"],
            unreadable_frames=self._seen["unreadable"],
            by_status=dict(sorted(self._statuses.items())),
        )

    def _connection_news(self, recorded: Recorded) -> ConnectionNews:
        self._seen["connection"] += 1
        before = self._connection
        self._connection = state = evolve(before, recorded)
        return ConnectionNews(
            at=recorded.meta.ts_init,
            what=_WHAT[type(recorded.event)],
            reason=getattr(recorded.event, "reason", ""),
            connected=state.phase == "up",
            reconnects=_tries(recorded.event, before, state),
            reconnect_limit=state.settings.tries_in_a_row,
        )


def _tries(event: Event, before: ConnectionState, after: ConnectionState) -> int:
    """Also of a connection that is over, for which the state begins to count anew."""
    match event:
        case StreamFailed(attempts=attempts):
            return attempts
        case StreamClosed():
            return before.tries
    return after.tries
