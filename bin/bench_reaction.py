"""How long from a fill to the next request, beside what one would write without a log, or with a simple one.

The time runs from when the venue handed the sell's FILLED frame to the kernel to when the first bytes of the
account's next request, the price query of its next trade, arrived there. Between the two, ours reads and decodes the
frame, appends twice (three events each, durable before anything goes on), and sends. HTTP and WebSocket over loopback,
the journal in an SQLite file (WAL, synchronous=FULL); the venue (`bin.bench_venue`) and each trader
(`bin.bench_trader`) are processes of their own. Runs take turns, and each figure is the median over the repeats.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, Annotated, NamedTuple

import msgspec
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bin.bench_machine import Machine, describe
from bin.bench_trader import TRADERS, Task
from bin.bench_venue import Terms
from bin.paths import DEFAULT_DATA_DIR, ROOT
from exchange.alpha.session import Hosts

LOADS = (
    Terms(accounts=1, seconds=10, fastest_s=0.01, slowest_s=0.03),
    Terms(accounts=50, seconds=15, fastest_s=0.5, slowest_s=1.5),
)
"""One account as fast as it goes; 50 that finish about 50 trades a second, far more than the real venue would fill."""

QUICK_SECONDS = 3.0
GRACE_S = 30.0
LONGEST_ERROR = 2_000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One trader with one number of accounts. `reactions` is how many were timed in a run."""

    trader: str
    accounts: int
    reactions: int
    p50_ms: float
    p99_ms: float


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """Ours divided by another trader of the same runs; less is better."""

    accounts: int
    trader: str
    p50: float
    p99: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that one call of the benchmark found."""

    machine: Machine
    repeats: int
    measured: tuple[Measured, ...]
    ratios: tuple[Ratio, ...]


class NotMeasured(Exception):
    """A trader did not come to the end; the message holds what it said about that."""


class _Run(NamedTuple):
    reactions: int
    p50_ms: float
    p99_ms: float


@app.command()
def reaction(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The disk to measure on.")] = DEFAULT_DATA_DIR,
) -> None:
    """From a fill's arrival to the next request, beside a bare loop and one that commits each event."""
    data_dir.mkdir(parents=True, exist_ok=True)
    results = measure(data_dir, seconds=QUICK_SECONDS if quick else None, repeats=1 if quick else 3)
    if as_json:
        typer.echo(msgspec.json.encode(results))
    else:
        show(results)


def measure(directory: Path, *, seconds: float | None, repeats: int) -> Results:
    """Every trader under every load, `repeats` times by turns. `seconds` replaces those of the loads."""
    loads = [load if seconds is None else msgspec.structs.replace(load, seconds=seconds) for load in LOADS]
    runs: dict[tuple[Terms, str], list[_Run]] = {(load, trader): [] for load in loads for trader in TRADERS}
    machine = describe(directory)
    for _ in range(repeats):
        for (load, trader), done in runs.items():
            done.append(summary(run_once(load, trader, directory)))
    measured = tuple(_medians(load.accounts, trader, done) for (load, trader), done in runs.items())
    return Results(machine=machine, repeats=repeats, measured=measured, ratios=tuple(ratios(measured)))


def run_once(load: Terms, trader: str, directory: Path) -> Sequence[float]:
    """Every reaction in ms. Raises NotMeasured."""
    with TemporaryDirectory(dir=directory) as scratch, _python("bin.bench_venue", load) as venue:
        hosts = msgspec.json.decode(_stdout(venue).readline(), type=Hosts)
        task = Task(trader=trader, accounts=load.accounts, hosts=hosts, directory=scratch)
        said = Path(scratch) / "stderr"
        with said.open("wb") as stderr, _python("bin.bench_trader", task, stderr):
            try:
                line, _ = venue.communicate(timeout=load.seconds + GRACE_S)
            except subprocess.TimeoutExpired:
                raise NotMeasured(f"{trader} stopped trading: {said.read_text()[-LONGEST_ERROR:]}") from None
        return msgspec.json.decode(line, type=list[float])


@contextmanager
def _python(module: str, argument: object, stderr: IO[bytes] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of ours with its argument as JSON, killed at the end: nothing that it holds is needed then."""
    command = [sys.executable, "-m", module, msgspec.json.encode(argument).decode()]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr)  # noqa: S603 - our own program
    with process:
        try:
            yield process
        finally:
            process.kill()


def _stdout(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    return process.stdout


def summary(reactions: Sequence[float]) -> _Run:
    """Count, median and 99th percentile of one run."""
    ordered = sorted(reactions)
    return _Run(len(ordered), ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100])


def _medians(accounts: int, trader: str, runs: Sequence[_Run]) -> Measured:
    return Measured(
        trader=trader,
        accounts=accounts,
        reactions=round(median(run.reactions for run in runs)),
        p50_ms=round(median(run.p50_ms for run in runs), 2),
        p99_ms=round(median(run.p99_ms for run in runs), 2),
    )


def ratios(measured: Sequence[Measured]) -> Iterator[Ratio]:
    """Ours against each of the others with as many accounts."""
    ours: Mapping[int, Measured] = {one.accounts: one for one in measured if one.trader == "ours"}
    for other in measured:
        if other.trader != "ours":
            mine = ours[other.accounts]
            p50, p99 = round(mine.p50_ms / other.p50_ms, 2), round(mine.p99_ms / other.p99_ms, 2)
            yield Ratio(accounts=other.accounts, trader=other.trader, p50=p50, p99=p99)


def show(results: Results) -> None:
    """Print the results as Markdown, so that they can be pasted where they are kept."""
    console = Console(width=110, highlight=False)
    console.print(str(results.machine), soft_wrap=True)
    console.print(f"Median of {results.repeats} interleaved runs.")
    table = Table("accounts", "trader", "reactions", "p50 ms", "p99 ms", box=MARKDOWN)
    for one in results.measured:
        figures = f"{one.p50_ms:.2f}", f"{one.p99_ms:.2f}"
        table.add_row(str(one.accounts), one.trader, f"{one.reactions:,}", *figures)
    console.print(table)
    for ratio in results.ratios:
        console.print(f"{ratio.accounts} accounts, ours / {ratio.trader}: p50 {ratio.p50:.2f}, p99 {ratio.p99:.2f}")
