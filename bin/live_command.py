"""`bin/run live`: acknowledge what live trading means, and see who has."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bin.control_wire import this_operator
from bin.exit_codes import ExitCode
from bin.live_terms import (
    SHOWN_DIGITS,
    USUAL_NAME,
    AcknowledgementsUnusable,
    Terms,
    acknowledge,
    acknowledgements,
    terms,
)
from bin.log_file import DEFAULT, DataDir
from events.values import Acknowledgement
from projections.figures import utc

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__, no_args_is_help=True)

File = Annotated[
    Path | None,
    typer.Option(
        "--file", metavar="FILE", help=f"The acknowledgements; {USUAL_NAME} in the data directory without it."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One object a line.")]


@app.command("acknowledge")
def acknowledge_terms(
    user: Annotated[int, typer.Option(metavar="N", min=1, help="The account.")],
    data_dir: DataDir = DEFAULT,
    file: File = None,
    yes_i_have_read: Annotated[
        str | None,
        typer.Option(metavar="SHA256", help=f"The text's hash, {SHOWN_DIGITS} digits or more, where no terminal is."),
    ] = None,
) -> None:
    """Show what live trading means, and note that the owner of an account accepts it.

    Asks at the terminal for the account's number. Nothing is sent to anybody. Exit code 3: it was not accepted.
    """
    now = terms()
    typer.echo(now.text)
    typer.echo(f"SHA-256 of this text: {now.sha256}")
    _ask(user, now, yes_i_have_read)
    try:
        given = acknowledge(file or data_dir / USUAL_NAME, user, this_operator(), now.sha256)
    except AcknowledgementsUnusable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.STORAGE) from None
    typer.echo(f"Noted in {file or data_dir / USUAL_NAME}: {in_words(given)}")


@app.command("list")
def list_acknowledgements(data_dir: DataDir = DEFAULT, file: File = None, *, as_json: AsJson = False) -> None:
    """Who has acknowledged what, oldest first, and whether it is the text as it is now."""
    now = terms()
    try:
        entries = acknowledgements(file or data_dir / USUAL_NAME)
    except AcknowledgementsUnusable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.UNREADABLE) from None
    for one in entries:
        valid = one.sha256 == now.sha256
        row = {**msgspec.structs.asdict(one), "valid": valid}
        text = f"{in_words(one)}{'' if valid else '; the text was changed since, acknowledge it again'}"
        typer.echo(msgspec.json.encode(row).decode() if as_json else text)
    if not entries and not as_json:
        typer.echo("nobody has acknowledged live trading")


def in_words(one: Acknowledgement) -> str:
    return f"user {one.user_id}: text {one.sha256[:SHOWN_DIGITS]}, accepted by {one.by} at {utc(one.at)}"


def _ask(user: int, now: Terms, typed_hash: str | None) -> None:
    if typed_hash is not None:
        if len(typed_hash) < SHOWN_DIGITS:
            raise typer.BadParameter(
                f"--yes-i-have-read {typed_hash} is too short; give at least {SHOWN_DIGITS} digits"
            )
        if not now.sha256.startswith(typed_hash.lower()):
            raise typer.BadParameter(
                f"--yes-i-have-read {typed_hash} is not the text above; read it, and give its hash"
            )
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("no terminal to ask at; read the text above and give --yes-i-have-read SHA256")
    typer.echo(f"To accept this for account {user}, type its number; anything else leaves all as it is: ", nl=False)
    if sys.stdin.readline().strip() != str(user):
        typer.echo("not accepted; nothing was changed", err=True)
        raise typer.Exit(ExitCode.STOPPED)
