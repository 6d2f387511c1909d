"""Keeps views up to date with the journal.

The runner pulls events by position. What a page of events changes in a view and the position that the view then is at
commit together, so a crash between the two cannot happen and a repeat changes nothing. Several processes may run the
same views file: what they have gathered counts only if the views are still where they began.

Each view has a position of its own. One that cannot take in an event stops there, by itself, with the event and the
reason in the tracking table; a later runner tries again.

The library's tracking recorders are not used: they write one row per event through a connection of their own, while
here a whole page shares one transaction with the views. The idea, a position that commits with what was made of it, is
theirs.

The file is disposable. Each view carries a fingerprint of the code that folds it and of the log that was folded; when
either has changed, the view is dropped and folded again from the start.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock

import msgspec
from eventsourcing.persistence import Notification
from msgspec.structs import replace

from events.base import Recorded
from events.journal import EventJournal
from projections import tracking, views
from projections.fingerprint import code_fingerprint, digest
from projections.folding import DEFECTS, Dispatch, Fold, fold_one_by_one, moving
from projections.follower import Follower
from projections.sql import add_functions
from projections.tracking import Tracked
from projections.views.base import View
from projections.views.table import KEPT_ROWS, Book

IN_MEMORY = Path(":memory:")
PAGE, BULK_PAGE = 500, 10_000
GATHER_S = 0.004
"""How long a started runner gathers commits: views may lag by this and by the time of one fold."""
VERY_MUCH = 100_000
"""Events from which on other processes are worth starting."""
LONGEST_FOLD_S = 600
BULK_KEPT_ROWS = 300_000
CACHE_KB, BULK_CACHE_KB = 1_000, 128_000
"""Half of SQLite's own for who follows a log: only the newest rows of each table change."""
BULK_CHECKPOINT_PAGES = 20_000
BUSY_TIMEOUT_S = 30

Tell = Callable[[int, int], None]
"""Called after each page, with how many events are folded and how many there are to fold."""


class ViewsUnwritable(Exception):
    """The views file cannot be written where it is; fold into IN_MEMORY instead, or mend the directory."""


class Runner:
    """Folds `journal` into the views file `path` (IN_MEMORY for a fold of its own).

    With a `suffix` the tables' names get it, and views of that name stand beside the others, without indexes. `bulk`
    takes memory for speed, to fold much at once. `help_along` is called where very much is to be folded, and may do
    some of it in other processes. Construction opens the
    file and makes its tables, anew where needed. Any thread may call anything.

    Raises:
        ViewsUnwritable: the views file cannot be written.
        StorageFailed, EventUnreadable: the log cannot be read.
    """

    def __init__(
        self,
        journal: EventJournal,
        path: Path,
        views: Sequence[View] = views.VIEWS,
        *,
        suffix: str = "",
        bulk: bool = False,
        help_along: Callable[[Tell], object] | None = None,
    ) -> None:
        self._journal = journal
        self._bulk = bulk
        self._help_along = help_along
        self._path = path
        self._views = views
        self._suffix = suffix
        self._folding = Lock()
        self._first: Recorded | None = None
        self._folds: dict[str, Fold] = {}
        self._stopped: dict[str, Tracked] = {}
        self._agreed: tuple[int, int] | None = None
        """The version of the file at which what is in memory was what is in it."""
        self._dispatches: dict[tuple[str, ...], Dispatch] = {}
        self._follower = Follower("projections", journal, self._follow, GATHER_S)
        with self._writing():
            self.db = _open_sound(path)
            self.db.execute(f"PRAGMA cache_size = -{BULK_CACHE_KB if bulk else CACHE_KB}")
            if bulk:
                self.db.execute(f"PRAGMA wal_autocheckpoint = {BULK_CHECKPOINT_PAGES}")
            self._adopt(journal.head())

    def catch_up(self, upto: int | None = None, tell: Tell | None = None) -> int:
        """Fold all that was in the log when the call began, or up to position `upto`.

        Returns the position that all views are at but those that stopped, which `states` tells.

        Raises:
            ViewsUnwritable: the views file cannot be written.
            StorageFailed: the log cannot be read.
        """
        with self._folding, self._writing():
            head = self._journal.head()
            goal = head if upto is None else min(upto, head)
            if self._help_along is not None and goal - self._least_position() > VERY_MUCH:
                self._help_along(tell or (lambda _done, _total: None))
            while self._fold_next(head, goal):
                if tell is not None:
                    tell(self._least_position(), goal)
            return self._least_position()

    def _follow(self) -> None:
        self.catch_up()

    def states(self) -> dict[str, Tracked]:
        """How far each view is, and which of them have stopped, by name."""
        return tracking.read(self.db)

    @property
    def unknown_events(self) -> int:
        """How many events were skipped so far because this version does not know them."""
        return max((one.unknown_events for one in self.states().values()), default=0)

    def create_indexes(self) -> None:
        """Make the indexes that views with a suffix begin without. Raises ViewsUnwritable."""
        with self._folding, self._writing():
            for view in self._views:
                for table in view.tables:
                    table.create_indexes(self.db, self._suffix, mark=self._suffix)

    def start(self) -> None:
        """Follow the journal on a thread of its own until `stop`."""
        self._follower.start()

    def stop(self) -> None:
        """Fold what is left and end the thread. Raises what ended the thread before its time."""
        self._follower.stop(timeout=LONGEST_FOLD_S)

    def close(self) -> None:
        """Close the file. Only after `stop`, where started."""
        self.db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ViewsUnwritable(f"cannot write {self._path}: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self.db.execute("BEGIN IMMEDIATE")
            yield
            self.db.execute("COMMIT")
        except BaseException:
            self._agreed = None
            for fold in self._folds.values():  # what they hold in memory may be in the file or not
                fold.forget(fold.tracked)
            with suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            raise

    def _least_position(self) -> int:
        going = [fold.tracked.position for name, fold in self._folds.items() if name not in self._stopped]
        return min(going or [fold.tracked.position for fold in self._folds.values()], default=0)

    def _fingerprint(self, view: View) -> str:
        if self._first is None:
            self._first = next(self._journal.read(upto=1), None)
        return f"{code_fingerprint(view.module)}-{digest(msgspec.json.encode(self._first))}"

    def _adopt(self, head: int) -> None:
        """Go on from what the file holds: other processes may have moved it."""
        version = tracking.version(self.db)
        if version == self._agreed and (self._first is not None or not head):
            return
        found = tracking.read(self.db)
        fingerprints = {view.name + self._suffix: self._fingerprint(view) for view in self._views}
        if not all(self._is_usable(view, found, fingerprints, head) for view in self._views):
            found = self._begin_anew(fingerprints, head)
        for view in self._views:
            self._adopt_one(view, found[view.name + self._suffix])
        self._agreed = version[0], self.db.total_changes

    def _is_usable(self, view: View, found: dict[str, Tracked], fingerprints: dict[str, str], head: int) -> bool:
        """Whether its rows can be gone on with. What its tables look like is asked once, before the first fold."""
        name = view.name + self._suffix
        if not _fits(found.get(name), fingerprints[name], head):
            return False
        return view.name in self._folds or view.stands(self.db, self._suffix)

    def _adopt_one(self, view: View, found: Tracked) -> None:
        fold = self._folds.get(view.name)
        if fold is None:
            keep = BULK_KEPT_ROWS if self._bulk else KEPT_ROWS
            open_book = partial(Book, self.db, view.tables, self._suffix, keep)
            self._folds[view.name] = Fold(view, found, open_book)
        elif fold.tracked != found:
            fold.forget(found)
        if self._stopped.get(view.name) != found:
            self._stopped.pop(view.name, None)

    def _begin_anew(self, fingerprints: dict[str, str], head: int) -> dict[str, Tracked]:
        with self._transaction():
            found = tracking.read(self.db)
            for view in self._views:
                name = view.name + self._suffix
                if not self._is_usable(view, found, fingerprints, head):
                    self._make(view, found.get(name), fingerprints[name])
            if self._views is views.VIEWS and not self._suffix:
                self._drop_strangers(found)
            return tracking.read(self.db)

    def _make(self, view: View, found: Tracked | None, fingerprint: str) -> None:
        if found is not None:
            tracking.remove(self.db, found)
        for table in view.tables:
            table.drop(self.db, self._suffix)
            table.create(self.db, self._suffix)
            if not self._suffix:
                table.create_indexes(self.db)
        names = " ".join(table.name + self._suffix for table in view.tables)
        tracking.write(self.db, Tracked(view.name + self._suffix, fingerprint, names, 0, 0))

    def _drop_strangers(self, found: dict[str, Tracked]) -> None:
        """Views that this version no longer has; those with a suffix are somebody's work in progress."""
        ours = {view.name for view in self._views}
        for name, tracked in found.items():
            if name not in ours and name.isidentifier():
                tracking.remove(self.db, tracked)

    def _fold_next(self, head: int, goal: int) -> bool:
        """Fold one page into the views that are furthest behind; False when none is."""
        self._adopt(head)
        behind = [
            fold for name, fold in self._folds.items() if name not in self._stopped and fold.tracked.position < goal
        ]
        if not behind:
            return False
        start = min(fold.tracked.position for fold in behind)
        cohort = [fold for fold in behind if fold.tracked.position == start]
        end = min((fold.tracked.position for fold in behind if fold.tracked.position > start), default=goal)
        page = self._journal.stored(start, limit=BULK_PAGE if self._bulk else PAGE, upto=end)
        if page:
            self._fold(cohort, page)
        return bool(page)

    def _fold(self, cohort: list[Fold], page: Sequence[Notification]) -> None:
        names = tuple(fold.view.name for fold in cohort)
        dispatch = self._dispatches.setdefault(names, Dispatch(self._journal, cohort))
        unknown = dispatch.gather(page)
        with self._transaction():
            version = tracking.version(self.db)
            ours = cohort if version == self._agreed else self._still_ours(cohort)
            before = [fold.tracked for fold in ours]
            written = self._write_all(ours, page, unknown)
            tracking.advance(self.db, before, written)
        if version == self._agreed:
            self._agreed = version[0], self.db.total_changes
        for fold, tracked in zip(ours, written, strict=True):
            fold.book.settle()
            fold.tracked = tracked
            if tracked.stopped_at is not None:
                self._stopped[fold.view.name] = tracked
                fold.forget(tracked)
        for fold in cohort:
            if fold not in ours:
                fold.forget(fold.tracked)

    def _still_ours(self, cohort: list[Fold]) -> list[Fold]:
        """Another process may have folded the page, or begun anew: what was gathered for it is worth nothing."""
        found = tracking.read(self.db)
        return [fold for fold in cohort if found.get(fold.tracked.view) == fold.tracked]

    def _write_all(self, folds: list[Fold], page: Sequence[Notification], unknown: int) -> list[Tracked]:
        """Together if none fails, otherwise each by itself."""
        if not any(fold.failed for fold in folds) and _flushed(self.db, folds):
            return [_moved(fold.tracked, page, unknown) for fold in folds]
        return [self._write(fold, page, unknown) for fold in folds]

    def _write(self, fold: Fold, page: Sequence[Notification], unknown: int) -> Tracked:
        if not fold.failed and _flushed(self.db, [fold]):
            return _moved(fold.tracked, page, unknown)
        fold.forget(fold.tracked)
        return fold_one_by_one(self.db, self._journal, fold, page)


def open_to_read(path: Path) -> sqlite3.Connection:
    """A connection that reads the views beside a running runner. Any thread may use it, one at a time."""
    return _connect(path)


def _fits(found: Tracked | None, fingerprint: str, head: int) -> bool:
    return found is not None and found.fingerprint == fingerprint and found.position <= head


def _moved(tracked: Tracked, page: Sequence[Notification], unknown: int) -> Tracked:
    """To the end of the page, of which so many events are unknown."""
    return replace(moving(tracked), position=page[-1].id, unknown_events=tracked.unknown_events + unknown)


def _flushed(db: sqlite3.Connection, folds: Iterable[Fold]) -> bool:
    books = [fold.book for fold in folds if fold.book.changed]
    if not books:
        return True
    db.execute("SAVEPOINT flush")
    try:
        for book in books:
            book.flush()
    except DEFECTS:
        db.execute("ROLLBACK TO flush")
        return False
    finally:
        db.execute("RELEASE flush")
    return True


def _open_sound(path: Path) -> sqlite3.Connection:
    try:
        return _open(path)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if not _is_damage(error):
            raise
        # Not a database, or a damaged one: it can be folded again from the log.
        for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            each.unlink(missing_ok=True)
        return _open(path)


def _is_damage(error: Exception) -> bool:
    """Rather than a disk that is full, or a file that is locked. Damaged names and values come as they are."""
    said = str(error).startswith(("Could not decode", "unsupported file format"))
    return said or not isinstance(error, sqlite3.OperationalError)


def _open(path: Path) -> sqlite3.Connection:
    db = _connect(path)
    try:
        with db:
            db.execute("BEGIN IMMEDIATE")
            tracking.prepare(db)
            tracking.read(db)
    except (sqlite3.Error, UnicodeDecodeError):
        db.close()
        raise
    return db


def _connect(path: Path) -> sqlite3.Connection:
    # A path is never taken for a URI, but an ATTACH later may name one.
    name = str(path) if path == IN_MEMORY else path.resolve().as_uri()
    db = sqlite3.connect(name, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # A power cut may lose the last pages, never their order: they are folded again.
        db.execute("PRAGMA synchronous = NORMAL")
    except (sqlite3.Error, UnicodeDecodeError):
        db.close()
        raise
    add_functions(db)
    return db
