"""The journal: the only place where events become durable, and from where they are read again.

Each event has a position in the whole log and a version in its stream; both count from 1 without a gap. An append names
the version that its writer believes the stream to have. That is the fence: a writer that was given up and wakes later
believes an old version, and is refused.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Self

import msgspec
from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import IntegrityError, Notification

from events.archived import WholeRecorder
from events.base import NewEvent, Recorded
from events.catalog import Catalog, EventNotStorable
from events.recorder import JournalDatastore, MemoryRecorder, StreamRecorder
from events.seals import Head, NewRow
from events.tail import end_fault
from events.verifying import Unreadable

READ_CHUNK = 500
LAST = 2**63 - 1
"""No log has more positions."""
ATTEMPTS = 3

Subscriber = Callable[[tuple[Recorded, ...]], None]


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """Events to record together in `stream`, which the writer believes to be at `expected_version` (0 is empty).

    `states` are the events' stored names and JSON, empty until `EventJournal.encoded` has made them.
    """

    stream: str
    expected_version: int
    events: tuple[NewEvent, ...]
    states: tuple[tuple[str, bytes], ...] = ()


class JournalError(Exception):
    """Base of what an append or a read can end in."""


class VersionConflict(JournalError):
    """The stream is not at the expected version: somebody else has written it. Nothing of the append was recorded."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream} is at version {actual}, not at {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class StorageFailed(JournalError):
    """The store could not be read or written. Whether the events are durable is unknown: recover from the stream."""


class LogDamaged(StorageFailed):
    """The log's file is damaged from `position` on; what may be there beyond it cannot be told."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position


Refusal = VersionConflict | EventNotStorable
Outcome = tuple[Recorded, ...] | Refusal


class EventJournal(ABC):
    """What the rest of the code knows of the store. Any thread may call anything."""

    @abstractmethod
    def encoded(self, append: Append) -> Append:
        """The append with its events written out, which `append_many` would do otherwise. Raises EventNotStorable.

        A thread that does this for itself works while another one waits for the disk.
        """

    @abstractmethod
    def append_many(self, appends: Sequence[Append]) -> list[Outcome]:
        """Record several appends with one commit; the outcomes are in the order of the appends.

        An append that conflicts or cannot be written fails alone. Raises StorageFailed, for all of them.
        """

    @abstractmethod
    def read_stream(self, stream: str, after_version: int = 0) -> Iterator[Recorded]:
        """One stream's events in order. Raises StorageFailed, EventUnreadable."""

    @abstractmethod
    def read(self, after_position: int = 0, *, limit: int | None = None, upto: int | None = None) -> Iterator[Recorded]:
        """The log in order: at most `limit` events, none past position `upto`.

        Raises StorageFailed, EventUnreadable.
        """

    @property
    @abstractmethod
    def catalog(self) -> Catalog:
        """The stored names that this journal knows."""

    @abstractmethod
    def stored(self, after_position: int, *, limit: int, upto: int) -> Sequence[Notification]:
        """The log as it is stored, in order, for those who need not decode all of it. Raises StorageFailed."""

    @abstractmethod
    def decoded(self, row: Notification) -> Recorded:
        """A row of `stored`. Raises EventUnreadable."""

    @abstractmethod
    def head(self) -> int:
        """The position of the last event, 0 when there is none. Raises StorageFailed."""

    @abstractmethod
    def stream_version(self, stream: str) -> int:
        """The version of the stream's last event, 0 when there is none. Raises StorageFailed."""

    @abstractmethod
    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` after each commit, on the thread that committed, with what was recorded.

        It must be quick and must not raise: writers wait for it.
        """

    @abstractmethod
    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Stop calling it."""

    def append(self, stream: str, expected_version: int, events: Sequence[NewEvent]) -> tuple[Recorded, ...]:
        """Record events together, durably. Raises VersionConflict, EventNotStorable, StorageFailed."""
        append = Append(stream=stream, expected_version=expected_version, events=tuple(events))
        return accepted(self.append_many((append,))[0])


def accepted(outcome: Outcome) -> tuple[Recorded, ...]:
    """What was recorded, or raise why it was not."""
    if isinstance(outcome, tuple):
        return outcome
    raise outcome


def _rows(append: Append) -> list[NewRow]:
    stream, before = append.stream, append.expected_version
    return [(stream, version, topic, state) for version, (topic, state) in enumerate(append.states, before + 1)]


def _recorded(append: Append, positions: Iterator[int]) -> tuple[Recorded, ...]:
    """Takes as many positions as there are events."""
    stream, version = append.stream, append.expected_version
    return tuple(
        Recorded(
            position=next(positions),
            stream=stream,
            version=(version := version + 1),
            topic=topic,
            meta=new.meta,
            event=new.event,
        )
        for new, (topic, _) in zip(append.events, append.states, strict=True)
    )


class RecorderJournal(EventJournal):
    """A journal on a recorder of the `eventsourcing` library.

    Versions are kept in memory. That is safe beside other processes: events are never deleted, so a kept version can
    only be too low. Then either the append meets the recorder's (stream, version) key and all are checked again, or it
    seems to conflict, and the store is asked before that is said.
    """

    def __init__(self, recorder: StreamRecorder, catalog: Catalog | None = None) -> None:
        self._recorder = recorder
        self._catalog = catalog or Catalog()
        self._versions: dict[str, int] = {}
        self._writing = Lock()
        self._subscribers: tuple[Subscriber, ...] = ()

    def encoded(self, append: Append) -> Append:
        return Append(
            stream=append.stream,
            expected_version=append.expected_version,
            events=append.events,
            states=tuple([self._catalog.encode(new) for new in append.events]),
        )

    def append_many(self, appends: Sequence[Append]) -> list[Outcome]:
        encoded = [append if append.states else self._try_encode(append) for append in appends]
        with self._writing, _storage():
            outcomes = self._commit(encoded)
        self._publish(outcomes)
        return outcomes

    def _try_encode(self, append: Append) -> Append | Refusal:
        try:
            return self.encoded(append)
        except EventNotStorable as error:
            return error

    def _commit(self, encoded: list[Append | Refusal]) -> list[Outcome]:
        for _ in range(ATTEMPTS):
            checked = self._check(encoded)
            rows = [row for item in checked if isinstance(item, Append) for row in _rows(item)]
            try:
                positions = self._recorder.insert_rows(rows) if rows else ()
            except IntegrityError:  # another process has written one of these streams: look again
                self._versions.clear()
                continue
            return self._outcomes(checked, iter(positions))
        raise StorageFailed(f"another process kept writing the same streams, {ATTEMPTS} times in a row")

    def _check(self, encoded: list[Append | Refusal]) -> list[Append | Refusal]:
        """Refuse what conflicts. Appends of one commit see the versions that those before them lead to."""
        versions: dict[str, int] = {}
        return [self._check_one(item, versions) if isinstance(item, Append) else item for item in encoded]

    def _check_one(self, item: Append, versions: dict[str, int]) -> Append | Refusal:
        stream, expected = item.stream, item.expected_version
        actual = versions.get(stream)
        if actual is None:
            actual = self._versions.get(stream)
            if actual != expected:
                actual = self._recorder.stream_version(stream)
        if actual != expected:
            return VersionConflict(stream, expected, actual)
        versions[stream] = actual + len(item.states)
        return item

    def _outcomes(self, checked: list[Append | Refusal], positions: Iterator[int]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for item in checked:
            if isinstance(item, Append):
                outcomes.append(_recorded(item, positions))
                self._versions[item.stream] = item.expected_version + len(item.states)
            else:
                outcomes.append(item)
        return outcomes

    def _publish(self, outcomes: list[Outcome]) -> None:
        if not self._subscribers:
            return
        recorded = tuple(one for outcome in outcomes if isinstance(outcome, tuple) for one in outcome)
        if recorded:
            for subscriber in self._subscribers:
                subscriber(recorded)

    def read_stream(self, stream: str, after_version: int = 0) -> Iterator[Recorded]:
        while True:
            with _storage():
                rows = self._recorder.select_stream(stream, gt=after_version, limit=READ_CHUNK)
            if not rows:
                return
            yield from map(self.decoded, rows)
            after_version = rows[-1].originator_version

    def read(self, after_position: int = 0, *, limit: int | None = None, upto: int | None = None) -> Iterator[Recorded]:
        log = self._read_all(after_position, upto)
        return log if limit is None else islice(log, limit)

    def _read_all(self, after: int, upto: int | None) -> Iterator[Recorded]:
        last = LAST if upto is None else upto
        while True:
            with _storage():
                rows = self._recorder.select_rows(after, READ_CHUNK, last)
            if not rows:
                return
            _check_positions([row[0] for row in rows], after)
            yield from self._catalog.recorded(rows)
            after = rows[-1][0]

    @property
    def catalog(self) -> Catalog:
        return self._catalog

    def stored(self, after_position: int, *, limit: int, upto: int) -> Sequence[Notification]:
        with _storage():
            rows = self._recorder.select_notifications(after_position, limit, upto, inclusive_of_start=False)
        _check_positions([row.id for row in rows], after_position)
        return rows

    def decoded(self, row: Notification) -> Recorded:
        meta, event = self._catalog.decode(row.topic, row.state, position=row.id)
        return Recorded(
            position=row.id,
            stream=str(row.originator_id),
            version=row.originator_version,
            topic=row.topic,
            meta=meta,
            event=event,
        )

    def head(self) -> int:
        with _storage():
            return self._recorder.max_notification_id() or 0

    def stream_version(self, stream: str) -> int:
        with _storage():
            return self._recorder.stream_version(stream)

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers = (*self._subscribers, subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers = tuple(one for one in self._subscribers if one != subscriber)


class InMemoryJournal(RecorderJournal):
    """A journal that lives as long as its process; for tests and for looking at other logs."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        super().__init__(MemoryRecorder(), catalog)


class SqliteJournal(RecorderJournal):
    """The journal in an SQLite file, each commit sealed, and on the disk before its appends return (synchronous=FULL).

    With `read_only` the file must exist, is never changed, and may be written by another process meanwhile. Raises
    StorageFailed when the file cannot be opened or holds no event log, and with `read_only` LogDamaged where its newest
    commits are not all there: what is left would look like a shorter log.
    """

    def __init__(self, path: Path, catalog: Catalog | None = None, *, read_only: bool = False) -> None:
        self._datastore = JournalDatastore(path, read_only=read_only)
        self._file = recorder = WholeRecorder(self._datastore, path)
        super().__init__(recorder, catalog)
        try:
            if read_only:
                _check_end(path)
            with _storage():
                recorder.max_notification_id() if read_only else recorder.create_table()
                recorder.look_for_segments()
        except LogDamaged:
            self.close()
            raise
        except StorageFailed as error:
            self.close()
            raise StorageFailed(f"{path} cannot be opened as an event log: {error}") from error

    def sealed(self) -> Head:
        """How far the log is sealed. Raises StorageFailed."""
        with _storage():
            return self._file.head()

    def close(self) -> None:
        """Close the file. The journal must not be used afterwards."""
        self._datastore.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _check_end(path: Path) -> None:
    try:
        fault = end_fault(path)
        if fault is not None:
            raise LogDamaged(fault.position, f"{path} is damaged from position {fault.position:,} on: {fault.reason}")
    except (Unreadable, OSError):
        return  # not for its end: whoever opens it says why


def _check_positions(positions: list[int], after: int) -> None:
    """A row of a torn page may have any position, 0 mostly; to go on after that one would not end."""
    expected = range(after + 1, after + 1 + len(positions))
    if positions != list(expected):
        bad = next(each for each, found in zip(expected, positions, strict=True) if each != found)
        raise LogDamaged(bad, f"the log is damaged at position {bad:,}: event {bad:,} is missing or torn")


@contextmanager
def _storage() -> Iterator[None]:
    try:
        yield
    except (EventSourcingError, sqlite3.Error) as error:
        raise StorageFailed(f"the event log failed: {error}") from error
