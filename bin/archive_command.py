"""`bin/run archive`: closed days go out of the log's file, into compressed segments beside it."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bin.exit_codes import ExitCode
from bin.export_command import COLUMNS
from bin.export_files import Counted, write_file
from bin.lock import DataDirError, DataDirLock
from bin.log_file import DEFAULT, DataDir, log_path
from bin.progress_bar import ProgressBar, counted_events
from bin.query_output import Written
from bin.times import NoTime, day_of, in_ms
from events.segments import (
    DIRECTORY,
    NotSealed,
    Segment,
    SegmentReader,
    SegmentUnreadable,
    check_segment,
    head_before,
    put_away,
    segments_in,
)
from events.verifying import Tampered, Unreadable, verify
from projections.views.amounts import utc_day

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

DAY_MS = 86_400_000
_TIMES = (
    "SELECT rowid, json_extract(CAST(state AS TEXT), '$.meta.ts_init') / 86400000 FROM stored_events ORDER BY rowid"
)
_SEALED = (
    "SELECT last, seal FROM seals WHERE last <= ? AND last < (SELECT MAX(last) FROM seals) ORDER BY last DESC LIMIT 1"
)
_EVENTS = (
    "SELECT stored_events.rowid, originator_id, originator_version, topic, CAST(state AS TEXT),"
    " coalesce(lower(hex(seal)), '') FROM stored_events LEFT JOIN seals ON seals.last = stored_events.rowid"
    " WHERE stored_events.rowid <= ? ORDER BY stored_events.rowid"
)


class Closed(NamedTuple):
    """A UTC day (counted from 1970-01-01), and the position of its last event."""

    day: int
    last: int


@app.command()
def archive(
    *,
    before: Annotated[str, typer.Option(metavar="DAY", help="Close the UTC days before this: 2026-11-21.")] = "today",
    data_dir: DataDir = DEFAULT,
) -> None:
    """Close old UTC days: their events go into a compressed file each, in DIR/archive, with their seals.

    Nothing is lost by it: replay, verify, query, rebuild, export and a supervisor read them as before. The log is
    verified first, and each file before its events leave the log. It needs the data directory to itself.
    """
    path = log_path(data_dir)
    try:
        now = _now_ms()
        day = min(in_ms(day_of(before, now), now), now) // DAY_MS  # a day that is not over is never closed
        with DataDirLock(data_dir):
            with closing(ProgressBar("verifying", sys.stderr)) as bar:
                verify(path, tell=bar)
            closed = _archive(path, day)
    except NoTime as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(ExitCode.USAGE) from None
    except (Tampered, NotSealed) as error:
        sys.stderr.write(f"not sound from position {error.position:,} on: {error}; nothing more was archived\n")
        raise typer.Exit(ExitCode.DIFFERENCE) from None
    except (DataDirError, Unreadable, SegmentUnreadable, sqlite3.Error, OSError) as error:
        sys.stderr.write(f"{data_dir}: {error}; nothing more was archived\n")
        raise typer.Exit(ExitCode.STORAGE) from None
    if not closed:
        sys.stdout.write(f"there is no day before {before} to close that is over\n")


def _archive(path: Path, before: int) -> int:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=FULL")
        days = list(_days(db, before))
        closed = sum(_close(db, path, day) for day in days)
        if closed:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return closed


def _days(db: sqlite3.Connection, before: int) -> Iterator[Closed]:
    """The days to close, oldest first. A day ends before the first event of a later one; clocks may step back."""
    current, previous = None, 0
    for position, day in db.execute(_TIMES):
        if day is not None and (current is None or day > current):
            if current is not None and current < before:
                yield Closed(current, previous)
            current = day
        previous = position
    if current is not None and current < before:
        yield Closed(current, previous)


def _close(db: sqlite3.Connection, path: Path, day: Closed) -> bool:
    """Write the day's segment, check it, and drop its events from the log, up to the end of a commit.

    False where nothing of the day can be closed: the log's newest commit stays in its file.
    """
    row = db.execute(_SEALED, (day.last,)).fetchone()
    before = head_before(segments_in(db.cursor()))
    if row is None or row[0] <= before.position:
        return False
    last, seal = row
    directory = path.parent / DIRECTORY
    directory.mkdir(exist_ok=True)
    name = f"{utc_day(day.day * DAY_MS)}_{before.position + 1:09d}-{last:09d}.parquet"
    segment = Segment(before.position + 1, last, name, seal)
    _write(db, segment, directory / name)
    for _ in check_segment(SegmentReader(path), segment, before):
        pass
    put_away(db, segment)
    size = (directory / name).stat().st_size
    events = counted_events(last - before.position)
    sys.stdout.write(
        f"{utc_day(day.day * DAY_MS)}: {events} up to position {last:,} in {DIRECTORY}/{name}, {size:,} bytes\n"
    )
    return True


def _write(db: sqlite3.Connection, segment: Segment, path: Path) -> None:
    total = segment.last - segment.first + 1
    with closing(ProgressBar("archiving", sys.stderr)) as bar:
        rows = Counted(db.execute(_EVENTS, (segment.last,)), lambda count: bar(count, total))
        write_file(Written(COLUMNS, rows), "parquet", path)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
