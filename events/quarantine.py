"""Puts a log whose end was damaged back to its last sound commit, and keeps what was found.

The sound part is copied into a file of its own, the damaged files into a directory beside the log, and then the sound
one takes the log's place with one rename: a crash in between leaves one or the other. Damage that has sound commits
after it is no trace of a power loss; then nothing is touched.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from events.base import Metadata, NewEvent
from events.journal import LogDamaged, SqliteJournal
from events.recorder import read_only_uri
from events.seals import Head
from events.segments import SegmentReader, copy_names, head_before, segments_in
from events.system import LogCut
from events.torn import is_sound, newest_named, seals_downwards, seals_upwards
from events.verifying import Tampered, Tell, Walk, opened, verify

COPY_EVENTS = (
    "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) SELECT rowid, originator_id,"
    " originator_version, topic, state FROM damaged.stored_events ORDER BY rowid LIMIT ?"
)
"""The first so many, as they were walked along: a torn row that follows them may have any position, 0 mostly."""
COPY_SEALS = "INSERT INTO seals (first, last, seal) SELECT first, last, seal FROM damaged.seals ORDER BY last LIMIT ?"


class _Found(NamedTuple):
    """How far a damaged log is sound, with how many commits in its own file, what is wrong after that, and how many
    events are lost if it ends there.
    """

    sound: Head
    commits: int
    reason: str
    lost: int | None


def put_right(path: Path, quarantine: Path, now_ms: int, tell: Tell) -> LogCut:
    """Make a log out of the sound part of the one at `path`, which says what was cut; `take_over` puts it in its place.

    The files as they were found are kept in the new directory `quarantine`. Nobody may write the log meanwhile.
    Raises LogDamaged where more than the end is damaged, or nothing is sound, Unreadable, StorageFailed, OSError,
    sqlite3.Error; then all is as it was.
    """
    found = _looked_through(path, tell)
    cut = LogCut(
        first_position=found.sound.position + 1, events=found.lost, reason=found.reason, quarantine=quarantine.name
    )
    draft = path.with_name(path.name + ".draft")
    try:
        _keep(path, quarantine)
        _copy(path, found, draft)
        _record(cut, draft, now_ms)
        _sync(draft)
    except BaseException:
        _remove(draft)
        shutil.rmtree(quarantine, ignore_errors=True)
        raise
    draft.rename(_ready(path))
    return cut


def take_over(path: Path, disposable: Iterable[Path]) -> bool:
    """Put what `put_right` made in the log's place; False when there is nothing, which a crash may have left behind.

    `disposable` are database files that were made of the log as it was: they are deleted. Raises OSError.
    """
    ready = _ready(path)
    if not ready.exists():
        return False
    for file in disposable:
        _remove(file)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    ready.replace(path)
    _sync(path.parent)
    return True


def _looked_through(path: Path, tell: Tell) -> _Found:
    with closing(opened(path)) as db:
        walk = Walk(db, SegmentReader(path), (), tell)
        try:
            return _Found(walk.verified().head, walk.commits, "the file around the events is damaged", 0)
        except Tampered as error:
            if not walk.at.position:
                raise LogDamaged(error.position, f"{error}, and nothing before it") from error
            if walk.at.position <= head_before(segments_in(db.cursor())).position:
                raise LogDamaged(error.position, f"{error}, and only archived days before it") from error
            if _goes_on_sound(db, walk.at):
                raise LogDamaged(error.position, f"{error}, and commits after it are sound") from error
            return _Found(walk.at, walk.commits, str(error), _lost(db, walk.at))


def _goes_on_sound(db: sqlite3.Connection, sound: Head) -> bool:
    """Whether any commit after the first bad one is as it was sealed."""
    upwards, downwards = seals_upwards(db, sound.position), seals_downwards(db, sound.position)
    return any(is_sound(db, commit, before[2]) for before, commit in pairwise(upwards)) or any(
        is_sound(db, commit, before[2]) for commit, before in pairwise(downwards)
    )


def _lost(db: sqlite3.Connection, sound: Head) -> int | None:
    newest = newest_named(db)
    return newest - sound.position if newest > sound.position else None


def _keep(path: Path, quarantine: Path) -> None:
    quarantine.mkdir()
    for file in (path, path.with_name(path.name + "-wal")):
        if file.exists():
            try:
                os.link(file, quarantine / file.name)  # both names are given up soon
            except OSError:
                shutil.copy2(file, quarantine / file.name)
    _sync(quarantine)


def _copy(path: Path, found: _Found, draft: Path) -> None:
    _remove(draft)
    SqliteJournal(draft).close()
    with closing(sqlite3.connect(draft.resolve().as_uri(), uri=True)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("ATTACH ? AS damaged", (read_only_uri(path),))
        copy_names(db, "damaged")
        archived = head_before(segments_in(db.cursor()))
        db.execute(COPY_EVENTS, (found.sound.position - archived.position,))
        db.execute(COPY_SEALS, (found.commits,))
        db.commit()
    _check_copied(draft, found.sound)


def _check_copied(draft: Path, sound: Head) -> None:
    reason = "what is sound could not be copied"
    try:
        head = verify(draft).head
    except Tampered as error:
        raise LogDamaged(error.position, f"{reason}: {error}") from error
    if head != sound:
        raise LogDamaged(head.position, reason)


def _record(cut: LogCut, draft: Path, now_ms: int) -> None:
    with SqliteJournal(draft) as journal:
        meta = Metadata(correlation_id="log", causation=None, ts_event=now_ms, ts_init=now_ms)
        journal.append("system", journal.stream_version("system"), [NewEvent(event=cut, meta=meta)])
    with closing(sqlite3.connect(draft)) as db:
        db.execute("PRAGMA journal_mode = DELETE")  # all of it in the one file that is renamed


def _ready(path: Path) -> Path:
    return path.with_name(path.name + ".sound")


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
