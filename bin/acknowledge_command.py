"""`bin/run acknowledge`: take held coins off an account's books, once the operator has dealt with them."""

from typing import Annotated

import typer

from actors.deciders.limits import acknowledged, why_not_acknowledged
from bin.account_stream import record_alone
from bin.exit_codes import ExitCode
from bin.lock import DataDirError
from bin.log_file import DEFAULT, DataDir, log_path
from events.inventory import InventoryCleared
from events.journal import StorageFailed
from events.numbers import plain
from projections.states.user import UserState

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def acknowledge(
    user: Annotated[int, typer.Option(metavar="N", help="The account.")],
    token: Annotated[str | None, typer.Option(metavar="TICKER", help="Of this token only.")] = None,
    data_dir: DataDir = DEFAULT,
) -> None:
    """Take coins that are held unsold off an account's books, so that it may trade their token again.

    For coins that you have sold, moved or decided to keep: nothing is sent to the venue. It needs the data directory
    to itself, so no supervisor may be running on it. Exit code 4: a trade that was interrupted may be selling them.
    """
    path = log_path(data_dir)
    waits: list[str] = []

    def decide(state: UserState) -> tuple[InventoryCleared, ...]:
        waits.append(why_not_acknowledged(state, token))
        return acknowledged(state, token)

    try:
        cleared = record_alone(path.parent, user, decide)
    except (DataDirError, StorageFailed) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.STORAGE) from None
    for one in cleared:
        typer.echo(f"user {user}: {plain(one.quantity)} {one.asset} are off the books")
    if any(waits):
        typer.echo("; ".join(waits), err=True)
        raise typer.Exit(ExitCode.ACCOUNT_FAILED)
    if not cleared:
        typer.echo(f"user {user} holds no unsold coins{f' of {token}' if token else ''}; nothing was changed")
