"""An address whose messages a test reads, and a seat to try an actor on."""

from queue import Empty, SimpleQueue
from typing import TypeVar

from actors.address import Address, DeadLetters
from actors.base import Seat
from actors.messages import Message
from tests.support.timekeeping import ManualTime

M = TypeVar("M", bound=Message)

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


def seat(name: str = "user-1", *, time: ManualTime | None = None, supervisor: Address | None = None) -> Seat:
    """A place in no house: its supervisor is a Listener unless one is given."""
    time = time or ManualTime()
    return Seat(name, 1, time, time, supervisor or Listener("supervisor"), DeadLetters())
