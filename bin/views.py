"""The views of a log, brought up to date for one answer."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from events.journal import EventJournal
from projections.runner import IN_MEMORY, Runner, ViewsUnwritable


@contextmanager
def caught_up_views(journal: EventJournal, path: Path) -> Iterator[tuple[sqlite3.Connection, int]]:
    """The views with all in them that the journal now holds, and the position that they are at.

    Where `path` cannot be written, its directory perhaps, they are folded in memory, and stderr says so.
    """
    try:
        runner, position = _caught_up(journal, path)
    except ViewsUnwritable as error:
        sys.stderr.write(f"{error}; working it out in memory instead\n")
        runner, position = _caught_up(journal, IN_MEMORY)
    with closing(runner):
        yield runner.db, position


def _caught_up(journal: EventJournal, path: Path) -> tuple[Runner, int]:
    runner = Runner(journal, path)
    try:
        return runner, runner.catch_up()
    except ViewsUnwritable:
        runner.close()
        raise
