"""`bin/run query`: what the log adds up to."""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, Never

import typer

from bin.exit_codes import ExitCode
from bin.lock import died
from bin.log_file import DEFAULT, DataDir, Limit, UserId, log_of
from bin.query_health import health_table
from bin.query_output import NO_MATCH, NOTHING, Format, Written, as_object, pieces
from bin.query_statement import as_json, as_page
from bin.query_watch import watched
from bin.times import NoTime, day_of, in_ms
from bin.views import CaughtUp, caught_up_views, views_as_of
from events.journal import EventJournal
from projections.answers import ANSWERS, Answer, CannotAnswer, Wanted, check_known, reports_of, rows
from projections.as_of import OutsideLog, check_position, decided_at, position_at
from projections.figures import counted, utc
from projections.query import why_stopped
from projections.sql import EVENT_COLUMNS, FUNCTIONS, free_questions
from projections.statement import statement
from projections.tracking import Tracked
from projections.views import VIEWS
from projections.views.amounts import DAY_MS
from projections.views.orders import REPORT_ROWS
from projections.views.table import Column

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

STATEMENT_VIEWS = ("strategies", "trades", "fills", "wear", "volume", "inventory")

Form = Annotated[Format, typer.Option("--format", help="json: a list of objects; jsonl: an object a line; csv.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="POSITION|TIME", help="What was to be answered then.")]
Watch = Annotated[bool, typer.Option("--watch", help="Answer again each second, until Ctrl-C.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="From then on; UTC, or with an offset.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before then.")]


@app.callback()
def ask() -> None:
    """Ask what the log adds up to. An answer includes everything that was recorded when the command began."""


def _command(answer: Answer) -> Callable[..., None]:
    def command(  # noqa: PLR0913 - one parameter per option
        *,
        data_dir: DataDir = DEFAULT,
        user: UserId = None,
        strategy: Annotated[str | None, typer.Option(metavar="NAME", help="Of this strategy only.")] = None,
        token: Annotated[str | None, typer.Option(metavar="TICKER", help="Of this token only.")] = None,
        status: Annotated[str | None, typer.Option(metavar="STATUS", help="With this status only.")] = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = None,
        sort: Annotated[str | None, typer.Option(metavar="[-]COLUMN", help="- for the largest first.")] = None,
        form: Form = "table",
        as_of: AsOf = None,
        watch: Watch = False,
    ) -> None:
        with _understood():
            wanted = Wanted(
                user=user,
                strategy=strategy,
                token=token,
                status=status,
                since=_time(since),
                until=_time(until),
                limit=limit,
                sort=sort,
            )
            with log_of(data_dir) as journal:
                if watch:
                    watched(lambda: _text(journal, data_dir, answer, wanted, form))
                else:
                    _answer(journal, data_dir, answer, wanted, form, as_of)

    return command


for _each in ANSWERS.values():
    app.command(_each.name, help=_each.words)(_command(_each))


def _answer(
    journal: EventJournal, data_dir: Path, answer: Answer, wanted: Wanted, form: Format, as_of: str | None
) -> None:
    with _views(journal, data_dir, as_of, (answer.view, "strategies")) as found:
        check_known(found.db, wanted)
        for piece in pieces(_written(found.db, answer, wanted), form):
            sys.stdout.write(piece)
        state = found.states[answer.view]
        sys.stdout.flush()
        if answer.name == "runs" and as_of is None:
            _say_whether_it_runs(found.db, data_dir)
        _say_position(state)


def _text(journal: EventJournal, data_dir: Path, answer: Answer, wanted: Wanted, form: Format) -> str:
    with caught_up_views(journal, data_dir / "views.sqlite") as found:
        check_known(found.db, wanted)
        position = found.states[answer.view].position
        return "".join(pieces(_written(found.db, answer, wanted), form)) + f"as of position {position} of the log\n"


def _written(db: sqlite3.Connection, answer: Answer, wanted: Wanted) -> Written:
    found = rows(db, answer, wanted)
    nothing = NOTHING if wanted == Wanted() else NO_MATCH
    if answer.name != "orders":
        return Written(answer.columns, found, brief=answer.brief, nothing=nothing)

    def with_reports(order: Mapping[str, Any]) -> Mapping[str, Any]:
        cells = reports_of(db, order["user_id"], order["venue_order_id"])
        return {"reports": [as_object(REPORT_ROWS.columns, each) for each in cells]}

    return Written(answer.columns, found, with_reports, answer.brief, nothing)


def _say_whether_it_runs(db: sqlite3.Connection, data_dir: Path) -> None:
    """Only the data directory tells a run that goes on from one whose program is gone: the log ends neither."""
    (going_on,) = db.execute("SELECT count(*) FROM runs WHERE status = 'running'").fetchone()
    if going_on and died(data_dir):
        sys.stderr.write("no supervisor runs here: the run that the log has no end of was broken off\n")


def _views(
    journal: EventJournal, data_dir: Path, as_of: str | None, names: tuple[str, ...]
) -> AbstractContextManager[CaughtUp]:
    if as_of is None:
        return caught_up_views(journal, data_dir / "views.sqlite")
    return views_as_of(journal, _position(journal, as_of), names)


def _position(journal: EventJournal, as_of: str) -> int:
    if as_of.isdecimal():
        return check_position(journal, int(as_of))
    return position_at(journal, in_ms(as_of, _now_ms()))


def _say_position(*states: Tracked) -> None:
    """Which part of the log the answer holds; it ends the command where a view has stopped before the end."""
    sys.stderr.write(f"as of position {min(state.position for state in states)} of the log\n")
    if unknown := max(state.unknown_events for state in states):
        words = counted(unknown, "event")
        sys.stderr.write(f"{words} of kinds that this version does not know are in the log, and in no view\n")
    for state in states:
        if state.stopped_at is not None:
            sys.stderr.write(f"{why_stopped(state)}; what came later is missing here\n")
    if any(state.stopped_at is not None for state in states):
        raise typer.Exit(ExitCode.STORAGE)


@app.command()
def health(data_dir: DataDir = DEFAULT, form: Form = "table") -> None:
    """How far each view is behind the log, and whether it goes on. Looks only; ends with 1 where a view has stopped."""
    with log_of(data_dir) as journal:
        table, sound = health_table(journal, data_dir / "views.sqlite", _now_ms())
        sys.stdout.writelines(pieces(table, form))
        sys.stderr.write(f"the log ends at position {journal.head()}\n")
    if not sound:
        raise typer.Exit(ExitCode.DIFFERENCE)


@app.command(name="statement")
def day_statement(
    user: Annotated[int, typer.Option("--user", metavar="N", help="The account.")],
    day: Annotated[str, typer.Option("--day", metavar="DAY", help="UTC day: 2026-11-21, today, yesterday.")] = "today",
    data_dir: DataDir = DEFAULT,
    form: Annotated[Literal["table", "json"], typer.Option("--format", help="json: one object.")] = "table",
    as_of: AsOf = None,
) -> None:
    """The day of an account on one page: trades, executions, cost, what the venue counted, and what is left."""
    with _understood(), log_of(data_dir) as journal, _views(journal, data_dir, as_of, STATEMENT_VIEWS) as found:
        check_known(found.db, Wanted(user=user))
        name = day_of(day, _now_ms())
        begins = in_ms(name, _now_ms())
        page = statement(found.db, user, name, begins)
        sys.stdout.write(as_json(page) if form == "json" else as_page(page))
        sys.stdout.flush()
        _say_whether_covered(journal, name, begins, min(found.states[view].position for view in STATEMENT_VIEWS))
        _say_position(*(found.states[view] for view in STATEMENT_VIEWS))


def _say_whether_covered(journal: EventJournal, day: str, begins_ms: int, position: int) -> None:
    """Of a day before the log's first event, or after the last that the answer holds, zeros say nothing."""
    if not position:
        sys.stderr.write(f"the log holds nothing of {day}: it is empty\n")
        return
    first, last = decided_at(journal, 1), decided_at(journal, position)
    if first and last and not first - DAY_MS < begins_ms <= last:
        sys.stderr.write(f"the log holds nothing of {day}: it goes from {utc(first)} to {utc(last)} UTC\n")


@app.command()
def sql(
    question: Annotated[str, typer.Argument(metavar="SELECT", help='As in "SELECT count(*) FROM events".')],
    data_dir: DataDir = DEFAULT,
    form: Form = "table",
    as_of: AsOf = None,
) -> None:
    """Any SELECT over all views and the events themselves, by SQLite. Nothing can be changed; see `query tables`."""
    with _understood(), log_of(data_dir) as journal, _views(journal, data_dir, as_of, ()) as found:
        with free_questions(found.db, data_dir / "events.sqlite", found.position):
            try:
                cursor = found.db.execute(question)
                columns = [Column(name, "", nullable=True, words="") for name, *_ in cursor.description or ()]
                for piece in pieces(Written(columns, cursor, nothing=NO_MATCH), form):
                    sys.stdout.write(piece)
            except (sqlite3.Error, sqlite3.Warning) as error:
                raise CannotAnswer(_why_not(error)) from error
            sys.stdout.flush()
            _say_what_is_archived(found.db)
        _say_position(*found.states.values())


def _say_what_is_archived(db: sqlite3.Connection) -> None:
    (first,) = db.execute("SELECT min(position) FROM events").fetchone()
    if first is not None and first > 1:
        sys.stderr.write(
            f"the table events begins at position {first}: what was archived is not in it, but in all views\n"
        )


def _why_not(error: Exception) -> str:
    if "interrupted" in str(error):
        raise KeyboardInterrupt from error
    refused = any(words in str(error) for words in ("prohibited", "not authorized", "one statement", "cannot modify"))
    return f"{error}; only one SELECT is answered, which reads" if refused else f"{error}; see bin/run query tables"


@app.command()
def tables(form: Form = "table") -> None:
    """The tables that `query sql` knows, with every column in words."""
    columns = [Column(name, "TEXT", nullable=False, words="") for name in ("table", "column", "type", "words")]
    cells = [
        (table.name, column.name, column.sql_type, column.words)
        for view in VIEWS
        for table in view.tables
        for column in table.columns
    ]
    cells += [("events", column.name, column.sql_type, column.words) for column in EVENT_COLUMNS]
    cells += [("(functions)", name, "", words) for name, words in FUNCTIONS]
    sys.stdout.writelines(pieces(Written(columns, cells), form))


def _time(text: str | None) -> int | None:
    return None if text is None else in_ms(text, _now_ms())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def _understood() -> Iterator[None]:
    """A question that does not fit ends the command with one line."""
    try:
        yield
    except (CannotAnswer, NoTime, OutsideLog) as error:
        _give_up(str(error))


def _give_up(message: str) -> Never:
    sys.stderr.write(message + "\n")
    raise typer.Exit(ExitCode.USAGE)
