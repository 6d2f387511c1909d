"""Keeps views up to date with the journal.

The runner pulls events by position. What a page of events changes and the position it leads to commit together, so a
crash between the two cannot happen and a repeat changes nothing. Several processes may run the same views file: each
takes the write lock before it believes the position.

The library's tracking recorders are not used: they write one row per event through a connection of their own, while
here a whole page shares one row and one transaction with the views. The idea, a position that commits with what was
made of it, is theirs.

The file is disposable. It carries a fingerprint of the code that folds and of the log that was folded; when either has
changed, the views are dropped and folded again from the start.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock

import msgspec

from events.base import Recorded, UnknownEvent
from events.journal import EventJournal
from projections import figures, views, words
from projections.follower import Follower
from projections.views.base import View, add_functions

IN_MEMORY = Path(":memory:")
PAGE = 500
BUSY_TIMEOUT_S = 10

_TRACKING = """
CREATE TABLE IF NOT EXISTS tracking (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    fingerprint TEXT NOT NULL,
    position INTEGER NOT NULL,
    unknown_events INTEGER NOT NULL
)
"""


class ViewsUnwritable(Exception):
    """The views file cannot be written where it is; fold into IN_MEMORY instead, or mend the directory."""


class Runner:
    """Folds `journal` into the views file `path` (IN_MEMORY for a fold of its own).

    Construction opens the file and makes its tables, anew where needed. Any thread may call anything.

    Raises:
        ViewsUnwritable: the views file cannot be written.
        StorageFailed, EventUnreadable: the log cannot be read.
    """

    def __init__(self, journal: EventJournal, path: Path, views: Sequence[View] = views.VIEWS) -> None:
        self._journal = journal
        self._views = views
        self._folding = Lock()
        self._first: Recorded | None = None
        self._follower = Follower("projections", journal, self.catch_up)
        self._path = path
        with self._writing():
            self.db = _open_sound(path)
        with self._writing():
            self._position(self._fingerprint())

    def catch_up(self) -> int:
        """Fold all that was in the log when the call began, and return the position that the views are at.

        Raises:
            ViewsUnwritable: the views file cannot be written.
            StorageFailed, EventUnreadable: the log cannot be read.
        """
        with self._folding:
            head = self._journal.head()
            fingerprint = self._fingerprint()
            with self._writing():
                while (position := self._position(fingerprint)) < head:
                    self._fold(position, fingerprint, self._page(position, head))
            return position

    @property
    def unknown_events(self) -> int:
        """How many events were skipped so far because this version does not know them."""
        row = self.db.execute("SELECT unknown_events FROM tracking").fetchone()
        return int(row[0]) if row else 0

    def start(self) -> None:
        """Follow the journal on a thread of its own until `stop`."""
        self._follower.start()

    def stop(self) -> None:
        """Fold what is left and end the thread. Raises what ended the thread before its time."""
        self._follower.stop()

    def close(self) -> None:
        """Close the file. Only after `stop`, where started."""
        self.db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ViewsUnwritable(f"cannot write {self._path}: {error}") from error

    def _fingerprint(self) -> str:
        if self._first is None:
            self._first = next(self._journal.read(upto=1), None)
        return f"{_code_fingerprint()}-{_digest(msgspec.json.encode(self._first))}"

    def _page(self, position: int, head: int) -> list[Recorded]:
        return list(self._journal.read(position, limit=PAGE, upto=head))

    def _position(self, fingerprint: str) -> int:
        """The position of the views, which are emptied first when they are not of this code and this log."""
        found = self.db.execute("SELECT fingerprint, position FROM tracking").fetchone()
        if found is not None and found[0] == fingerprint and found[1] <= self._journal.head():
            return int(found[1])
        self._begin_anew(fingerprint, found)
        return 0

    def _begin_anew(self, fingerprint: str, found: tuple[str, int] | None) -> None:
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            if self.db.execute("SELECT fingerprint, position FROM tracking").fetchone() != found:
                return  # another process was faster
            for (table,) in self.db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                if table != "tracking":
                    self.db.execute(f'DROP TABLE "{table}"')
            for statement in ";".join(view.schema for view in self._views).split(";"):
                self.db.execute(statement)
            self.db.execute("INSERT OR REPLACE INTO tracking VALUES (1, ?, 0, 0)", (fingerprint,))

    def _fold(self, position: int, fingerprint: str, page: Sequence[Recorded]) -> None:
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            found = self.db.execute("SELECT fingerprint, position FROM tracking").fetchone()
            if found != (fingerprint, position):
                return  # another process has folded this page, or has begun anew
            unknown = sum(self._fold_one(recorded) for recorded in page)
            self.db.execute(
                "UPDATE tracking SET position = ?, unknown_events = unknown_events + ?",
                (page[-1].position, unknown),
            )

    def _fold_one(self, recorded: Recorded) -> bool:
        if isinstance(recorded.event, UnknownEvent):
            return True
        for view in self._views:
            view.fold(self.db, recorded)
        return False


def open_to_read(path: Path) -> sqlite3.Connection:
    """A connection that reads the views beside a running runner. Any thread may use it, one at a time."""
    return _connect(path)


def _open_sound(path: Path) -> sqlite3.Connection:
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        # Not a database, or a damaged one: it can be folded again from the log.
        for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            each.unlink(missing_ok=True)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    db = _connect(path)
    try:
        with db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(_TRACKING)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # A power cut may lose the last pages, never their order: they are folded again.
        db.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        db.close()
        raise
    add_functions(db)
    return db


@cache
def _code_fingerprint() -> str:
    """Views must be folded again when the code that writes their tables or their texts has changed."""
    folders = (*views.__path__, *words.__path__)
    files = [Path(figures.__file__), *(file for folder in folders for file in Path(folder).glob("*.py"))]
    return _digest(b"".join(file.read_bytes() for file in sorted(files)))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
