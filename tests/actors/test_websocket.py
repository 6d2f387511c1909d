"""One account's user stream: connected, read, replaced, renewed, closed."""

from decimal import Decimal

import pytest

from actors.journal import JournalClient
from actors.messages.base import Request, Retire
from actors.messages.orders import FrameRefused, ReportReceived
from actors.messages.streams import CloseStream, EnsureStream, StreamDown, StreamUp
from actors.messages.supervision import ChildStopped
from actors.websocket import Feed, WebSocketActor
from events.base import Event
from events.journal import InMemoryJournal
from events.system import StreamClosed, StreamConnected, StreamFailed, StreamLost, StreamRenewed
from exchange.errors import Unauthorised, Unavailable
from exchange.port import UnreadableFrame
from projections.states.connection import ConnectionSettings
from tests.support.fake_venue import FakeVenue
from tests.support.listening import Listener, Recordings, seat
from tests.support.reports import report
from tests.support.timekeeping import ManualTime

SETTINGS = ConnectionSettings()
REPORT = report(status="NEW", execution_id=1)
RENEWAL_MS = SETTINGS.renew_after_ms


class Keys:
    """Listen keys of account 1 that end the stream on the key before, or with `one_key` are always the same."""

    def __init__(self, venue: FakeVenue, *, one_key: bool) -> None:
        self._venue = venue
        self._client = venue.client(1)
        self._kept: str | None = None
        self._one_key = one_key

    def create_listen_key(self) -> str:
        if self._kept is None or not self._one_key:
            self._venue.drop_streams(1)
            self._kept = self._client.create_listen_key()
        return self._kept

    def delete_listen_key(self, listen_key: str) -> None:
        self._client.delete_listen_key(listen_key)

    def close(self) -> None:
        self._client.close()


class Line:
    """A WebSocketActor of account 1, the venue in memory, and who hears of it."""

    def __init__(self, client: JournalClient, *, one_key: bool = False) -> None:
        self.venue = FakeVenue()
        self.time = ManualTime()
        self.user, self.tracker, self.supervisor = Listener("user-1"), Listener("orders-1"), Listener("supervisor")
        place = seat("connection-1", time=self.time, supervisor=self.supervisor)
        feed = Feed(Keys(self.venue, one_key=one_key), self.venue.stream, lambda: Decimal(0), self.tracker, self.user)
        self.address = place.address
        WebSocketActor.start(place, 1, SETTINGS, client, feed)

    def wanted(self) -> None:
        self.address.tell(Request(command=EnsureStream()))

    def connects(self) -> StreamUp:
        self.wanted()
        return self.user.hears(StreamUp)

    def calls(self, name: str) -> int:
        return sum(call == name for _, call in self.venue.calls)


@pytest.fixture
def line(client: JournalClient) -> Line:
    return Line(client)


def kinds(journal: InMemoryJournal) -> list[type[Event]]:
    return [type(one.event) for one in journal.read()]


def test_a_stream_is_up_when_it_is_recorded(line: Line, journal: InMemoryJournal) -> None:
    """StreamUp carries the position of StreamConnected."""
    up = line.connects()
    assert (up.position, up.cause, kinds(journal)) == (1, 1, [StreamConnected])


def test_reports_go_straight_to_the_tracker(line: Line) -> None:
    """With the venue's time as the time of the event."""
    line.connects()
    line.venue.push(1, REPORT)
    received = line.tracker.hears(ReportReceived)
    assert (received.report, received.ts_event) == (REPORT, REPORT.transact_time)


def test_a_poison_frame_is_handed_over_and_the_next_is_read(line: Line) -> None:
    """One frame that cannot be understood does not end the stream."""
    line.connects()
    line.venue.push(1, UnreadableFrame(reason="no JSON", raw="{"))
    line.venue.push(1, REPORT)
    assert line.tracker.hears(FrameRefused).frame.reason == "no JSON"
    line.tracker.hears(ReportReceived)


def test_a_lost_stream_comes_back_after_the_backoff(line: Line, journal: InMemoryJournal) -> None:
    """The user hears that it is down, and that it is up again."""
    line.connects()
    line.venue.drop_streams(1)
    assert not line.user.hears(StreamDown).final
    line.time.ring(3_000)
    line.user.hears(StreamUp)
    assert kinds(journal) == [StreamConnected, StreamLost, StreamConnected]


def test_a_dead_session_is_final(line: Line, journal: InMemoryJournal) -> None:
    """The owner must act; no second try is made."""
    line.venue.fail_next(1, "create_listen_key", Unauthorised("log in"))
    line.wanted()
    down = line.user.hears(StreamDown)
    assert (down.final, down.reason, kinds(journal)) == (True, "log in", [StreamFailed])


def test_closing_gives_the_key_back(line: Line, journal: InMemoryJournal) -> None:
    """The thread of the reader ends, and the actor with it when it retires."""
    line.connects()
    line.address.tell(Request(command=CloseStream(reason="done")))
    line.address.tell(Retire())
    line.supervisor.hears(ChildStopped)
    assert (line.calls("delete_listen_key"), kinds(journal)) == (1, [StreamConnected, StreamClosed])


def test_a_retiring_actor_closes_its_stream(line: Line, journal: InMemoryJournal) -> None:
    """Whoever asked for the stream may have gone without a word."""
    line.connects()
    line.address.tell(Retire())
    line.supervisor.hears(ChildStopped)
    assert kinds(journal) == [StreamConnected, StreamClosed]


def test_a_key_that_cannot_be_given_back_is_no_failure(line: Line) -> None:
    """The venue usually answers 404 anyway (worked examples, venue calls)."""
    line.connects()
    line.venue.fail_next(1, "delete_listen_key", Unavailable("no host"))
    line.address.tell(Retire())
    line.supervisor.hears(ChildStopped)


def test_a_renewal_that_gives_another_key_moves_the_subscription(line: Line, journal: InMemoryJournal) -> None:
    """The stream on the new key is heard; the end of the old one is not taken for a loss."""
    recordings = Recordings(journal)
    line.connects()
    line.time.ring(RENEWAL_MS)
    assert recordings.until(StreamRenewed).replaced
    line.venue.push(1, REPORT)
    line.tracker.hears(ReportReceived)
    expected: list[type[Event]] = [StreamConnected, StreamRenewed]
    assert kinds(journal) == expected


def test_a_renewal_that_gives_the_same_key_leaves_the_stream_alone(
    client: JournalClient, journal: InMemoryJournal
) -> None:
    """The reader goes on, and a loss after it is still noticed."""
    line, recordings = Line(client, one_key=True), Recordings(journal)
    line.connects()
    line.time.ring(RENEWAL_MS)
    assert not recordings.until(StreamRenewed).replaced
    line.venue.drop_streams(1)
    recordings.until(StreamLost)
    assert [kind.__name__ for kind in recordings.kinds] == ["StreamConnected", "StreamRenewed", "StreamLost"]


def test_a_renewal_that_fails_counts_as_a_loss(line: Line, journal: InMemoryJournal) -> None:
    """A key that cannot be renewed will die; the stream is replaced while that can still be waited for."""
    line.connects()
    line.venue.fail_next(1, "create_listen_key", Unavailable("no host"))
    line.time.ring(RENEWAL_MS)
    assert line.user.hears(StreamDown).reason == "no host"
    assert kinds(journal) == [StreamConnected, StreamLost]


def test_an_actor_that_crashes_leaves_no_reader_behind(line: Line) -> None:
    """Its threads end and the key goes back, so that the fresh actor's stream is the only one."""
    line.connects()
    ref = line.address.ref
    assert ref is not None
    ref.tell(object())
    assert line.venue.wait_for(lambda _venue: line.calls("delete_listen_key") == 1)


def test_wanting_a_stream_twice_opens_it_once(line: Line) -> None:
    """A second wish meets the first try, or the stream that it led to."""
    line.wanted()
    line.wanted()
    line.user.hears(StreamUp)
    assert line.calls("create_listen_key") == 1
