"""An account's user stream by itself: the actors that keep it open and record it, and nobody who trades.

For those who only look: the listen key is renewed, a lost stream comes back, and every report is recorded, all by the
actors of a run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from actors.address import Address, DeadLetters
from actors.base import Seat
from actors.clock import SystemClock, TimerThread
from actors.journal import JournalActor, JournalClient
from actors.messages.base import Message, Request, Retire
from actors.messages.streams import CloseStream, EnsureStream
from actors.messages.supervision import ChildFailed
from actors.order_tracker import OrderTracker
from actors.stream_reader import KeyClient
from actors.system import draw_jitter
from actors.websocket import Feed, WebSocketActor
from events.journal import EventJournal, StorageFailed
from exchange.port import UserStream
from projections.states.connection import ConnectionSettings

ENDS_WITHIN_S = 5.0


class Watched:
    """The two actors at work. `failure` is what ended one of them, None while both are well; any thread may read it."""

    def __init__(self) -> None:
        self.failure: str | None = None

    def note(self, message: Message) -> None:
        if isinstance(message, ChildFailed) and self.failure is None:
            self.failure = f"{message.name}: {message.error}"

    def storage_failed(self, failure: StorageFailed) -> None:
        self.failure = str(failure)


class _Hearer(Address):
    """In place of the user and the supervisor, whom this house does without."""

    def __init__(self, name: str, hear: Callable[[Message], object]) -> None:
        super().__init__(name, DeadLetters())
        self._hear = hear

    def tell(self, message: Message) -> bool:
        self._hear(message)
        return True


@contextmanager
def stream_watch(
    user_id: int,
    journal: EventJournal,
    keys: KeyClient,
    open_stream: Callable[[], UserStream],
    settings: ConnectionSettings | None = None,
) -> Iterator[Watched]:
    """While inside, the account's stream is kept open and what it brings is recorded in `journal`.

    Asks the venue for nothing but listen keys. Gives the key back at the end, and closes `keys`.
    """
    watched, clock = Watched(), SystemClock()
    timer, letters = TimerThread(clock), DeadLetters()
    supervisor, user = _Hearer("supervisor", watched.note), _Hearer("user", lambda _message: None)
    recorder = JournalActor.start(journal, watched.storage_failed)
    client = JournalClient(recorder, journal)
    addresses = [Address(f"{kind}-{user_id}", letters) for kind in ("orders", "connection")]
    tracker, stream = (Seat(one, user_id, clock, timer, supervisor, letters) for one in addresses)
    timer.start()
    OrderTracker.start(tracker, user_id, client, user)
    feed = Feed(keys, open_stream, draw_jitter, tracker.address, user)
    WebSocketActor.start(stream, user_id, settings or ConnectionSettings(), client, feed)
    stream.address.tell(Request(command=EnsureStream()))
    try:
        yield watched
    finally:
        stream.address.tell(Request(command=CloseStream(reason="the watch is over")))
        for seat in (stream, tracker):
            _retire(seat.address)
        timer.stop()
        recorder.stop(timeout=ENDS_WITHIN_S)


def _retire(address: Address) -> None:
    """Left behind where it does not end in time; its threads do not keep the program from ending."""
    ref = address.ref
    if ref is not None and address.tell(Retire()):
        ref.actor_stopped.wait(ENDS_WITHIN_S)
