"""A whole log, event by event, in a form that leaves its file and comes back the same: same bytes, same seals."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from eventsourcing.persistence import PersistenceError, StoredEvent

from events.recorder import JournalDatastore, JournalRecorder
from events.segments import SealedEvent, SegmentReader, SegmentUnreadable, commits_of, head_before, segments_in
from events.tail import end_fault
from events.verifying import Unreadable, opened

_SELECT = (
    "SELECT stored_events.rowid, originator_id, originator_version, topic, CAST(state AS TEXT), lower(hex(seal))"
    " FROM stored_events LEFT JOIN seals ON seals.last = stored_events.rowid ORDER BY stored_events.rowid"
)
_COUNT = "SELECT MAX(rowid) FROM stored_events"


class NotSame(Exception):
    """What was read back is not a log as it was exported; the message says where it differs first."""


class Portable:
    """The log at `path` as it is when this is made; another process may be writing it. Close it after use.

    Raises Unreadable, also while iterating.
    """

    def __init__(self, path: Path) -> None:
        if (fault := end_fault(path)) is not None:
            raise Unreadable(f"the log is damaged from position {fault.position:,} on: {fault.reason}")
        self._db = opened(path)
        self._reader = SegmentReader(path)
        try:
            self._db.execute("BEGIN")
            self.events = int(self._db.execute(_COUNT).fetchone()[0] or 0)
            self._segments = segments_in(self._db.cursor())
        except sqlite3.Error as error:
            self._db.close()
            raise Unreadable(str(error)) from error

    def __iter__(self) -> Iterator[SealedEvent]:
        try:
            for segment in self._segments:
                yield from self._reader.every(segment)
            before = head_before(self._segments).position
            for expected, row in enumerate(self._db.execute(_SELECT), before + 1):
                position, stream, version, topic, state, seal = row
                if position != expected:
                    raise Unreadable(f"event {expected:,} is missing or torn")
                yield SealedEvent(position, stream, version, topic, state, seal or "")
        except (sqlite3.Error, SegmentUnreadable) as error:
            raise Unreadable(str(error)) from error

    def close(self) -> None:
        self._db.close()


def restore(events: Iterable[SealedEvent], path: Path) -> int:
    """Write a log anew, commit by commit, to a file that is not there yet. Returns how many events it has.

    Each commit is sealed again and must get the seal that it had. Raises NotSame, PersistenceError; what was written
    until then is the caller's to remove.
    """
    position = 0
    with closing(JournalDatastore(path)) as datastore:
        recorder = JournalRecorder(datastore)
        recorder.create_table()
        for commit in commits_of(events):
            position = _store(recorder, commit, position)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=DELETE")  # one file, which readers leave as it is
    return position


def _store(recorder: JournalRecorder, commit: list[SealedEvent], before: int) -> int:
    first = commit[0].position
    if not commit[-1].seal:
        raise NotSame(f"the last {len(commit)} events are under no seal: the end was cut off")
    if first != before + 1:
        raise NotSame(f"event {before + 1} is missing: {first} follows {before}")
    stored = [StoredEvent(event.stream, event.version, event.topic, event.state.encode()) for event in commit]
    try:
        positions = recorder.insert_events(stored)
    except PersistenceError as error:
        raise NotSame(f"event {first} or one soon after it does not fit its stream: {error}") from error
    head = recorder.head()
    if list(positions or ()) != [event.position for event in commit] or head.seal.hex() != commit[-1].seal:
        raise NotSame(f"events {first} to {commit[-1].position} are not as they were sealed")
    return commit[-1].position
