"""The views of a log, brought up to date for one answer, or folded anew as of an earlier position."""

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bin.fold_workers import help_along
from bin.progress_bar import ProgressBar
from events.journal import EventJournal
from projections.runner import IN_MEMORY, Runner, ViewsUnwritable
from projections.tracking import Tracked
from projections.views import VIEWS
from projections.views.base import View


class CaughtUp(msgspec.Struct, frozen=True):
    """Views to be asked: how far they are, and each one's state by name, for some may have stopped earlier."""

    db: sqlite3.Connection
    position: int
    states: dict[str, Tracked]


@contextmanager
def caught_up_views(journal: EventJournal, path: Path) -> Iterator[CaughtUp]:
    """The views with all in them that the journal now holds.

    Where `path` cannot be written, its directory perhaps, they are folded in memory, and stderr says so.
    """
    try:
        runner, position = _caught_up(journal, path)
    except ViewsUnwritable as error:
        sys.stderr.write(f"{error}; working it out in memory instead\n")
        runner, position = _caught_up(journal, IN_MEMORY)
    with closing(runner):
        yield CaughtUp(runner.db, position, runner.states())


@contextmanager
def views_as_of(journal: EventJournal, position: int, names: Sequence[str]) -> Iterator[CaughtUp]:
    """The named views as they were at `position`, all of them for none, folded in a scratch place."""
    views = tuple(view for view in VIEWS if not names or view.name in names)
    with TemporaryDirectory(prefix="otomat-") as scratch:
        runner, at = _caught_up(journal, Path(scratch) / "views.sqlite", views, upto=position)
        with closing(runner):
            yield CaughtUp(runner.db, at, runner.states())


def _caught_up(
    journal: EventJournal, path: Path, views: Sequence[View] = VIEWS, upto: int | None = None
) -> tuple[Runner, int]:
    helper = None if path == IN_MEMORY or upto is not None else partial(help_along, path.parent)
    runner = Runner(journal, path, views, help_along=helper)
    bar = ProgressBar("folding the log", sys.stderr)
    try:
        return runner, runner.catch_up(upto, bar)
    except ViewsUnwritable:
        runner.close()
        raise
    finally:
        bar.close()
