"""What the supervisor takes: resident memory while it trades and in a long pause, and its processor time there.

`bin/run supervisor --plain` with its output in a file, on the paper venue. Only the supervisor's own process counts:
VmRSS of /proc/PID/status, in MB of 10^6 bytes, the larger of what was seen while all accounts traded; and the same when
each has finished a trade and waits for ten minutes. Needs Linux.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bin.bench_accounts import SHORTEST_INTERVAL, write_settings
from bin.bench_machine import Machine, describe
from bin.bench_supervisor import SAMPLE_S, NotMeasured, supervisor
from bin.paths import DEFAULT_DATA_DIR

ACCOUNTS, QUICK_ACCOUNTS = (1, 10, 50), (1, 10)
LONG_PAUSE = "600"
SETTLING_S = 2.0
_TRADE_DONE = b": trade done,"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds."""

    trading: float = 10.0
    pause: float = 20.0


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """With so many accounts. `idle_cpu_percent` is of one core."""

    accounts: int
    trading_mb: float
    idle_mb: float
    idle_cpu_percent: float
    threads: int


class PerAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What each account after the first adds, between the smallest and the largest number measured."""

    trading_mb: float
    idle_mb: float
    threads: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that one call of the benchmark found."""

    machine: Machine
    durations: Durations
    repeats: int
    measured: tuple[Measured, ...]
    per_account: PerAccount


class _Pause(NamedTuple):
    mb: float
    cpu_percent: float
    threads: int


@app.command()
def memory(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="Where the runs write.")] = DEFAULT_DATA_DIR,
) -> None:
    """What the supervisor takes, trading and in a pause, and what each further account adds."""
    data_dir.mkdir(parents=True, exist_ok=True)
    if quick:
        results = measure(data_dir, QUICK_ACCOUNTS, Durations(trading=3, pause=5), repeats=1)
    else:
        results = measure(data_dir, ACCOUNTS, Durations(), repeats=3)
    if as_json:
        typer.echo(msgspec.json.encode(results))
    else:
        show(results)


def measure(directory: Path, accounts: Sequence[int], durations: Durations, *, repeats: int) -> Results:
    """Every number of accounts, `repeats` times by turns. Raises NotMeasured."""
    trading: dict[int, list[float]] = {number: [] for number in accounts}
    pauses: dict[int, list[_Pause]] = {number: [] for number in accounts}
    for _ in range(repeats):
        for number in accounts:
            trading[number].append(_trading_mb(directory, number, durations.trading))
            pauses[number].append(_pause(directory, number, durations.pause))
    measured = tuple(_medians(number, trading[number], pauses[number]) for number in accounts)
    return Results(
        machine=describe(directory),
        durations=durations,
        repeats=repeats,
        measured=measured,
        per_account=per_account(measured[0], measured[-1]),
    )


def _trading_mb(directory: Path, accounts: int, seconds: float) -> float:
    with _supervisor(directory, accounts, SHORTEST_INTERVAL) as pid:
        end = time.monotonic() + seconds
        highest = 0.0
        while time.monotonic() < end:
            highest = max(highest, resident_mb(_status(pid)))
            time.sleep(SAMPLE_S)
        return highest


def _pause(directory: Path, accounts: int, seconds: float) -> _Pause:
    with _supervisor(directory, accounts, LONG_PAUSE) as pid:
        time.sleep(SETTLING_S)
        used, began = _cpu_seconds(pid), time.monotonic()
        time.sleep(seconds)
        percent = (_cpu_seconds(pid) - used) / (time.monotonic() - began) * 100
        status = _status(pid)
        return _Pause(resident_mb(status), percent, int(_field(status, "Threads")))


@contextmanager
def _supervisor(directory: Path, accounts: int, interval: str) -> Iterator[int]:
    """The process id of a run in which every account has done a trade; it is stopped as an operator would."""
    with (
        TemporaryDirectory(dir=directory) as scratch,
        supervisor(Path(scratch), write_settings(Path(scratch), accounts, interval)) as run,
    ):
        run.wait_until(lambda: run.output.read_bytes().count(_TRADE_DONE) >= accounts)
        try:
            yield run.process.pid
        finally:
            run.stop()


def _status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def _field(status: str, name: str) -> str:
    for line in status.splitlines():
        if line.startswith(f"{name}:"):
            return line.split()[1]
    raise NotMeasured(f"the supervisor has no {name}: it has ended")


def resident_mb(status: str) -> float:
    """From the text of /proc/PID/status, whose kB are 1024 bytes (proc_pid_status(5))."""
    return int(_field(status, "VmRSS")) * 1024 / 1_000_000


def _cpu_seconds(pid: int) -> float:
    """Processor time of all its threads, by the clock that clock_getcpuclockid(3) would name."""
    return time.clock_gettime((~pid << 3) | 2)


def _medians(accounts: int, trading: Sequence[float], pauses: Sequence[_Pause]) -> Measured:
    return Measured(
        accounts=accounts,
        trading_mb=round(median(trading), 1),
        idle_mb=round(median(one.mb for one in pauses), 1),
        idle_cpu_percent=round(median(one.cpu_percent for one in pauses), 3),
        threads=round(median(one.threads for one in pauses)),
    )


def per_account(fewest: Measured, most: Measured) -> PerAccount:
    """The difference, for each account that makes it."""
    more = most.accounts - fewest.accounts
    return PerAccount(
        trading_mb=round((most.trading_mb - fewest.trading_mb) / more, 2),
        idle_mb=round((most.idle_mb - fewest.idle_mb) / more, 2),
        threads=round((most.threads - fewest.threads) / more, 1),
    )


def show(results: Results) -> None:
    """Print the results as Markdown, so that they can be pasted where they are kept."""
    console = Console(width=110, highlight=False)
    console.print(str(results.machine), soft_wrap=True)
    durations = f"{results.durations.trading:.0f} s of trading, {results.durations.pause:.0f} s of pause"
    console.print(f"Median of {results.repeats} runs: {durations}.")
    table = Table("accounts", "trading MB", "idle MB", "idle CPU %", "threads", box=MARKDOWN)
    for one in results.measured:
        memory_figures = f"{one.trading_mb:.1f}", f"{one.idle_mb:.1f}"
        table.add_row(str(one.accounts), *memory_figures, f"{one.idle_cpu_percent:.2f}", str(one.threads))
    console.print(table)
    more = results.per_account
    console.print(
        f"Each further account: {more.trading_mb:.2f} MB trading, {more.idle_mb:.2f} MB idle, "
        f"{more.threads:.1f} threads"
    )
