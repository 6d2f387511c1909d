"""`bin/run replay --until`: the log and every view as they were, in a place of their own."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp

import typer

from bin.exit_codes import ExitCode
from bin.log_file import log_of, log_path
from bin.views import caught_up_views
from events.journal import EventJournal
from events.segments import SegmentUnreadable
from projections.answers import CannotAnswer
from projections.as_of import check_position, decided_at, position_at
from projections.figures import counted, utc
from projections.going_back import copy_log, copy_views
from projections.query import why_stopped
from projections.tracking import Tracked


def go_back(data_dir: Path, until: int | None, until_ms: int | None, out: Path | None) -> None:
    """Write what was known at a position or a time to `out`, which must be new or empty; to a scratch place where it is
    None. Its path goes to stdout.

    The same position gives the same bytes. Raises CannotAnswer, OutsideLog; then nothing is left behind.
    """
    with log_of(data_dir) as journal:
        position = _position(journal, until, until_ms)
        at = decided_at(journal, position)
        with _new_place(out) as place:
            states = _write(log_path(data_dir), place, position)
    sys.stdout.write(f"{place}\n")
    sys.stdout.flush()
    sys.stderr.write(
        f"{counted(position, 'event')}, up to {utc(at)} UTC; ask with bin/run query VIEW --data-dir {place}\n"
    )
    stopped = [why_stopped(state) for state in states if state.stopped_at is not None]
    if stopped:
        sys.stderr.writelines(f"{words}; what came later is missing there\n" for words in stopped)
        raise typer.Exit(ExitCode.STORAGE)


def _position(journal: EventJournal, until: int | None, until_ms: int | None) -> int:
    if until is not None:
        return check_position(journal, until)
    return position_at(journal, until_ms or 0)


@contextmanager
def _new_place(out: Path | None) -> Iterator[Path]:
    """A directory that was made for this, and is taken away again where something goes wrong."""
    if out is None:
        place, ours = Path(mkdtemp(prefix="otomat-")), True
    else:
        place, ours = out, not out.exists()
        _check_free(place)
    try:
        place.mkdir(parents=True, exist_ok=True)
        yield place
    except BaseException as error:
        if ours:
            rmtree(place, ignore_errors=True)
        if isinstance(error, OSError | sqlite3.Error | SegmentUnreadable):
            sys.stderr.write(f"{place} cannot be written: {error}\n")
            raise typer.Exit(ExitCode.STORAGE) from error
        raise


def _check_free(place: Path) -> None:
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise CannotAnswer(f"{place} is there and not empty; name a new directory with --out, or leave --out away")


def _write(log: Path, place: Path, position: int) -> list[Tracked]:
    with TemporaryDirectory(prefix=".unfinished-", dir=place) as scratch:
        unfinished = Path(scratch)
        copy_log(log, unfinished / "events.sqlite", position)
        with log_of(unfinished) as journal, caught_up_views(journal, unfinished / "views.sqlite") as found:
            states = list(found.states.values())
            with closing(sqlite3.connect(unfinished / "views.sqlite")) as views:
                copy_views(views, place / "views.sqlite")
        (unfinished / "events.sqlite").replace(place / "events.sqlite")
    return states
