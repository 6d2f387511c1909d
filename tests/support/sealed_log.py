"""A small log with every kind of event in commits of different sizes, and ways to change its file behind its back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from events.base import NewEvent
from events.journal import Append, SqliteJournal
from events.system import LogCut
from events.verifying import Anchor, Tampered, Unreadable, verify
from tests.golden.samples import SAMPLES
from tests.support.journals import META

SIZES = (1, 4, 2, 7, 3)


def write_log(path: Path) -> None:
    """All samples in two streams, in commits of 1 to 7 events, several appends in each."""
    with SqliteJournal(path) as journal:
        samples, sizes, number = iter(SAMPLES.values()), list(SIZES), 0
        while events := tuple(islice(samples, sizes[number % len(sizes)])):
            number += 1
            half = len(events) // 2
            parts = [
                (stream, part) for stream, part in (("orders-1", events[:half]), ("user-Ω", events[half:])) if part
            ]
            versions = [journal.stream_version(stream) for stream, _ in parts]
            journal.append_many(
                [
                    Append(stream=stream, expected_version=version, events=part)
                    for (stream, part), version in zip(parts, versions, strict=True)
                ]
            )


@cache
def log_bytes() -> bytes:
    """The file of `write_log`, everything in it and nothing beside it."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "events.sqlite"
        write_log(path)
        return path.read_bytes()


class LongLog(NamedTuple):
    """`file` is all of it; `older` the file and `wal` the write-ahead log when the last commits were only in that."""

    file: bytes
    older: bytes
    wal: bytes


@cache
def long_log() -> LongLog:
    """A log of 200 commits on some 60 pages, with events of many sizes, some on pages of their own."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "events.sqlite"
        with SqliteJournal(path) as journal:
            for number in range(200):
                journal.append("system", journal.stream_version("system"), _padded(number))
                if number == 180:
                    change(path, "PRAGMA wal_checkpoint(TRUNCATE)")
            older, wal = path.read_bytes(), path.with_name("events.sqlite-wal").read_bytes()
        return LongLog(path.read_bytes(), older, wal)


def _padded(number: int) -> list[NewEvent]:
    sizes = [(37 * (number + each) ** 2) % 900 * (9 if number % 40 == 7 else 1) for each in range(1 + number % 3)]
    cuts = [LogCut(first_position=1, events=1, reason="x" * size, quarantine="q") for size in sizes]
    return [NewEvent(event=cut, meta=META) for cut in cuts]


@contextmanager
def fresh_log() -> Iterator[Path]:
    """A copy of the log in a place of its own."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "events.sqlite"
        path.write_bytes(log_bytes())
        yield path


def change(path: Path, *statements: str) -> None:
    """Do this to the file, as anybody with `sqlite3` can."""
    with unsynced(path) as db:
        for statement in statements:
            db.execute(statement)


@contextmanager
def unsynced(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, opened to change it quickly; committed at the end, and nothing left beside it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        yield db
        db.commit()


def rows(path: Path) -> list[tuple[object, ...]]:
    """All that the file holds: events, then seals."""
    with closing(sqlite3.connect(path)) as db:
        events = db.execute("SELECT rowid, * FROM stored_events ORDER BY rowid").fetchall()
        return events + db.execute("SELECT * FROM seals ORDER BY last").fetchall()


def found(path: Path, *anchors: Anchor) -> Tampered | Unreadable | None:
    """What a check ends in; None where all is sound."""
    try:
        verify(path, anchors)
    except (Tampered, Unreadable) as error:
        return error
    return None
