"""Where an actor is told something: a name that stays while the actor behind it is replaced."""

import logging
from collections import deque
from threading import Lock
from typing import Any, NamedTuple

from pykka import ActorDeadError, ActorRef

from actors.mailbox import MailboxFull
from actors.messages.base import Message

KEPT = 1_000


class DeadLetter(NamedTuple):
    """A message that reached nobody, and why."""

    to: str
    message: Message
    reason: str


class DeadLetters:
    """Counts every message that reached nobody and keeps the last ones. Any thread may call anything."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0
        self._last: deque[DeadLetter] = deque(maxlen=KEPT)

    def add(self, to: str, message: Message, reason: str) -> None:
        logging.getLogger("otomat.dead_letters").debug("%s never got %s: %s", to, type(message).__name__, reason)
        with self._lock:
            self._count += 1
            self._last.append(DeadLetter(to, message, reason))

    @property
    def count(self) -> int:
        return self._count

    def last(self) -> tuple[DeadLetter, ...]:
        """The last 1,000, oldest first."""
        with self._lock:
            return tuple(self._last)


class Address:
    """Any thread may tell; only the supervisor (or a test) swaps the actor behind it."""

    def __init__(self, name: str, dead_letters: DeadLetters) -> None:
        self.name = name
        self._dead_letters = dead_letters
        self._ref: ActorRef[Any] | None = None
        self._overflowed = False

    @property
    def ref(self) -> ActorRef[Any] | None:
        return self._ref

    @property
    def overflowed(self) -> bool:
        """Whether the actor behind it has missed a message because its mailbox was full."""
        return self._overflowed

    def swap(self, ref: ActorRef[Any] | None) -> None:
        """From now on `ref` is told; None makes every message a dead letter."""
        self._ref = ref
        self._overflowed = False

    def tell(self, message: Message) -> bool:
        """Never waits, never raises. False says that the message became a dead letter."""
        ref = self._ref
        if ref is None:
            return self._undeliverable(message, "nobody is there")
        try:
            ref.tell(message)
        except ActorDeadError:
            return self._undeliverable(message, "the actor has stopped")
        except MailboxFull as error:
            self._overflowed = True
            return self._undeliverable(message, str(error))
        return True

    def _undeliverable(self, message: Message, reason: str) -> bool:
        self._dead_letters.add(self.name, message, reason)
        return False
