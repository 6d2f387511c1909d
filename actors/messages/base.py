"""What every message, command and decision is, and what any actor may be told.

A message that carries a recorded fact has `position`, that of the fact: receivers ignore what they have handled.
`cause` is the position that becomes the causation of what is decided from the message.
"""

import msgspec

from events.base import Event


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of messages. `cause` is None where the cause lies outside the log."""

    cause: int | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a decider wants done. The shell carries it out after the decision's events are durable."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a decider answers. `correlation_id` names the trade or strategy that the events belong to."""

    events: tuple[Event, ...] = ()
    commands: tuple[Command, ...] = ()
    correlation_id: str = ""


NOTHING = Decision()


class Recovered(Message, frozen=True, kw_only=True):
    """First message of an actor's life, after it has folded its stream: take up what was in hand."""


class Tick(Message, frozen=True, kw_only=True):
    """The earliest deadline of the actor's state has passed."""


class Retire(Message, frozen=True, kw_only=True):
    """Finish what was told before, and stop. It does not overtake."""


class Request(Message, frozen=True, kw_only=True):
    """Carry out this command; answers carry `cause` on."""

    command: Command


class TellUser(Command, frozen=True, kw_only=True):
    """To the account's UserActor."""

    message: Message
