"""Questions about the log that do not fit it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bin.exit_codes import ExitCode
from bin.times import NoTime
from projections.answers import CannotAnswer
from projections.as_of import OutsideLog


@contextmanager
def understood() -> Iterator[None]:
    """A question that does not fit ends the command with one line."""
    try:
        yield
    except (CannotAnswer, NoTime, OutsideLog) as error:
        sys.stdout.flush()
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(ExitCode.USAGE) from error
