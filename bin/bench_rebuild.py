"""How fast views follow and are made: rebuilds of all of them, and how far a running log is ahead of them.

A rebuild is what `bin/run rebuild` does, from its start to the switch, without views before it. The lag is that of a
supervisor's runner: from an event's commit until the views with it are committed, while one thread appends.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bin.bench_log import fill_journal, write_log
from bin.bench_machine import Machine, describe
from bin.paths import DEFAULT_DATA_DIR
from bin.rebuild_command import rebuild_views
from events.base import NewEvent, Recorded
from events.journal import InMemoryJournal, SqliteJournal
from projections.runner import Runner
from projections.views import VIEWS

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000, 100_000)
LAG_RATE = 1_000
LAG_SECONDS, QUICK_LAG_SECONDS = 20, 3
TOGETHER = 2
"""Events of a commit in the lag's log: a report and what it means."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """All views from so many events; `views_mb` is what they take on the disk."""

    events: int
    seconds: float
    events_per_s: int
    log_mb: float
    views_mb: float


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """`events_per_s` is the rate that was reached; it was to be LAG_RATE."""

    events_per_s: int
    p50_ms: float
    p99_ms: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that one call of the benchmark found."""

    machine: Machine
    repeats: int
    rebuilt: tuple[Rebuilt, ...]
    lag: Lag


@app.command()
def rebuild(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The disk to measure on.")] = DEFAULT_DATA_DIR,
) -> None:
    """Rebuilds of all views at several sizes of the log, and the lag of views that follow."""
    data_dir.mkdir(parents=True, exist_ok=True)
    sizes, seconds, repeats = (QUICK_SIZES, QUICK_LAG_SECONDS, 1) if quick else (SIZES, LAG_SECONDS, 3)
    results = Results(
        machine=describe(data_dir),
        repeats=repeats,
        rebuilt=tuple(_rebuilt(data_dir, size, repeats) for size in sizes),
        lag=_lag(data_dir, seconds),
    )
    typer.echo(msgspec.json.encode(results)) if as_json else show(results)


def _rebuilt(directory: Path, events: int, repeats: int) -> Rebuilt:
    with TemporaryDirectory(dir=directory) as scratch:
        log, views = Path(scratch) / "events.sqlite", Path(scratch) / "views.sqlite"
        write_log(log, events)
        seconds = median(_rebuild_once(Path(scratch), log, views) for _ in range(repeats))
        return Rebuilt(
            events=events,
            seconds=round(seconds, 2),
            events_per_s=round(events / seconds),
            log_mb=round(log.stat().st_size / 1_000_000, 1),
            views_mb=round(views.stat().st_size / 1_000_000, 1),
        )


def _rebuild_once(data_dir: Path, log: Path, views: Path) -> float:
    for suffix in ("", "-wal", "-shm"):
        views.with_name(views.name + suffix).unlink(missing_ok=True)
    with SqliteJournal(log, read_only=True) as journal:
        began = time.perf_counter()
        rebuild_views(journal, data_dir, VIEWS)
        return time.perf_counter() - began


class _Seen(NamedTuple):
    position: int
    at: float


def _lag(directory: Path, seconds: int) -> Lag:
    source = InMemoryJournal()
    fill_journal(source, LAG_RATE * seconds)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory(dir=directory)))
        journal = stack.enter_context(SqliteJournal(scratch / "events.sqlite"))
        runner = stack.enter_context(closing(_Watched(journal, scratch / "views.sqlite")))
        runner.start()
        began = time.perf_counter()
        committed = list(_appended(journal, list(source.read())))
        took = time.perf_counter() - began
        runner.stop()
        lags = sorted(_lags(committed, runner.seen))
    p50, p99 = (round(lags[len(lags) * share // 100] * 1000, 2) for share in (50, 99))
    return Lag(events_per_s=round(len(committed) / took), p50_ms=p50, p99_ms=p99)


class _Watched(Runner):
    """Notes when its views were where."""

    def __init__(self, journal: SqliteJournal, path: Path) -> None:
        self.seen: list[_Seen] = []
        super().__init__(journal, path)

    def _follow(self) -> None:
        position = self.catch_up()
        self.seen.append(_Seen(position, time.perf_counter()))


def _appended(journal: SqliteJournal, events: Sequence[Recorded]) -> Iterator[float]:
    """Append at the rate, and yield for each event when it was committed."""
    versions: dict[str, int] = {}
    began = time.perf_counter()
    for start in range(0, len(events), TOGETHER):
        early = began + start / LAG_RATE - time.perf_counter()
        if early > 0:
            time.sleep(early)
        for one in events[start : start + TOGETHER]:
            before = versions.get(one.stream, 0)
            journal.append(one.stream, before, [NewEvent(event=one.event, meta=one.meta)])
            versions[one.stream] = before + 1
            yield time.perf_counter()


def _lags(committed: Sequence[float], seen: Sequence[_Seen]) -> Iterator[float]:
    """For each event, how long until the views had it."""
    looks = iter(seen)
    look = next(looks)
    for position, at in enumerate(committed, 1):
        while look.position < position:
            look = next(looks)
        yield look.at - at


def show(results: Results) -> None:
    """Print the results as Markdown, so that they can be pasted where they are kept."""
    console = Console(width=110, highlight=False)
    console.print(str(results.machine), soft_wrap=True)
    console.print(f"Median of {results.repeats} rebuilds.")
    table = Table("events", "seconds", "events/s", "log MB", "views MB", box=MARKDOWN)
    for one in results.rebuilt:
        sizes = f"{one.log_mb:,.1f}", f"{one.views_mb:,.1f}"
        table.add_row(f"{one.events:,}", f"{one.seconds:.2f}", f"{one.events_per_s:,}", *sizes)
    console.print(table)
    lag = results.lag
    console.print(f"Lag at {lag.events_per_s:,} events/s: p50 {lag.p50_ms:.1f} ms, p99 {lag.p99_ms:.1f} ms")
