"""Opening the log of a data directory to read it, with errors for the operator."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Never

import typer

from bin.exit_codes import ExitCode
from bin.paths import DEFAULT_DATA_DIR
from events.catalog import EventUnreadable
from events.journal import EventJournal, LogDamaged, SqliteJournal, StorageFailed

DataDir = Annotated[
    Path, typer.Option("--data-dir", metavar="DIR", help="The data directory of the run.", show_default="data")
]
MOST = 2**63 - 1
"""The largest number that SQLite knows."""
UserId = Annotated[int | None, typer.Option("--user", metavar="N", max=MOST, help="Of this account only.")]
Limit = Annotated[int | None, typer.Option("--limit", min=0, max=MOST, metavar="N", help="At most so many, in order.")]
DEFAULT = DEFAULT_DATA_DIR


def log_path(data_dir: Path) -> Path:
    """The file of the log of `data_dir`. Ends the command where there is none."""
    path = data_dir / "events.sqlite"
    if not path.is_file():
        what = "has no events.sqlite" if data_dir.is_dir() else "is no directory"
        _give_up(
            f"{data_dir} {what}; name the --data-dir of a run, or start one with bin/run supervisor", ExitCode.USAGE
        )
    return path


@contextmanager
def log_of(data_dir: Path) -> Iterator[EventJournal]:
    """The log of `data_dir`, which another process may be writing. Ends the command where it cannot be read."""
    path = log_path(data_dir)
    try:
        with SqliteJournal(path, read_only=True) as journal:
            yield journal
    except LogDamaged as error:
        _give_up(_damaged(path, error), ExitCode.STORAGE)
    except (StorageFailed, EventUnreadable) as error:
        said = str(error)
        _give_up(said if str(path) in said else f"{path}: {said}", ExitCode.STORAGE)


def _damaged(path: Path, error: LogDamaged) -> str:
    said = str(error) if str(path) in str(error) else f"{path}: {error}"
    return (
        f"{said}. bin/run replay verify --data-dir {path.parent} tells more; bin/run supervisor puts a log of which"
        " only the end is damaged back to its last sound commit"
    )


def _give_up(message: str, code: ExitCode) -> Never:
    typer.echo(message, err=True)
    raise typer.Exit(code)
