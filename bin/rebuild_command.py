"""`bin/run rebuild`: views folded from nothing, compared with those before, and put in their place."""

import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from bin.exit_codes import ExitCode
from bin.fold_workers import WorkerFailed, fold_in_processes
from bin.log_file import DEFAULT, DataDir, log_of
from bin.progress_bar import ProgressBar, counted_events
from events.journal import EventJournal
from projections.figures import counted
from projections.rebuilding import Comparison, comparable, compare, groups, new_suffix, remove, remove_leftovers, switch
from projections.runner import Runner, ViewsUnwritable
from projections.views import VIEWS
from projections.views.base import View

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(name="rebuild")
def rebuild(
    view: Annotated[
        str | None, typer.Argument(metavar="[VIEW]", help="This one only; all where none is named.")
    ] = None,
    data_dir: DataDir = DEFAULT,
) -> None:
    """Fold views from nothing, beside those that are asked meanwhile; tell where they differ; and switch to them.

    Ends with 1 where a view came out otherwise than it stood, with 74 where one could not take in an event.
    """
    views = _named(view)
    try:
        with log_of(data_dir) as journal:
            began = time.monotonic()
            compared = rebuild_views(journal, data_dir, views)
            took = time.monotonic() - began
            _tell(compared, journal.head(), took)
    except (ViewsUnwritable, WorkerFailed, sqlite3.Error, TimeoutError) as error:
        sys.stderr.write(f"{data_dir / 'views.sqlite'}: {error}; the views are as they were\n")
        raise typer.Exit(ExitCode.STORAGE) from error
    if any(one.stopped for one in compared):
        raise typer.Exit(ExitCode.STORAGE)
    if any(one.differences for one in compared):
        raise typer.Exit(ExitCode.DIFFERENCE)


def _named(name: str | None) -> Sequence[View]:
    found = [view for view in VIEWS if name in (None, view.name)]
    if not found:
        names = ", ".join(view.name for view in VIEWS)
        sys.stderr.write(f"there is no view {name}; there are {names}\n")
        raise typer.Exit(ExitCode.USAGE)
    return found


def rebuild_views(journal: EventJournal, data_dir: Path, views: Sequence[View]) -> list[Comparison]:
    """Rebuild, compare and switch; tells on stderr how far it is.

    Raises ViewsUnwritable, WorkerFailed, sqlite3.Error, TimeoutError; then the views are as they were.
    """
    suffix, file = new_suffix(time.time_ns()), data_dir / "views.sqlite"
    bar = ProgressBar("rebuilding", sys.stderr)
    with closing(Runner(journal, file, ())) as empty:  # makes the file, and no view
        remove_leftovers(empty.db)
        try:
            fold_in_processes(data_dir, groups(views), suffix, bar)
            bar.close()
            return _put_in_place(journal, file, views, suffix)
        except BaseException:
            remove(empty.db, views, suffix)
            raise


def _put_in_place(journal: EventJournal, file: Path, views: Sequence[View], suffix: str) -> list[Comparison]:
    with closing(Runner(journal, file, views, suffix=suffix)) as rebuilt:
        states = rebuilt.states()
        live = [view for view in views if comparable(rebuilt.db, states, view, suffix)]

        def bring_level() -> None:
            if live:
                with closing(Runner(journal, file, live)) as before:
                    rebuilt.catch_up(before.catch_up())
            else:
                rebuilt.catch_up()

        compared = compare(rebuilt.db, views, suffix, bring_level)
        switch(rebuilt.db, views, suffix, rebuilt.catch_up)
        return compared


def _tell(compared: Sequence[Comparison], head: int, took: float) -> None:
    for one in compared:
        rows = f"{one.view}: {_rows(one)}"
        if one.skipped:
            sys.stdout.write(f"{rows}, not compared: {one.skipped}\n")
        elif one.differences:
            sys.stdout.write(f"{rows}, {one.differences:,} differ from before: {'; '.join(one.examples)}\n")
        else:
            sys.stdout.write(f"{rows}, as before\n")
    rate = head / took if took else 0
    sys.stdout.write(f"rebuilt from {counted_events(head)} in {took:.1f} s ({rate:,.0f} events/s), and put in place\n")


def _rows(compared: Comparison) -> str:
    """As in `15 rows`; where a view keeps tables beside the one that it answers from, `15 rows (trades_terms 3)`."""
    (_, number), *others = compared.rows
    words = counted(number, "row").replace(str(number), f"{number:,}")
    beside = ", ".join(f"{name} {count:,}" for name, count in others)
    return f"{words} ({beside})" if beside else words
