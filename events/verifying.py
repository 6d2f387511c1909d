"""Checks the event store's file against its seals: row by row, whatever the size, while a supervisor may be writing.

What is found: any event that was edited, deleted, inserted, exchanged or cut off. Events and seals that were cut off
together leave no trace in the file, nor does a log that was sealed anew after a change: for those there are anchors.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from events.recorder import LOCK_TIMEOUT_S, read_only_uri
from events.seals import NOTHING, Head, Row, seal_of
from events.segments import NotSealed, SegmentReader, SegmentUnreadable, check_segment, segments_in
from events.torn import FILE_ERRORS, is_sound, is_torn, newest_named, seals_upwards

SELECT_EVENTS = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid"
SELECT_SEALS = "SELECT first, last, seal FROM seals ORDER BY last"
SELECT_POSITIONS = "SELECT rowid FROM stored_events WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
SELECT_ARCHIVED = "SELECT stream, version FROM archived_streams"
TELL_EVERY = 5_000
"""Events between two words on how far it is."""

Tell = Callable[[int, int], None]
"""Called now and then with how many events are checked, and how many there are to check."""


class Unreadable(Exception):
    """The file could not be checked: it is not there, is no event log, or is locked. Nothing is said of its events."""


class Tampered(Exception):
    """The log is not what was written. `position` is the first that may be wrong: all before it is as it was sealed."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position


class Anchor(NamedTuple):
    """A head that was kept elsewhere; `words` says when and where it was noted, as in "at 10:00 FILE noted"."""

    head: Head
    words: str


class Verified(NamedTuple):
    """What was sound: all up to `head`, in so many commits, and so many anchors on the way."""

    head: Head
    commits: int
    anchors: int


def verify(path: Path, anchors: Iterable[Anchor] = (), tell: Tell = lambda _done, _total: None) -> Verified:
    """Check the log at `path` as it is when the call begins. Raises Tampered, Unreadable.

    SQLite's own check of the file, with its index of streams and versions, goes on beside it on a thread.
    """
    with closing(opened(path)) as db, closing(opened(path)) as other:
        structure = _StructureCheck(other)
        structure.start()
        try:
            verified = Walk(db, SegmentReader(path), anchors, tell).verified()
        except BaseException:
            other.interrupt()
            raise
        finally:
            structure.join()
    structure.judge(verified.head)
    return verified


def sound_until(path: Path) -> int:
    """Up to which position every event is as it was sealed; 0 where not even the first is. Raises Unreadable."""
    with closing(opened(path)) as db:
        walk = Walk(db, SegmentReader(path), (), lambda _done, _total: None)
        with suppress(Tampered):
            walk.verified()
        return walk.at.position


def opened(path: Path) -> sqlite3.Connection:
    """The file, to be read only. Raises Unreadable."""
    try:
        uri = read_only_uri(path)
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=LOCK_TIMEOUT_S, check_same_thread=False)
    except sqlite3.Error as error:
        raise Unreadable(str(error)) from error


class Walk:
    """Goes along the chain, one commit after the other; `at` is how far all was sound, and `commits` how many of the
    log's own file that were.

    It reads upwards, and needs nothing of what follows the first row that cannot be read.
    """

    def __init__(self, db: sqlite3.Connection, archive: SegmentReader, anchors: Iterable[Anchor], tell: Tell) -> None:
        self._db = db
        self._archive = archive
        self._anchors = deque(sorted(anchors, key=lambda anchor: anchor.head.position))
        self._anchored = 0
        self._tell = tell
        self._position, self._seal = 0, NOTHING
        self.commits = 0

    @property
    def at(self) -> Head:
        return Head(self._position, self._seal)

    def verified(self) -> Verified:
        """The whole way. Raises Tampered, Unreadable; then `at` is how far it came."""
        found = len(self._anchors)
        try:
            self._db.execute("PRAGMA writable_schema = ON")  # else nothing of a file that was cut off can be read
            self._db.execute("BEGIN")
            self._check_tables()
            archived = self._walk()
        except FILE_ERRORS as error:
            if is_torn(error):
                self._creep()
                raise Tampered(self._position + 1, f"the file is torn: {error}") from error
            raise Unreadable(str(error)) from error
        return Verified(self.at, archived + self.commits, found)

    def _check_tables(self) -> None:
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "stored_events" not in tables:
            raise Unreadable("the file is no event log")
        if "seals" not in tables:
            raise Tampered(1, "the log has no seals")

    def _walk(self) -> int:
        """Returns how many commits were archived."""
        total = newest_named(self._db)
        self._check_anchors()
        archived = self._walk_archive(total)
        rows: Iterator[Row] = self._db.execute(SELECT_EVENTS)
        pause = self._position + TELL_EVERY
        for first, last, seal in self._db.execute(SELECT_SEALS):
            if not self._follows(first, last, seal, rows):
                raise self._wrong(first, last)
            self._position, self._seal = last, seal
            self.commits += 1
            if self._anchors:
                self._check_anchors()
            if last >= pause:
                pause = last + TELL_EVERY
                self._tell(last, total)
        self._check_end(next(rows, None))
        return archived

    def _creep(self) -> None:
        """Go on to the last commit before the one that cannot be read, which a stride stops short of."""
        for first, last, seal in seals_upwards(self._db, self._position):
            if first != self._position + 1 or not is_sound(self._db, (first, last, seal), self._seal):
                return
            self._position, self._seal = last, seal
            self.commits += 1

    def _walk_archive(self, total: int) -> int:
        """The closed days, from the log's beginning on; what the log says of their streams must be true as well."""
        commits, versions = 0, dict[str, int]()
        segments = segments_in(self._db.cursor())
        try:
            for segment in segments:
                for head, commit in check_segment(self._archive, segment, self.at):
                    self._position, self._seal = head
                    versions |= {event.stream: event.version for event in commit}
                    commits += 1
                    self._check_anchors()
                self._tell(self._position, total)
        except NotSealed as error:
            raise Tampered(error.position, str(error)) from error
        except SegmentUnreadable as error:
            raise Tampered(self._position + 1, str(error)) from error
        if segments and versions != dict(self._db.execute(SELECT_ARCHIVED)):
            raise Tampered(self._position, "the log does not say how far its archived streams go")
        return commits

    def _follows(self, first: int, last: int, seal: bytes, rows: Iterator[Row]) -> bool:
        """Whether the next rows make the commit that this seal says. Of a damaged seal anything may be read."""
        try:
            count = last - self._position
            return first == self._position + 1 and seal_of(self._seal, first, last, islice(rows, count)) == seal
        except (TypeError, ValueError):
            return False

    def _check_anchors(self) -> None:
        while self._anchors and self._anchors[0].head.position <= self._position:
            head, words = self._anchors.popleft()
            if head != (self._position, self._seal):
                reason = (
                    f"{words} another seal at event {head.position}: what follows event {self._anchored} was rewritten"
                )
                raise Tampered(self._anchored + 1, reason)
            self._anchored = head.position

    def _check_end(self, row: Row | None) -> None:
        if row is not None:
            raise Tampered(row[0], f"event {row[0]} is under no seal: it was inserted, or its seal was cut off")
        if self._anchors:
            last = self._anchors[-1]
            reason = f"the log ends with event {self._position}, but {last.words} event {last.head.position}:"
            raise Tampered(self._position + 1, f"{reason} its end was cut off, or it is an older copy")

    def _wrong(self, first: object, last: object) -> Tampered:
        after = self._position + 1
        if not isinstance(first, int) or not isinstance(last, int) or first < after or last < first:
            return Tampered(after, f"the seal after that of event {self._position} is not as it was written")
        if first > after:
            which = f"event {after} has" if first == after + 1 else f"events {after} to {first - 1} have"
            return Tampered(after, f"{which} no seal: it was deleted, or something was inserted")
        return self._broken(first, last)

    def _broken(self, first: int, last: int) -> Tampered:
        expected = first
        for (position,) in self._db.execute(SELECT_POSITIONS, (first, last)):
            if position != expected:
                break
            expected += 1
        if expected <= last:
            return Tampered(expected, f"event {expected} is missing: it was deleted or cut off")
        which = f"event {first} is" if first == last else f"one of the events {first} to {last} is"
        return Tampered(first, f"{which} not as it was sealed: it or the seal was edited or exchanged")


class _StructureCheck(Thread):
    """SQLite's own check of a whole file, the index of streams and versions included."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__(name="structure check")
        self._db = db
        self._said = ""
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._said = str(self._db.execute("PRAGMA integrity_check(1)").fetchone()[0])
        except FILE_ERRORS as error:
            self._error = error

    def judge(self, head: Head) -> None:
        """After the end of a check that was not interrupted: raises Tampered, Unreadable."""
        if self._error is not None and not is_torn(self._error):
            raise Unreadable(str(self._error))
        said = str(self._error or self._said)
        if said != "ok":
            raise Tampered(
                head.position, f"each event is as it was sealed, but the file around them is damaged: {said}"
            )
