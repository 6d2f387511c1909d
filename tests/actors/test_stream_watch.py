"""A user stream by itself: kept open and recorded, with nobody who trades."""

from collections.abc import Sequence
from decimal import Decimal
from threading import Event as Flag

from actors.stream_watch import stream_watch
from events.executions import OrderReported
from events.journal import Append, InMemoryJournal, Outcome, StorageFailed
from events.system import StreamClosed, StreamConnected, StreamLost
from projections.states.connection import ConnectionSettings
from tests.support.fake_venue import FakeVenue
from tests.support.listening import TIMEOUT, Recordings
from tests.support.reports import report

QUICK = ConnectionSettings(first_delay_s=Decimal("0.01"), longest_delay_s=Decimal("0.02"))


class FullDisk(InMemoryJournal):
    """Refuses every append, and says when the first has come."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = Flag()

    def append_many(self, appends: Sequence[Append]) -> list[Outcome]:
        self.asked.set()
        raise StorageFailed(f"the disk is full, with {len(appends)} to write")


def test_reports_are_recorded_and_a_lost_stream_comes_back() -> None:
    """At the end the stream is closed and its key given back; nothing but keys was asked of the venue."""
    venue, journal = FakeVenue(), InMemoryJournal()
    recorded = Recordings(journal)
    with stream_watch(1, journal, venue.client(1), venue.stream, QUICK):
        recorded.until(StreamConnected)
        venue.drop_streams(1)
        recorded.until(StreamLost)
        recorded.until(StreamConnected)
        venue.push(1, report(status="NEW", execution_id=1))
        recorded.until(OrderReported)
    assert [type(one.event) for one in journal.read()][-1] is StreamClosed
    assert {name for _, name in venue.calls} == {"create_listen_key", "delete_listen_key"}


def test_what_ends_the_actors_is_known() -> None:
    """Here a journal that cannot be written."""
    venue, journal = FakeVenue(), FullDisk()
    with stream_watch(1, journal, venue.client(1), venue.stream, QUICK) as watched:
        assert journal.asked.wait(TIMEOUT)
    assert watched.failure == "the disk is full, with 1 to write"
