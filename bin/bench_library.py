"""The same events as the `eventsourcing` library keeps them: its own event class, mapper, transcoder and recorder."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate

from events.base import Recorded

PAGE = 5_000
SECTION = 1_000


class Stream(Aggregate):
    """An aggregate for each of our streams."""

    class Happened(Aggregate.Event):
        """What `Recorded` holds beside stream and version; the library writes each decimal as a tagged string."""

        kind: str
        correlation_id: str
        causation: int | None
        ts_event: int
        ts_init: int
        data: dict[str, Any]


def _open(path: Path) -> Application[Any]:
    return Application(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})


def write_all(log: Iterable[Recorded], path: Path) -> int:
    """Keep these events in the library's way. Returns how many bytes of JSON they take."""
    application = _open(path)
    mapper, total, events = application.mapper, 0, (_event(one) for one in log)
    while page := [mapper.to_stored_event(each) for each in islice(events, PAGE)]:
        application.recorder.insert_events(page)
        total += sum(len(each.state) for each in page)
    application.close()
    return total


def _event(recorded: Recorded) -> Aggregate.Event:
    meta = msgspec.structs.asdict(recorded.meta)
    del meta["received"]
    place: dict[str, Any] = {"originator_id": _uuid(recorded.stream), "originator_version": recorded.version}
    fields = {**place, **meta, "kind": recorded.topic, "data": _plain(recorded.event)}
    return Stream.Happened(timestamp=Stream.Happened.create_timestamp(), **fields)


def _uuid(stream: str) -> UUID:
    return uuid5(NAMESPACE_URL, stream)


def _plain(value: object) -> object:
    """Structs as dicts, and JSON that we leave unread as what it says; decimals stay, for the library's transcoding."""
    if isinstance(value, msgspec.Raw):
        return msgspec.json.decode(value)
    if isinstance(value, msgspec.Struct):
        return {name: _plain(item) for name, item in msgspec.structs.asdict(value).items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def read_all(path: Path) -> Iterator[Any]:
    """Every event in order, mapped back to its class."""
    application = _open(path)
    mapper, start = application.mapper, 1
    while page := application.recorder.select_notifications(start, SECTION):
        yield from map(mapper.to_domain_event, page)
        start = page[-1].id + 1
    application.close()
