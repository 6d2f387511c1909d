"""How fast the journal is, beside the stock library and raw SQLite, with the same durability on the same disk.

All of them record an execution report, one per append, and return when it is on the disk (WAL, synchronous=FULL): ours
through JournalActor, once with the seals of its commits and once without; the library with an Application that saves an
aggregate's new event; raw SQLite with an INSERT of the same JSON, each its own commit, on one connection that threads
take in turn. Runs are interleaved, so that a slow minute of the disk hits all alike, and each figure is the median over
the repeats. Each run warms up first: until its first checkpoint SQLite writes to a file that grows, which makes every
sync slower than it is later.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Barrier, Event, Thread
from time import perf_counter
from typing import Annotated

import msgspec
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bin.bench_machine import Machine, describe
from bin.bench_stores import STORES, Store, Writer
from bin.paths import DEFAULT_DATA_DIR

WRITERS = (1, 8, 32, 128)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One store at one number of writers. Latencies in ms."""

    store: str
    writers: int
    events_per_s: float
    p50_ms: float
    p99_ms: float


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """Ours against the stock library: throughput ours / stock (more is better), p99 stock / ours (more is better)."""

    writers: int
    throughput: float
    p99: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that one call of the benchmark found."""

    machine: Machine
    seconds: float
    repeats: int
    measured: tuple[Measured, ...]
    ratios: tuple[Ratio, ...]


class _Run(msgspec.Struct, frozen=True):
    """One store, one number of writers, once: how long it took, and each append's time, in s, in order."""

    seconds: float
    latencies: list[float]


@app.command()
def journal(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The disk to measure on.")] = DEFAULT_DATA_DIR,
) -> None:
    """Durable appends per second and their latencies, beside the stock library and raw SQLite."""
    data_dir.mkdir(parents=True, exist_ok=True)
    results = measure(data_dir, seconds=0.3 if quick else 2.0, repeats=1 if quick else 3)
    if as_json:
        typer.echo(msgspec.json.encode(results))
    else:
        show(results)


def measure(directory: Path, *, seconds: float, repeats: int) -> Results:
    """Every store at every number of writers, `repeats` times by turns."""
    runs: dict[tuple[str, int], list[_Run]] = {(name, writers): [] for writers in WRITERS for name in STORES}
    machine = describe(directory)
    for _ in range(repeats):
        for (name, writers), done in runs.items():
            done.append(run_once(STORES[name], writers, seconds, directory))
    measured = {key: _summary(*key, done) for key, done in runs.items()}
    return Results(
        machine=machine,
        seconds=seconds,
        repeats=repeats,
        measured=tuple(measured.values()),
        ratios=tuple(_ratio(measured["ours", writers], measured["stock", writers]) for writers in WRITERS),
    )


def run_once(store: Store, writers: int, seconds: float, directory: Path) -> _Run:
    """Let `writers` threads append as fast as they can for `seconds`, after as long without measuring."""
    stop, measuring, start = Event(), Event(), Barrier(writers + 1)
    latencies: list[list[float]] = [[] for _ in range(writers)]

    def work(write: Writer, taken: list[float]) -> None:
        start.wait()
        while not stop.is_set():
            counts = measuring.is_set()
            began = perf_counter()
            write()
            if counts:
                taken.append(perf_counter() - began)

    with TemporaryDirectory(dir=directory) as scratch, store(Path(scratch) / "bench.sqlite") as writer:
        threads = [Thread(target=work, args=(writer(n), taken)) for n, taken in enumerate(latencies)]
        for thread in threads:
            thread.start()
        start.wait()
        stop.wait(seconds)
        measuring.set()
        began = perf_counter()
        stop.wait(seconds)
        stop.set()
        for thread in threads:
            thread.join()
        return _Run(perf_counter() - began, sorted(one for taken in latencies for one in taken))


def _summary(store: str, writers: int, runs: Sequence[_Run]) -> Measured:
    return Measured(
        store=store,
        writers=writers,
        events_per_s=round(median(len(run.latencies) / run.seconds for run in runs)),
        p50_ms=round(median(_percentile_ms(run, 50) for run in runs), 3),
        p99_ms=round(median(_percentile_ms(run, 99) for run in runs), 3),
    )


def _percentile_ms(run: _Run, percent: int) -> float:
    return run.latencies[len(run.latencies) * percent // 100] * 1000


def _ratio(ours: Measured, stock: Measured) -> Ratio:
    return Ratio(
        writers=ours.writers,
        throughput=round(ours.events_per_s / stock.events_per_s, 2),
        p99=round(stock.p99_ms / ours.p99_ms, 2),
    )


def show(results: Results) -> None:
    """Print the results as Markdown, so that they can be pasted where they are kept."""
    console = Console(width=110, highlight=False)
    console.print(str(results.machine), soft_wrap=True)
    console.print(f"{results.repeats} runs of {results.seconds} s each; medians.")
    table = Table("writers", "store", "events/s", "p50 ms", "p99 ms", box=MARKDOWN)
    for one in sorted(results.measured, key=lambda one: one.writers):
        table.add_row(str(one.writers), one.store, f"{one.events_per_s:,.0f}", f"{one.p50_ms:.2f}", f"{one.p99_ms:.2f}")
    console.print(table)
    for ratio in results.ratios:
        console.print(
            f"{ratio.writers} writers: {ratio.throughput:.1f} x the stock library's events/s, "
            f"its p99 is {ratio.p99:.1f} x ours"
        )
