"""`bin/run replay`: every recorded event in order, in words."""

import sys
from functools import partial
from typing import Annotated, Literal

import typer

from bin import replay_audit
from bin.log_file import DEFAULT, DataDir, UserId, log_of
from events.catalog import Catalog
from projections import replay

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command("audit")(replay_audit.audit)

Format = Annotated[
    Literal["table", "jsonl"], typer.Option("--format", help="table: one line each, in words; jsonl: one object each.")
]


@app.callback(invoke_without_command=True)
def tell(ctx: typer.Context, data_dir: DataDir = DEFAULT, user: UserId = None, form: Format = "table") -> None:
    """Tell every recorded event in order: position, time (UTC), account, what happened and why.

    The log is only read. A supervisor may be running on it: what it had recorded when this began is told.
    """
    if ctx.invoked_subcommand is not None:
        return
    write_line = replay.table_line if form == "table" else partial(replay.json_line, catalog=Catalog())
    with log_of(data_dir) as journal:
        if form == "table":
            sys.stdout.write(replay.TABLE_HEAD + "\n")
        for recorded in replay.of_account(journal.read(upto=journal.head()), user):
            sys.stdout.write(write_line(recorded) + "\n")
