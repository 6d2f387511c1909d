"""The journals that tests run on, and events to put into them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from eventsourcing.sqlite import SQLiteCursor

from actors.journal import JournalActor, JournalClient
from events.base import Metadata, NewEvent, Recorded
from events.journal import Append, EventJournal, InMemoryJournal, SqliteJournal, StorageFailed
from events.system import StreamConnected

META = Metadata(correlation_id="test", causation=None, ts_event=1, ts_init=2)

JOURNALS: dict[str, Callable[[Path], EventJournal]] = {
    "sqlite": lambda directory: SqliteJournal(directory / "events.sqlite"),
    "memory": lambda _: InMemoryJournal(),
}


@contextmanager
def opened(kind: str, directory: Path) -> Iterator[EventJournal]:
    """A journal of that kind, closed at the end where there is something to close."""
    journal = JOURNALS[kind](directory)
    try:
        yield journal
    finally:
        if isinstance(journal, SqliteJournal):
            journal.close()


@contextmanager
def started(
    journal: EventJournal, on_halt: Callable[[StorageFailed], None] = lambda _: None
) -> Iterator[JournalClient]:
    """A JournalActor on the journal, stopped at the end."""
    ref = JournalActor.start(journal, on_halt)
    try:
        yield JournalClient(ref, journal)
    finally:
        ref.stop(timeout=10)


def new(number: int = 1) -> NewEvent:
    """A small event that can be told from others by its number."""
    return NewEvent(event=StreamConnected(user_id=1, attempt=number), meta=META)


def news(count: int, first: int = 1) -> tuple[NewEvent, ...]:
    """`count` events, numbered from `first`."""
    return tuple(new(number) for number in range(first, first + count))


def append(stream: str, expected_version: int, count: int = 1) -> Append:
    """An append of `count` events, numbered by the versions that they get."""
    return Append(stream=stream, expected_version=expected_version, events=news(count, expected_version + 1))


def number(recorded: Recorded) -> int:
    """The number of an event of `new`."""
    assert isinstance(recorded.event, StreamConnected)
    return recorded.event.attempt


def limit_pages(journal: SqliteJournal, pages: int) -> None:
    """Let the file grow no further than this, as on a full disk. 0 takes the limit away."""
    writing_cursor(journal).execute(f"PRAGMA max_page_count={pages or 2**31}")


def writing_cursor(journal: SqliteJournal) -> SQLiteCursor:
    """On the one connection that the journal writes through; not while it writes."""
    return journal._file._connection().cursor()
