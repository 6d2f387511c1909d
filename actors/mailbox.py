"""An actor's inbox: bounded, with a control lane that overtakes, and nothing in it ever vanishes unseen.

pykka's own inbox is unbounded and strictly first in, first out, and what is told to an actor that is just stopping is
lost in silence. This one refuses what it cannot hold, and hands what was never handled to whoever collects it.
"""

from collections import deque
from collections.abc import Callable
from threading import Condition
from typing import Any

from pykka import ActorDeadError

from actors.messages.base import Message, Tick
from actors.messages.strategies import PauseTrading, ResumeTrading, StartStrategies, StopTrading
from actors.messages.supervision import Commanded

Envelope = Any  # pykka keeps its envelope private: it has `message` and `reply_to`

CAPACITY = 10_000
"""More than an account could send in an hour: an actor that far behind is hung."""

CONTROL = (Commanded, StartStrategies, PauseTrading, ResumeTrading, StopTrading, Tick)
"""Among themselves they keep their order: a stop that follows a start must not be undone by it."""


class MailboxFull(Exception):
    """The actor is hopelessly behind; the message was not taken."""


class Mailbox:
    """Any thread puts; only the actor's own thread gets."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._control: deque[Envelope] = deque()
        self._normal: deque[Envelope] = deque()
        self._changed = Condition()
        self._closed = False
        self._busy = False
        self._taken = 0

    @property
    def progress(self) -> tuple[bool, int]:
        """Whether a message is being handled, and the number of messages taken so far.

        The same busy number seen over a long time is an actor that hangs.
        """
        with self._changed:
            return self._busy, self._taken

    def put(self, envelope: Envelope) -> None:
        """Raises MailboxFull, and ActorDeadError once the mailbox is closed; never waits."""
        with self._changed:
            if self._closed:
                raise ActorDeadError("the actor has stopped")
            if overtakes(envelope.message):
                self._control.append(envelope)
            elif len(self._normal) < self._capacity:
                self._normal.append(envelope)
            else:
                raise MailboxFull(f"{self._capacity} messages wait")
            self._changed.notify()

    def get(self) -> Envelope:
        """Wait for the next message; control messages come first."""
        with self._changed:
            self._busy = False
            while not self._control and not self._normal:
                self._changed.wait()
            self._busy = True
            self._taken += 1
            return self._control.popleft() if self._control else self._normal.popleft()

    def empty(self) -> bool:
        """Whether nothing waits."""
        with self._changed:
            return not self._control and not self._normal

    def close(self, undelivered: Callable[[Any], None]) -> None:
        """Take nothing more; `undelivered` is given each message that nobody will handle.

        An `ask` that waits is answered with ActorDeadError, a stop that waits with None.
        """
        with self._changed:
            self._closed = True
            left = [*self._control, *self._normal]
            self._control.clear()
            self._normal.clear()
        for envelope in left:
            if envelope.reply_to is not None:
                _answer(envelope)
            elif isinstance(envelope.message, Message):
                undelivered(envelope.message)


def overtakes(message: object) -> bool:
    """Pykka's own messages (its stop), the run's and the operator's words, and ticks are not held up by a backlog."""
    return isinstance(message, CONTROL) or not isinstance(message, Message)


def _answer(envelope: Envelope) -> None:
    if isinstance(envelope.message, Message):
        error = ActorDeadError("the actor stopped before it handled the message")
        envelope.reply_to.set_exception((ActorDeadError, error, None))
    else:
        envelope.reply_to.set(None)
