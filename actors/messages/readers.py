"""Between WebSocketActor's decider, its shell and its reader threads. `jitter` is drawn from 0 to 1."""

from decimal import Decimal

from actors.messages.base import Command, Message
from events.values import Outcome


class OpenReader(Command, frozen=True, kw_only=True):
    """Ask for a listen key and subscribe, on a thread of its own. Nothing happens when one is at it already."""


class ReaderSubscribed(Message, frozen=True, kw_only=True):
    """The reader of this generation is subscribed and acknowledged."""

    generation: int


class ReaderEnded(Message, frozen=True, kw_only=True):
    """The reader of this generation is over: not subscribed, or the stream lost. `outcome` is that of a failed call."""

    generation: int
    reason: str
    jitter: Decimal
    outcome: Outcome | None = None
    retry_after_ms: int = 0


class RenewKey(Command, frozen=True, kw_only=True):
    """Ask for a listen key; when it is another, subscribe to it. A failure counts as the loss of the stream.

    `reconnect` asks for a new connection also when the key is the same.
    """

    reconnect: bool = False


class KeyKept(Message, frozen=True, kw_only=True):
    """The renewal gave the same listen key: the reader in use stays."""

    generation: int


class KeyMoved(Message, frozen=True, kw_only=True):
    """The renewal gave another listen key, and a new reader is subscribed to it."""

    generation: int


class KeepNewReader(Command, frozen=True, kw_only=True):
    """The reader on the new key takes over; close the one before."""


class DropReaders(Command, frozen=True, kw_only=True):
    """Close every reader and leave its listen key: the next reader may be given the same."""


class CloseReaders(Command, frozen=True, kw_only=True):
    """Close every reader and delete its listen key."""
