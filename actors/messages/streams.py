"""About an account's user stream: between UserActor, the tracker and WebSocketActor."""

from actors.messages.base import Command, Message
from events.values import Outcome


class EnsureStream(Command, frozen=True, kw_only=True):
    """To WebSocketActor: connect if not connected; answered with StreamUp or StreamDown."""


class StreamUp(Message, frozen=True, kw_only=True):
    """The account's user stream is acknowledged. `position` is that of StreamConnected."""

    position: int


class StreamDown(Message, frozen=True, kw_only=True):
    """The stream is lost and is being replaced, or, when `final`, given up. `outcome` is that of a failed call."""

    position: int
    reason: str
    final: bool
    outcome: Outcome | None = None
    retry_after_ms: int = 0


class StreamMoved(Message, frozen=True, kw_only=True):
    """Another subscription has taken the place of the one before, without a gap if the venue allowed it."""


class StreamSilent(Message, frozen=True, kw_only=True):
    """The tracker has proof that the stream delivers nothing: the venue has news that no frame brought."""


class ReplaceStream(Command, frozen=True, kw_only=True):
    """To WebSocketActor: the stream is dead, whatever its socket answers; open another."""

    reason: str


class CloseStream(Command, frozen=True, kw_only=True):
    """To WebSocketActor: unsubscribe and delete the listen key."""

    reason: str
