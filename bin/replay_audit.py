"""`bin/run replay audit`: make every recorded decision again, and compare."""

import sys
from collections.abc import Iterable

import typer

from actors.audit import Audit, Difference
from bin.exit_codes import ExitCode
from bin.log_file import DEFAULT, DataDir, UserId, log_of
from events.base import Event
from projections.replay import of_account
from projections.words import in_words


def audit(data_dir: DataDir = DEFAULT, user: UserId = None) -> None:
    """Make every recorded decision again from what was received, with today's code, and compare.

    Each difference is told with both sides. Exit code 0: every decision came out as recorded; 1: some did not.
    """
    found = 0
    again = Audit()
    with log_of(data_dir) as journal:
        log = journal.read(upto=journal.head())
        for difference in again.differences(of_account(log, user) if user is not None else log):
            found += 1
            sys.stdout.write(in_text(difference))
    if user is not None and not again.events:
        sys.stderr.write(f"the log knows no account {user}; bin/run query progress lists them\n")
        raise typer.Exit(ExitCode.USAGE)
    sys.stdout.write(_summary(again, found))
    raise typer.Exit(ExitCode.DIFFERENCE if found else ExitCode.OK)


def in_text(difference: Difference) -> str:
    """A few lines: where and from which message, then what was recorded and what is decided today."""
    where = f"position {difference.position}, stream {difference.stream}, on {difference.message or 'a message'}:\n"
    today = f"    {difference.error}\n" if difference.error else _told(difference.decided)
    return f"{where}  recorded:\n{_told(difference.recorded)}  decided today:\n{today}"


def _told(events: Iterable[Event]) -> str:
    lines = "".join(f"    {type(event).__name__}: {in_words(event)}\n      {event}\n" for event in events)
    return lines or "    nothing\n"


def _summary(again: Audit, found: int) -> str:
    verdict = (
        f"{found} came out otherwise" if found else "all came out as recorded" if again.checked else "nothing to say"
    )
    unchecked = f"; {again.unchecked} appends do not tell what led to them" if again.unchecked else ""
    return f"{again.events} events, {again.checked} decisions made again, {verdict}{unchecked}\n"
