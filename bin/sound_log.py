"""A log that is about to be written again: is its end as it was written?"""

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import typer

from bin.progress_bar import ProgressBar
from events.journal import LogDamaged, SqliteJournal, StorageFailed
from events.quarantine import put_right, take_over
from events.system import LogCut
from events.tail import tail_fault
from events.verifying import Unreadable
from projections.figures import utc
from projections.words.system import log_cut


def sound_log(data_dir: Path) -> SqliteJournal:
    """The log of `data_dir` to be written, once the newest commits are found sound. The caller holds the directory.

    A damaged end is cut off, which is told here and in the log, and kept in a directory `quarantine-TIME` beside it;
    views and snapshots go with it, and are made again. Raises StorageFailed, also where more than the end is
    damaged, and then nothing is changed.
    """
    path = data_dir / "events.sqlite"
    try:
        if _take_over(path):
            typer.echo("an earlier start began to cut off the log's damaged end: that is done now", err=True)
        if path.exists() and (fault := _fault(path)):
            cut = _put_right(path, fault)
            _take_over(path)
            typer.echo(log_cut(cut), err=True)
    except (Unreadable, sqlite3.Error, OSError) as error:
        raise StorageFailed(f"{path} is damaged, and its sound part could not be saved: {error}") from error
    return SqliteJournal(path)


def _take_over(path: Path) -> bool:
    return take_over(path, disposable=[path.with_name("views.sqlite")])


def _fault(path: Path) -> str | None:
    try:
        return tail_fault(path)
    except Unreadable:
        return None  # not for its seals: whoever opens it says why


def _put_right(path: Path, fault: str) -> LogCut:
    typer.echo(f"{path}: {fault}; looking through all of it", err=True)
    now = time.time_ns() // 1_000_000
    stamp = "".join(char for char in utc(now) if char.isalnum())
    try:
        with closing(ProgressBar("verifying", sys.stderr)) as bar:
            return put_right(path, path.with_name(f"quarantine-{stamp}"), now, bar)
    except LogDamaged as error:
        raise StorageFailed(
            f"{path} is damaged at position {error.position:,}: {error}. Nothing was started, and nothing was changed."
            f" bin/run replay verify --data-dir {path.parent} tells more; put a sound copy in its place, or use another"
            " --data-dir"
        ) from error
