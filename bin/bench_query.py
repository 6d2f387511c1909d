"""How long answers take: `bin/run query` as a process of its own, from its start to its end, on current views.

So the interpreter's start and all imports are in it, as they are for whoever waits.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bin.bench_log import FIRST_DAY_MS, write_log
from bin.bench_machine import Machine, describe
from bin.paths import DEFAULT_DATA_DIR, ROOT
from bin.rebuild_command import rebuild_views
from events.journal import SqliteJournal
from projections.figures import utc
from projections.views import VIEWS

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000,)
REPEATS, QUICK_REPEATS = 7, 3
DAY = utc(FIRST_DAY_MS)[:10]
QUESTIONS = (
    ("progress",),
    ("trades", "--user", "7", "--format", "json"),
    ("trades", "--sort", "-wear", "--limit", "20"),
    ("orders", "--user", "3", "--limit", "100", "--format", "json"),
    ("fills", "--since", DAY, "--limit", "1000", "--format", "csv"),
    ("wear", "--user", "4"),
    ("volume", "--user", "5"),
    ("problems", "--limit", "50"),
    ("health",),
    ("statement", "--user", "2", "--day", DAY),
    ("sql", "SELECT day, exact_sum(wear) FROM wear GROUP BY day"),
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One question on a log of so many events."""

    question: str
    events: int
    median_ms: float
    slowest_ms: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that one call of the benchmark found."""

    machine: Machine
    repeats: int
    answered: tuple[Answered, ...]


class NotAnswered(Exception):
    """A command failed; the message is what it said."""


@app.command()
def query(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The disk to measure on.")] = DEFAULT_DATA_DIR,
) -> None:
    """How long a person waits for answers, at several sizes of the log."""
    data_dir.mkdir(parents=True, exist_ok=True)
    sizes, repeats = (QUICK_SIZES, QUICK_REPEATS) if quick else (SIZES, REPEATS)
    answered = tuple(one for size in sizes for one in _answered(data_dir, size, repeats))
    results = Results(machine=describe(data_dir), repeats=repeats, answered=answered)
    typer.echo(msgspec.json.encode(results)) if as_json else show(results)


def _answered(directory: Path, events: int, repeats: int) -> list[Answered]:
    with TemporaryDirectory(dir=directory) as scratch:
        log = Path(scratch) / "events.sqlite"
        write_log(log, events)
        with SqliteJournal(log, read_only=True) as journal:
            rebuild_views(journal, Path(scratch), VIEWS)
        return [_one(question, events, scratch, repeats) for question in QUESTIONS]


def _one(question: Sequence[str], events: int, data_dir: str, repeats: int) -> Answered:
    taken = sorted(_timed(question, data_dir) for _ in range(repeats))
    slowest, middle = round(taken[-1] * 1000, 1), round(median(taken) * 1000, 1)
    return Answered(question=" ".join(question), events=events, median_ms=middle, slowest_ms=slowest)


def _timed(question: Sequence[str], data_dir: str) -> float:
    command = [sys.executable, "-m", "bin", "query", *question, "--data-dir", data_dir]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # noqa: S603 - our own program
    took = time.perf_counter() - began
    if done.returncode:
        raise NotAnswered(done.stderr.decode())
    return took


def show(results: Results) -> None:
    """Print the results as Markdown, so that they can be pasted where they are kept."""
    console = Console(width=130, highlight=False)
    console.print(str(results.machine), soft_wrap=True)
    console.print(f"Median of {results.repeats} processes, in ms.")
    sizes = sorted({one.events for one in results.answered})
    table = Table("question", *(f"{size:,} events" for size in sizes), box=MARKDOWN)
    for question in QUESTIONS:
        words = " ".join(question)
        found = [one for one in results.answered if one.question == words]
        table.add_row(words, *(f"{one.median_ms:.0f}" for one in found))
    console.print(table)
