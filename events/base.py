"""What every event has in common, and how a recorded event is addressed.

An event is a frozen struct named in the past tense that holds only what happened. Where and when it was recorded
is held by `Recorded`, which the journal fills in, so that a decider needs neither a clock nor a version counter.
"""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of the vocabulary. Fields that are not known are ignored, so that older code reads what newer code wrote."""


class UnknownEvent(Event, frozen=True, kw_only=True):
    """An event whose stored name this version of the code does not know: kept as it is and skipped by every fold."""

    data: msgspec.Raw


NOTHING_RECEIVED = msgspec.Raw()
"""Where no message is kept. Only this very object is left out of the JSON."""


class Metadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is stored beside an event's own fields.

    `correlation_id` groups all that belongs to one trade, batch or run. `causation` is the position of the event
    that led to this one, None where the cause lies outside the log. Times are milliseconds since the epoch, UTC:
    `ts_event` when it happened (the venue's clock where the venue said so), `ts_init` when it was decided here.

    `received` is the message, as JSON, from which the event was decided. Of events decided together the first has it,
    so that each decision can be made again from the log alone.
    """

    correlation_id: str
    causation: int | None
    ts_event: int
    ts_init: int
    received: msgspec.Raw = NOTHING_RECEIVED


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that waits to be appended."""

    event: Event
    meta: Metadata


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A durable event: its `position` in the whole log (from 1), and its `version` in its `stream` (from 1)."""

    position: int
    stream: str
    version: int
    topic: str
    meta: Metadata
    event: Event
