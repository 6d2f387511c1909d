"""How soon `bin/run kill --all` has canceled what is open: 100 accounts, each with its orders resting at the venue.

A supervisor in a process of its own, on the paper venue with latency `fast`, and nothing ever fills. The time is the
client's: from its request over the control socket to the line that says that every cancel is confirmed and every
account has stopped.
"""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

import msgspec
import typer

from bin.bench_accounts import write_settings
from bin.bench_machine import Machine, describe
from bin.bench_supervisor import STOPPED_WITHIN_S, NotMeasured, Supervised, supervisor
from bin.control_client import ask
from bin.control_wire import Asked, End, Happened
from bin.exit_codes import ExitCode
from bin.paths import DEFAULT_DATA_DIR
from events.journal import SqliteJournal, StorageFailed
from events.orders import LegClosed, OtoAccepted

ACCOUNTS, QUICK_ACCOUNTS = 100, 10
REPEATS, QUICK_REPEATS = 5, 1

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """From the command to the confirmation, and to the end of the process; in ms."""

    machine: Machine
    accounts: int
    repeats: int
    median_ms: float
    slowest_ms: float
    ended_median_ms: float
    ended_slowest_ms: float


class _Taken(NamedTuple):
    """Seconds."""

    killed: float
    ended: float


@app.command()
def kill(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer accounts, once.")] = False,
    accounts: Annotated[int | None, typer.Option(metavar="N", min=1, help="So many accounts.")] = None,
    data_dir: Annotated[Path, typer.Option(help="Where the runs write.")] = DEFAULT_DATA_DIR,
) -> None:
    """From bin/run kill --all to its confirmation, with orders of 100 accounts resting at the venue."""
    data_dir.mkdir(parents=True, exist_ok=True)
    number = accounts or (QUICK_ACCOUNTS if quick else ACCOUNTS)
    taken = [_once(data_dir, number) for _ in range(QUICK_REPEATS if quick else REPEATS)]
    killed, ended = sorted(one.killed for one in taken), sorted(one.ended for one in taken)
    results = Results(
        machine=describe(data_dir),
        accounts=number,
        repeats=len(taken),
        median_ms=round(median(killed) * 1000, 1),
        slowest_ms=round(killed[-1] * 1000, 1),
        ended_median_ms=round(median(ended) * 1000, 1),
        ended_slowest_ms=round(ended[-1] * 1000, 1),
    )
    typer.echo(msgspec.json.encode(results) if as_json else _told(results))


def _told(results: Results) -> str:
    return (
        f"{results.machine}\n{results.accounts} accounts with resting orders, {results.repeats} kills:"
        f" all canceled and stopped after {results.median_ms} ms (slowest {results.slowest_ms} ms),"
        f" the process ended after {results.ended_median_ms} ms (slowest {results.ended_slowest_ms} ms)"
    )


def _once(directory: Path, accounts: int) -> _Taken:
    with TemporaryDirectory(dir=directory) as scratch:
        settings = write_settings(Path(scratch), accounts, "1")
        settings.write_text(settings.read_text() + "  latency: fast\n  never_fill_probability: 1\n")
        with supervisor(Path(scratch), settings) as run:
            run.wait_until(lambda: _resting(run) >= accounts)
            began = time.perf_counter()
            _kill(run)
            killed = time.perf_counter() - began
            run.process.wait(STOPPED_WITHIN_S)
            taken = _Taken(killed, time.perf_counter() - began)
            _check(run, accounts)
            return taken


def _resting(run: Supervised) -> int:
    try:
        with SqliteJournal(run.data_dir / "events.sqlite", read_only=True) as journal:
            return sum(isinstance(one.event, OtoAccepted) for one in journal.read())
    except StorageFailed:
        return 0  # it has not begun


def _kill(run: Supervised) -> None:
    replies = [reply for _, reply in ask(run.data_dir, Asked(command="kill"))]
    if not isinstance(replies[-1], End) or replies[-1].exit_code != ExitCode.OK:
        raise NotMeasured(f"the kill came to {replies[-1]}")
    if not all(isinstance(one, Happened) for one in replies[:-1]):
        raise NotMeasured("the kill was answered with something else")


def _check(run: Supervised, accounts: int) -> None:
    """What was timed must have been done: one buy of each account canceled."""
    with SqliteJournal(run.data_dir / "events.sqlite", read_only=True) as journal:
        ends = [one.event.executed.order_status for one in journal.read() if isinstance(one.event, LegClosed)]
    if ends.count("CANCELED") != accounts:
        raise NotMeasured(f"{ends.count('CANCELED')} of {accounts} buys were canceled")
