"""How long a start takes to know what every actor knew, and what memory that takes, as the log grows: from the log
alone, and from the newest snapshots. Each measurement is a process of its own.
"""

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from actors import order_tracker, user, volume_oracle, websocket
from actors.address import Address, DeadLetters
from actors.base import Ledger
from actors.journal import JournalClient
from actors.system import start_journal
from bin.bench_log import write_log
from bin.bench_machine import Machine, describe
from bin.paths import DEFAULT_DATA_DIR
from events.journal import SqliteJournal
from projections.snapshots import Snapshots
from projections.states.connection import ConnectionSettings

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000,)
ACCOUNTS = 50

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """All actors of 50 accounts, recovered one after the other; `megabytes` is the most that the process took."""

    events: int
    source: str
    milliseconds: float
    megabytes: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that one call of the benchmark found."""

    machine: Machine
    recoveries: tuple[Recovery, ...]


@app.command()
def recovery(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The disk to measure on.")] = DEFAULT_DATA_DIR,
) -> None:
    """How long the actors of 50 accounts take to recover, from the log and from snapshots."""
    data_dir.mkdir(parents=True, exist_ok=True)
    found = tuple(one for size in (QUICK_SIZES if quick else SIZES) for one in _measured(data_dir, size))
    results = Results(machine=describe(data_dir), recoveries=found)
    typer.echo(msgspec.json.encode(results)) if as_json else show(results)


def _measured(directory: Path, events: int) -> list[Recovery]:
    with TemporaryDirectory(dir=directory) as scratch:
        write_log(Path(scratch) / "events.sqlite", events, ACCOUNTS)
        taken = [(source, *_alone(Path(scratch), source)) for source in ("log", "snapshots")]
    return [
        Recovery(events=events, source=source, milliseconds=round(took * 1000, 1), megabytes=round(most / 1024, 1))
        for source, took, most in taken
    ]


def _alone(directory: Path, source: str) -> tuple[float, int]:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(recover_all, directory, snapshots=source == "snapshots").result()


def recover_all(directory: Path, *, snapshots: bool) -> tuple[float, int]:
    """Seconds, and the most memory in kB. Without snapshots they are written down for the next time."""
    kept = Snapshots(directory / "views.sqlite")
    with SqliteJournal(directory / "events.sqlite") as journal:
        ref = start_journal(journal, Address("supervisor", DeadLetters()))
        client = JournalClient(ref, journal, snapshots=kept if snapshots else None)
        began = time.perf_counter()
        ledgers = [ledger for account in range(1, ACCOUNTS + 1) for ledger in _ledgers(account, client)]
        for ledger in ledgers:
            ledger.recover()
        took, most = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if not snapshots:
            _keep(ledgers, client, kept)
        ref.stop()
    return took, most


def _ledgers(account: int, client: JournalClient) -> list[Ledger[Any]]:
    deciders: dict[str, Any] = {
        "user": user.pure(account),
        "orders": order_tracker.pure(account),
        "volume": volume_oracle.pure(account),
        "connection": websocket.pure(account, ConnectionSettings()),
    }
    return [Ledger(f"{kind}-{account}", decider, client) for kind, decider in deciders.items()]


def _keep(ledgers: list[Ledger[Any]], client: JournalClient, kept: Snapshots) -> None:
    client.snapshots = kept
    kept.start()
    for ledger in ledgers:
        ledger.offer_snapshot()
    kept.stop()


def show(results: Results) -> None:
    """Print the results as Markdown, so that they can be pasted where they are kept."""
    console = Console(width=130, highlight=False)
    console.print(str(results.machine), soft_wrap=True)
    table = Table("events", "recovered from", "ms", "MB", box=MARKDOWN)
    for one in results.recoveries:
        table.add_row(f"{one.events:,}", one.source, f"{one.milliseconds:,.1f}", f"{one.megabytes:.1f}")
    console.print(table)
