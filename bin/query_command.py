"""`bin/run query`: what the log adds up to."""

import sys
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
import typer

from bin.log_file import DEFAULT, DataDir, UserId, log_of
from bin.views import caught_up_views
from projections import query

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

Format = Annotated[Literal["table", "json"], typer.Option("--format", help="json: a list of objects, for scripts.")]


@app.callback()
def ask() -> None:
    """Ask what the log adds up to. An answer includes everything that was recorded when the command began."""


@app.command()
def progress(data_dir: DataDir = DEFAULT, user: UserId = None, form: Format = "table") -> None:
    """How far each strategy of each account is. Amounts are in USDT."""
    with log_of(data_dir) as journal, caught_up_views(journal, data_dir / "views.sqlite") as (db, position):
        rows = query.progress(db, user)
    sys.stdout.write(json_list(rows) if form == "json" else table(rows))
    sys.stderr.write(f"as of position {position} of the log\n")


def json_list(rows: Sequence[msgspec.Struct]) -> str:
    """The rows as a JSON list of objects, one a line; decimals are strings in plain notation, counts are numbers."""
    lines = ",\n".join("  " + msgspec.json.encode(query.plain_fields(row)).decode() for row in rows)
    return f"[\n{lines}\n]\n" if rows else "[]\n"


def table(rows: Sequence[msgspec.Struct]) -> str:
    """The rows in aligned columns under their names: numbers to the right, "-" for what is not known."""
    if not rows:
        return "nothing recorded yet\n"
    names = rows[0].__struct_fields__
    cells = [
        names,
        *(["-" if value is None else str(value) for value in query.plain_fields(row).values()] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [not isinstance(value, str) for value in msgspec.structs.astuple(rows[0])]
    return "".join(_table_line(line, widths, numeric) for line in cells)


def _table_line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    aligned = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    )
    return "  ".join(aligned).rstrip() + "\n"
