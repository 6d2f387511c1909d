"""`bin/run export`: the events, or what a view holds, as a file for other programs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, Never

import typer

from bin.exit_codes import ExitCode
from bin.export_files import Counted, Format, write_file, write_text
from bin.log_file import DEFAULT, DataDir, log_of, log_path
from bin.progress_bar import ProgressBar
from bin.query_output import Written
from bin.views import caught_up_views
from events.portable import Portable
from events.segments import SealedEvent
from events.verifying import Unreadable
from projections.answers import ANSWERS, Answer, Wanted, rows
from projections.query import why_stopped
from projections.sql import EVENT_COLUMNS
from projections.views.orders import REPORT_ROWS
from projections.views.table import Column

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

EVENTS = "events"
REPORTS = Answer(name="reports", words="", view="orders", table=REPORT_ROWS, order=("position",))
VIEWS = {**ANSWERS, REPORTS.name: REPORTS}
"""What can be exported beside the events: all that can be queried, and every report of every order."""

ENDINGS: dict[str, Format] = {".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet"}
COLUMNS = (
    *(column for column in EVENT_COLUMNS if column.name != "at"),
    Column("seal", "TEXT", nullable=False, words="the seal of the commit that it ends"),
)


@app.command()
def export(
    what: Annotated[str, typer.Argument(metavar="EVENTS|VIEW", help=f"events, or one of {', '.join(VIEWS)}.")],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="A file that is not there yet; - for standard output.")],
    form: Annotated[Format | None, typer.Option("--format", help="By the file's ending where it is not given.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    data_dir: DataDir = DEFAULT,
) -> None:
    """Write all events, or all rows of a view, to a file: jsonl, csv or parquet.

    The log may be in use: what it held when the command began is exported. An export of events has all that `bin/run
    import` needs to make the same log of it. The file appears when it is whole.
    """
    source, form = what.lower(), form or _form_of(out)
    if source != EVENTS and source not in VIEWS:
        _refuse(f"there is no view {what}; there are events, {', '.join(VIEWS)}")
    if str(out) == "-" and form == "parquet":
        _refuse("parquet cannot be written to standard output; name a file")
    if str(out) != "-":
        _check_place(out, data_dir, overwrite=overwrite)
    with _source(source, data_dir) as (written, total, told):
        bar = ProgressBar(f"exporting {source}", sys.stderr)
        counted = Counted(written.rows, lambda count: bar(count, total))
        try:
            _write(Written(written.columns, counted), form, out)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            sys.stderr.write(f"{out} cannot be written: {error.strerror or error}\n")
            raise typer.Exit(ExitCode.STORAGE) from None
        finally:
            bar.close()
    sys.stderr.write(f"{counted.count:,} rows of {source} to {out}, {told}\n")


@contextmanager
def _source(source: str, data_dir: Path) -> Iterator[tuple[Written, int, str]]:
    """What is to be written, how many rows it has, and how far in the log it reaches, in words."""
    if source == EVENTS:
        with _events(log_path(data_dir)) as portable:
            written = Written(COLUMNS, (_cells(event) for event in portable))
            yield written, portable.events, f"to position {portable.events:,} of the log"
        return
    answer = VIEWS[source]
    with log_of(data_dir) as journal, caught_up_views(journal, data_dir / "views.sqlite") as found:
        state = found.states[answer.view]
        if state.stopped_at is not None:
            sys.stderr.write(f"{why_stopped(state)}; mend that first, for an export would be in part only\n")
            raise typer.Exit(ExitCode.STORAGE)
        (total,) = found.db.execute(f'SELECT count(*) FROM "{answer.table.name}"').fetchone()  # noqa: S608 - ours
        written = Written(answer.columns, rows(found.db, answer, Wanted()))
        yield written, total, f"as of position {state.position:,} of the log"


@contextmanager
def _events(path: Path) -> Iterator[Portable]:
    try:
        with closing(Portable(path)) as portable:
            yield portable
    except Unreadable as error:
        sys.stderr.write(f"{path}: {error}\n")
        raise typer.Exit(ExitCode.STORAGE) from None


def _cells(event: SealedEvent) -> Sequence[Any]:
    return event.position, event.stream, event.version, event.topic, event.state, event.seal


def _write(written: Written, form: Format, out: Path) -> None:
    if str(out) == "-" and form != "parquet":
        write_text(written, form, sys.stdout)
    else:
        write_file(written, form, out)


def _form_of(out: Path) -> Format:
    form = ENDINGS.get(out.suffix)
    if form is None:
        _refuse(f"the ending of {out} says no format; name one with --format jsonl, csv or parquet")
    return form


def _check_place(out: Path, data_dir: Path, *, overwrite: bool) -> None:
    if out.is_dir():
        _refuse(f"{out} is a directory; name a file")
    if not out.absolute().parent.is_dir():
        _refuse(f"{out.absolute().parent} is no directory; make it first")
    if out.exists() and not overwrite:
        _refuse(f"{out} is there already; name another file, or say --overwrite")
    if out.exists() and out.resolve().is_relative_to(data_dir.resolve()):
        _refuse(f"{out} is in the data directory, where no file is replaced; name another file")


def _refuse(message: str) -> Never:
    sys.stderr.write(message + "\n")
    raise typer.Exit(ExitCode.USAGE)
