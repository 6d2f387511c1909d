"""The figures of the monitor, from events alone."""

from decimal import Decimal

import pytest

from events.base import Event, Metadata, Recorded
from events.executions import FrameUnreadable, OrderReported, ReportIgnored, Source
from events.reports import order_reported
from events.system import StreamClosed, StreamConnected, StreamFailed, StreamLost, StreamRenewed
from events.values import OrderStatus
from projections.monitoring import ConnectionNews, Monitoring, News, OddFrame, OrderUpdate
from tests.support.reports import report


def recorded(event: Event, position: int = 1) -> Recorded:
    meta = Metadata(correlation_id="c", causation=None, ts_event=1, ts_init=1_000 + position)
    return Recorded(position=position, stream="s", version=position, topic="t", meta=meta, event=event)


def news(monitoring: Monitoring, *events: Event) -> list[News | None]:
    return [monitoring.news(recorded(event, at)) for at, event in enumerate(events, 1)]


def status(name: OrderStatus, user_id: int = 7, source: Source = "stream") -> OrderReported:
    said = report(status=name, execution_id=1)
    return order_reported(user_id, source, said)


def test_updates_are_numbered_and_counted_by_status() -> None:
    """Those of the stream, of this account; the distribution adds up to the total."""
    monitoring = Monitoring(7)
    told = news(monitoring, status("NEW"), status("NEW", 8), status("FILLED", source="rest"), status("FILLED"))
    assert [one.number if isinstance(one, OrderUpdate) else None for one in told] == [1, None, None, 2]
    assert monitoring.statistics().by_status == {"FILLED": 1, "NEW": 1}
    assert monitoring.statistics().order_updates == 2


def test_the_connection_is_told_with_its_reconnects() -> None:
    """K of 10, counted from the last success."""
    lost = [StreamLost(user_id=7, reason="gone", attempt=n, retry_in=Decimal(3)) for n in (1, 2)]
    monitoring = Monitoring(7)
    told = news(monitoring, StreamConnected(user_id=7, attempt=1), *lost, StreamConnected(user_id=7, attempt=2))
    figures = [(one.what, one.connected, one.reconnects) for one in told if isinstance(one, ConnectionNews)]
    assert figures == [("connected", True, 0), ("lost", False, 1), ("lost", False, 2), ("connected", True, 0)]
    assert {one.reconnect_limit for one in told if isinstance(one, ConnectionNews)} == {10}
    assert monitoring.statistics().connection_events == 4


@pytest.mark.parametrize(
    "end",
    [StreamFailed(user_id=7, reason="no", attempts=2), StreamClosed(user_id=7, reason="the watch is over")],
    ids=["given up", "closed"],
)
def test_an_end_is_told_with_the_tries_before_it(end: StreamFailed | StreamClosed) -> None:
    """A connection that was never up again does not end as one that had no need to try."""
    lost = [StreamLost(user_id=7, reason="gone", attempt=n, retry_in=Decimal(3)) for n in (1, 2)]
    *_, last = news(Monitoring(7), *lost, end)
    assert isinstance(last, ConnectionNews)
    assert last.reconnects == 2


def test_each_end_of_a_connection_has_its_word() -> None:
    """Renewed, given up, closed."""
    ends = (
        StreamRenewed(user_id=7, replaced=True),
        StreamFailed(user_id=7, reason="no", attempts=3),
        StreamClosed(user_id=7, reason="over"),
    )
    told = news(Monitoring(7), *ends)
    words = [(one.what, one.reason) for one in told if isinstance(one, ConnectionNews)]
    assert words == [("renewed", ""), ("given up", "no"), ("closed", "over")]


def test_frames_that_are_no_updates_are_counted_apart() -> None:
    """A repeated frame is no second update, and one that cannot be read is none at all."""
    monitoring = Monitoring(7)
    ignored = ReportIgnored(user_id=7, venue_order_id="5", execution_id=1, reason="seen before")
    told = news(monitoring, ignored, FrameUnreadable(user_id=7, reason="no JSON", raw="{"))
    assert [one.what for one in told if isinstance(one, OddFrame)] == ["repeated", "unreadable"]
    figures = monitoring.statistics()
    assert (figures.order_updates, figures.repeated_frames, figures.unreadable_frames) == (0, 1, 1)


def test_what_came_before_the_watch_is_no_news() -> None:
    """The state of the connection is known from the start, and counts as no event."""
    monitoring = Monitoring(7)
    monitoring.begin_with(recorded(StreamConnected(user_id=7, attempt=1)))
    assert (monitoring.connection.phase, monitoring.statistics().connection_events) == ("up", 0)
