"""Folding a page of the log into views: rows change in memory, and a view that fails drops out by itself."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from eventsourcing.persistence import Notification
from msgspec.structs import replace

from events.base import Event
from events.catalog import EventUnreadable
from events.journal import EventJournal
from projections.tracking import Tracked
from projections.views.base import Handler, View
from projections.views.table import Book

DEFECTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EventUnreadable,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
"""What wrong code of a view raises, or an event that is not what its name promises. A full disk is neither."""


class Fold:
    """One view being folded: its rows in memory, and the tracking that they belong to."""

    def __init__(self, view: View, tracked: Tracked, open_book: Callable[[], Book]) -> None:
        self.view = view
        self.tracked = tracked
        self.failed = False
        self._open_book = open_book
        self.book = open_book()

    def forget(self, tracked: Tracked) -> None:
        """Drop what is in memory: the tables are at `tracked`."""
        self.book = self._open_book()
        self.tracked = tracked
        self.failed = False


class Dispatch:
    """Which handlers of which folds an event concerns, by its stored name."""

    def __init__(self, journal: EventJournal, folds: Iterable[Fold]) -> None:
        self._journal = journal
        self._folds = tuple(folds)
        self._known: dict[str, list[tuple[Fold, Handler]] | None] = {}

    def gather(self, page: Sequence[Notification]) -> int:
        """Let each fold take in the page, in memory only; a fold that fails is marked. Returns how many are unknown."""
        unknown = 0
        for row in page:
            wanted = self._wanted(row.topic)
            if wanted is None:
                unknown += 1
            elif wanted:
                self._hand_out(row, wanted)
        return unknown

    def _wanted(self, topic: str) -> list[tuple[Fold, Handler]] | None:
        try:
            return self._known[topic]
        except KeyError:
            kind = self._journal.catalog.kind(topic)
            self._known[topic] = None if kind is None else self._handlers(kind)
            return self._known[topic]

    def _handlers(self, kind: type[Event]) -> list[tuple[Fold, Handler]]:
        return [(fold, fold.view.handlers[kind]) for fold in self._folds if kind in fold.view.handlers]

    def _hand_out(self, row: Notification, wanted: list[tuple[Fold, Handler]]) -> None:
        try:
            recorded = self._journal.decoded(row)
        except EventUnreadable:
            for fold, _ in wanted:
                fold.failed = True
            return
        for fold, handler in wanted:
            if not fold.failed:
                try:
                    handler(fold.book, recorded, recorded.event)
                except DEFECTS:
                    fold.failed = True


def fold_one_by_one(db: sqlite3.Connection, journal: EventJournal, fold: Fold, page: Sequence[Notification]) -> Tracked:
    """Write what the page changes in a view that fails somewhere in it, up to the event before; inside a transaction.

    Returns the tracking that this leads to, with the event that stopped it.
    """
    for row in page:
        kind = journal.catalog.kind(row.topic)
        handler = kind and fold.view.handlers.get(kind)
        try:
            with _savepoint(db):
                if handler is not None:
                    recorded = journal.decoded(row)
                    handler(fold.book, recorded, recorded.event)
                    fold.book.flush()
        except DEFECTS as error:
            said = str(error) if isinstance(error, EventUnreadable) else f"{type(error).__name__}: {error}"
            return replace(fold.tracked, stopped_at=row.id, stopped_by=row.topic, error=said)
        fold.book.settle()
        skipped = fold.tracked.unknown_events + (kind is None)
        fold.tracked = replace(moving(fold.tracked), position=row.id, unknown_events=skipped)
    return fold.tracked


def moving(tracked: Tracked) -> Tracked:
    """The same, not stopped."""
    return replace(tracked, stopped_at=None, stopped_by=None, error=None)


@contextmanager
def _savepoint(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("SAVEPOINT one")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK TO one")
        raise
    finally:
        db.execute("RELEASE one")
