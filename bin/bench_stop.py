"""How soon the operator's stop takes effect when an account is far behind: 10,000 messages wait in its mailbox."""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event as Flag
from typing import Annotated

import msgspec
import typer

from actors.address import Address, DeadLetters
from actors.base import Seat
from actors.clock import SystemClock, TimerThread
from actors.journal import JournalClient
from actors.mailbox import CAPACITY
from actors.messages.orders import CancelDone
from actors.messages.strategies import StopTrading
from actors.system import start_journal
from actors.user import Routes, UserActor
from bin.bench_machine import Machine, describe
from bin.paths import DEFAULT_DATA_DIR
from events.accounts import StopRequested
from events.base import Recorded
from events.journal import SqliteJournal
from exchange.quiet import Quiet

REPEATS, QUICK_REPEATS = 20, 5

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """From the stop's telling to its record in the log, with so many messages queued before it."""

    machine: Machine
    queued: int
    repeats: int
    median_ms: float
    slowest_ms: float


@app.command()
def stop(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The disk to measure on.")] = DEFAULT_DATA_DIR,
) -> None:
    """From the operator's stop to its effect, with 10,000 messages queued before it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    taken = sorted(_once(data_dir) for _ in range(QUICK_REPEATS if quick else REPEATS))
    results = Results(
        machine=describe(data_dir),
        queued=CAPACITY,
        repeats=len(taken),
        median_ms=round(median(taken) * 1000, 2),
        slowest_ms=round(taken[-1] * 1000, 2),
    )
    typer.echo(msgspec.json.encode(results) if as_json else _told(results))


def _told(results: Results) -> str:
    return (
        f"{results.machine}\n{results.queued:,} messages queued, {results.repeats} stops:"
        f" median {results.median_ms} ms, slowest {results.slowest_ms} ms"
    )


def _once(directory: Path) -> float:
    """Seconds."""
    with TemporaryDirectory(dir=directory) as scratch, SqliteJournal(Path(scratch) / "events.sqlite") as journal:
        stopped = Flag()

        def notice(recorded: tuple[Recorded, ...]) -> None:
            if any(isinstance(one.event, StopRequested) for one in recorded):
                stopped.set()

        journal.subscribe(notice)
        return _timed(journal, stopped)


def _timed(journal: SqliteJournal, stopped: Flag) -> float:
    dead_letters = DeadLetters()
    nobody = Address("nobody", dead_letters)
    address, timer = Address("user-1", dead_letters), TimerThread(SystemClock())
    ref = start_journal(journal, nobody)
    seat = Seat(address, 1, SystemClock(), timer, nobody, dead_letters)
    client = JournalClient(ref, journal)
    routes = Routes(nobody, nobody, nobody, nobody, nobody)
    actor = UserActor.start(seat, 1, client, routes, Quiet(seat.clock.now_ms))
    for number in range(CAPACITY):
        actor.tell(CancelDone(trade_id=str(number), venue_order_id="1", outcome="accepted"))
    began = time.perf_counter()
    actor.tell(StopTrading())
    stopped.wait()
    took = time.perf_counter() - began
    actor.stop()
    ref.stop()
    return took
