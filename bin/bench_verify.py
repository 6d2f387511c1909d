"""How fast a log is checked against its seals, and how long the look at its newest commits takes at a start.

The log's commits are as small as a run's with few accounts: the more commits, the more there is to do. The log has just
been written, so the system has it in memory.
"""

import resource
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bin.bench_log import write_log
from bin.bench_machine import Machine, describe
from bin.paths import DEFAULT_DATA_DIR
from events.seals import NOTHING, SEALS_TABLE, Row, seal_of
from events.tail import tail_fault
from events.verifying import SELECT_EVENTS, verify

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000, 100_000)
TOGETHER = 2
"""Events of a commit."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """All of a log, and its newest commits; `megabytes` is the most that the process took."""

    events: int
    commits: int
    seconds: float
    events_per_s: int
    megabytes: float
    tail_ms: float
    seals_bytes_per_event: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that one call of the benchmark found."""

    machine: Machine
    repeats: int
    checked: tuple[Checked, ...]


@app.command(name="verify")
def bench_verify(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The disk to measure on.")] = DEFAULT_DATA_DIR,
) -> None:
    """Checks of logs of several sizes against their seals."""
    data_dir.mkdir(parents=True, exist_ok=True)
    sizes, repeats = (QUICK_SIZES, 1) if quick else (SIZES, 5)
    results = Results(
        machine=describe(data_dir),
        repeats=repeats,
        checked=tuple(_checked(data_dir, size, repeats) for size in sizes),
    )
    typer.echo(msgspec.json.encode(results)) if as_json else show(results)


def _checked(directory: Path, events: int, repeats: int) -> Checked:
    with TemporaryDirectory(dir=directory) as scratch:
        log = Path(scratch) / "events.sqlite"
        write_log(log, events)
        before = log.stat().st_size
        commits = seal_in_small_commits(log)
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            seconds, tail, most = pool.submit(_timed, log, repeats).result()
        return Checked(
            events=events,
            commits=commits,
            seconds=round(seconds, 3),
            events_per_s=round(events / seconds),
            megabytes=round(most / 1024, 1),
            tail_ms=round(tail * 1000, 2),
            seals_bytes_per_event=round((log.stat().st_size - before) / events, 1),
        )


def _timed(log: Path, repeats: int) -> tuple[float, float, int]:
    """Median seconds of a check and of a look at the newest commits, and the most memory in kB."""
    full, tail = [], []
    for _ in range(repeats):
        began = time.perf_counter()
        verify(log)
        full.append(time.perf_counter() - began)
        began = time.perf_counter()
        tail_fault(log)
        tail.append(time.perf_counter() - began)
    return median(full), median(tail), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def seal_in_small_commits(log: Path) -> int:
    """Seal the log anew, as if so few events had been committed together; how many commits that makes."""
    with closing(sqlite3.connect(log)) as source, closing(sqlite3.connect(log)) as db:
        db.execute(SEALS_TABLE.replace("seals", "anew"))
        commits = db.executemany("INSERT INTO anew (first, last, seal) VALUES (?,?,?)", _seals(source)).rowcount
        db.execute("DROP TABLE seals")
        db.execute("ALTER TABLE anew RENAME TO seals")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return commits


def _seals(db: sqlite3.Connection) -> Iterator[tuple[int, int, bytes]]:
    rows: Iterator[Row] = db.execute(SELECT_EVENTS)
    seal = NOTHING
    while commit := list(islice(rows, TOGETHER)):
        first, last = commit[0][0], commit[-1][0]
        seal = seal_of(seal, first, last, commit)
        yield first, last, seal


def show(results: Results) -> None:
    """Print the results as Markdown, so that they can be pasted where they are kept."""
    console = Console(width=130, highlight=False)
    console.print(str(results.machine), soft_wrap=True)
    console.print(f"Medians of {results.repeats}.")
    table = Table(
        "events", "commits", "seconds", "events/s", "MB", "newest commits, ms", "seals, bytes/event", box=MARKDOWN
    )
    for one in results.checked:
        table.add_row(
            f"{one.events:,}",
            f"{one.commits:,}",
            f"{one.seconds:.2f}",
            f"{one.events_per_s:,}",
            f"{one.megabytes:.0f}",
            f"{one.tail_ms:.1f}",
            f"{one.seals_bytes_per_event:.1f}",
        )
    console.print(table)
