"""The log told again, event by event, without effects: for people who check what happened and why."""

from collections.abc import Iterable, Iterator

import msgspec

from events.base import NewEvent, Recorded, UnknownEvent
from events.catalog import Catalog
from projections.figures import utc
from projections.words import account_of, in_words

ACCOUNT_WIDTH = 7


def of_account(log: Iterable[Recorded], user_id: int | None) -> Iterator[Recorded]:
    """The events that concern the account, or all where `user_id` is None."""
    return (recorded for recorded in log if user_id is None or account_of(recorded.event) == user_id)


def table_line(recorded: Recorded) -> str:
    """Position, time (UTC), account and what happened, in columns of fixed width; then the position of the cause."""
    user_id = account_of(recorded.event)
    account = "-" if user_id is None else str(user_id)
    cause = f" [because of {recorded.meta.causation}]" if recorded.meta.causation is not None else ""
    return f"{recorded.position:>8}  {utc(recorded.meta.ts_init)}  {account:>{ACCOUNT_WIDTH}}  {_told(recorded)}{cause}"


def json_line(recorded: Recorded, catalog: Catalog) -> str:
    """One JSON object without a line end: position, stream, version, topic, meta, data (decimals as text)."""
    where = _Where(recorded.position, recorded.stream, recorded.version, recorded.topic)
    return (msgspec.json.encode(where)[:-1] + b"," + _stored_form(recorded, catalog)[1:]).decode()


class _Where(msgspec.Struct, frozen=True):
    position: int
    stream: str
    version: int
    topic: str


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


TABLE_HEAD = f"{'position':>8}  {'time (UTC)':<23}  {'account':>{ACCOUNT_WIDTH}}  what happened"


def _told(recorded: Recorded) -> str:
    # Texts of the venue may hold line ends; a line stays a line.
    told = " ".join(in_words(recorded.event).split())
    return f"{told} ({recorded.topic})" if isinstance(recorded.event, UnknownEvent) else told
