"""An address whose messages a test reads, and a seat to try an actor on."""

from queue import Empty, SimpleQueue
from typing import TypeVar

from actors.address import Address, DeadLetters
from actors.base import Seat
from actors.messages.base import Message
from events.base import Event, Recorded
from events.journal import EventJournal
from tests.support.timekeeping import ManualTime

M = TypeVar("M", bound=Message)
E = TypeVar("E", bound=Event)

TIMEOUT = 10.0


class Listener(Address):
    """Nobody is behind it: what is told waits until the test asks for it."""

    def __init__(self, name: str = "listener") -> None:
        super().__init__(name, DeadLetters())
        self._told: SimpleQueue[Message] = SimpleQueue()

    def tell(self, message: Message) -> bool:
        self._told.put(message)
        return True

    def hears(self, kind: type[M]) -> M:
        """The next message, which must be of this kind."""
        message = self._told.get(timeout=TIMEOUT)
        assert isinstance(message, kind), message
        return message

    def hears_nothing(self) -> bool:
        """Whether nothing has been told that was not asked for."""
        try:
            unexpected = self._told.get_nowait()
        except Empty:
            return True
        raise AssertionError(unexpected)


class Recordings:
    """The events that a journal records from now on, for a test to wait for."""

    def __init__(self, journal: EventJournal) -> None:
        self._recorded: SimpleQueue[Recorded] = SimpleQueue()
        self._kinds: list[type[Event]] = []
        journal.subscribe(self._take)

    def _take(self, recorded: tuple[Recorded, ...]) -> None:
        for one in recorded:
            self._recorded.put(one)

    def until(self, kind: type[E]) -> E:
        """The next event of this kind; those before it are passed over."""
        while True:
            event = self._recorded.get(timeout=TIMEOUT).event
            self._kinds.append(type(event))
            if isinstance(event, kind):
                return event

    @property
    def kinds(self) -> list[type[Event]]:
        """The classes of all events that were waited for or passed over."""
        return list(self._kinds)


def seat(name: str = "user-1", *, time: ManualTime | None = None, supervisor: Address | None = None) -> Seat:
    """A place in no house: its supervisor is a Listener unless one is given."""
    time = time or ManualTime()
    letters = DeadLetters()
    return Seat(Address(name, letters), 1, time, time, supervisor or Listener("supervisor"), letters)
