"""`bin/run acknowledge`: take held coins off an account's books, once the operator has dealt with them."""

import time
from pathlib import Path
from typing import Annotated

import typer

from actors.deciders.limits import acknowledged
from bin.exit_codes import ExitCode
from bin.lock import DataDirError, DataDirLock
from bin.log_file import DEFAULT, DataDir, log_path
from bin.sound_log import sound_log
from events.base import Metadata, NewEvent
from events.journal import EventJournal, StorageFailed
from events.numbers import plain
from events.trades import InventoryCleared
from projections.states.user import UserState, evolve

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def acknowledge(
    user: Annotated[int, typer.Option(metavar="N", help="The account.")],
    token: Annotated[str | None, typer.Option(metavar="TICKER", help="Of this token only.")] = None,
    data_dir: DataDir = DEFAULT,
) -> None:
    """Take coins that are held unsold off an account's books, so that it may trade their token again.

    For coins that you have sold, moved or decided to keep: nothing is sent to the venue. It needs the data directory
    to itself, so no supervisor may be running on it.
    """
    path = log_path(data_dir)
    try:
        cleared = _clear(path, user, token)
    except (DataDirError, StorageFailed) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.STORAGE) from None
    for one in cleared:
        typer.echo(f"user {user}: {plain(one.quantity)} {one.asset} are off the books")
    if not cleared:
        typer.echo(f"user {user} holds no unsold coins{f' of {token}' if token else ''}; nothing was changed")


def _clear(path: Path, user: int, token: str | None) -> tuple[InventoryCleared, ...]:
    with DataDirLock(path.parent), sound_log(path.parent) as journal:
        return _record(journal, user, token)


def _record(journal: EventJournal, user: int, token: str | None) -> tuple[InventoryCleared, ...]:
    stream, state, version = f"user-{user}", UserState(user_id=user), 0
    for recorded in journal.read_stream(stream):
        state, version = evolve(state, recorded), recorded.version
    events = acknowledged(state, token)
    if events:
        now = time.time_ns() // 1_000_000
        meta = Metadata(correlation_id=stream, causation=None, ts_event=now, ts_init=now)
        journal.append(stream, version, [NewEvent(event=event, meta=meta) for event in events])
    return events
