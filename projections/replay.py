"""The log told again, event by event, without effects: for people who check what happened and why."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from events.base import NewEvent, Recorded, UnknownEvent
from events.catalog import Catalog
from events.executions import FrameUnreadable, OrderReported
from events.reports import text_of
from projections.figures import utc
from projections.subjects import account
from projections.words import in_words
from projections.words.received import received_in_words

ACCOUNT_WIDTH = 7


def of_account(log: Iterable[Recorded], user_id: int | None) -> Iterator[Recorded]:
    """The events that concern the account, or all where `user_id` is None."""
    return (recorded for recorded in log if user_id is None or account(recorded) == user_id)


class Told(msgspec.Struct, frozen=True):
    """An event with what led to it, in words, empty where the log does not say. `head` is the position of the first
    event that was decided with it.
    """

    recorded: Recorded
    head: int
    why: str


class Reasons:
    """Finds what led to events, which must come in the order of the log and without a gap."""

    def __init__(self) -> None:
        self._head: Recorded | None = None

    def told(self, recorded: Recorded) -> Told:
        """Events that were decided together follow each other, and only the first has what was received."""
        head = self._head
        if head is None or recorded.meta.received or not head.meta.received or not _together(head, recorded):
            head = recorded
        self._head = head
        return Told(recorded, head.position, _why(recorded, head.position))


def _together(one: Recorded, other: Recorded) -> bool:
    """What is decided together is recorded together, at one time and with one cause."""
    return (one.stream, one.meta.ts_init, one.meta.causation, one.meta.correlation_id) == (
        other.stream,
        other.meta.ts_init,
        other.meta.causation,
        other.meta.correlation_id,
    )


def _why(recorded: Recorded, head: int) -> str:
    cause, received = recorded.meta.causation, received_in_words(recorded)
    if cause is not None:
        return f"because of {cause}: {received}" if received else f"because of {cause}"
    if received:
        return f"because of {received}"
    return f"decided with {head}" if head != recorded.position else ""


def table_line(told: Told) -> str:
    """Position, time (UTC), account and what happened, in columns of fixed width; then why."""
    recorded = told.recorded
    user_id = account(recorded)
    who = "-" if user_id is None else str(user_id)
    why = f" [{told.why}]" if told.why else ""
    return f"{recorded.position:>8}  {utc(recorded.meta.ts_init)}  {who:>{ACCOUNT_WIDTH}}  {one_line(recorded)}{why}"


def raw_lines(recorded: Recorded) -> Iterator[str]:
    """What was received, as it was received: the venue's frame or row, and the message that it was taken in as."""
    event = recorded.event
    if isinstance(event, OrderReported):
        yield f"{'row' if event.source == 'rest' else 'frame'} {' '.join(text_of(event).split())}"
    elif isinstance(event, FrameUnreadable):
        yield f"frame {' '.join(event.raw.split())}"
    elif recorded.meta.received:
        yield f"received {bytes(recorded.meta.received).decode()}"


def json_line(told: Told, catalog: Catalog) -> str:
    """One JSON object without a line end: position, stream, version, topic, meta, data (decimals as text), account
    (null where it concerns none), words, why.
    """
    return msgspec.json.encode(json_object(told, catalog)).decode()


def json_object(told: Told, catalog: Catalog) -> dict[str, Any]:
    """The same before it is written."""
    recorded = told.recorded
    stored = msgspec.json.decode(_stored_form(recorded, catalog), type=dict[str, msgspec.Raw])
    return {
        "position": recorded.position,
        "stream": recorded.stream,
        "version": recorded.version,
        "topic": recorded.topic,
        **stored,
        "account": account(recorded),
        "words": one_line(recorded),
        "why": told.why,
    }


def _stored_form(recorded: Recorded, catalog: Catalog) -> bytes:
    """The JSON object of meta and data, as the log holds it."""
    if isinstance(recorded.event, UnknownEvent):
        return msgspec.json.encode({"meta": recorded.meta, "data": _foreign(bytes(recorded.event.data))})
    return catalog.encode(NewEvent(event=recorded.event, meta=recorded.meta))[1]


def _foreign(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return data.decode(errors="replace")


TABLE_HEAD = f"{'position':>8}  {'time (UTC)':<23}  {'account':>{ACCOUNT_WIDTH}}  what happened [why]"


def one_line(recorded: Recorded) -> str:
    """What happened. Texts of the venue may hold line ends; a line stays a line."""
    told = " ".join(in_words(recorded.event).split())
    return f"{told} ({recorded.topic})" if isinstance(recorded.event, UnknownEvent) else told


def is_unknown(recorded: Recorded) -> bool:
    """Whether this version knows no event of its stored name."""
    return isinstance(recorded.event, UnknownEvent)
