"""Run many seeds over all cores: `bin/test --simulate 500 --seed 1`; one, step by step: `--simulate 1 --seed 98 -v`.

A whole day of steady trading: `bin/test --simulate 1 --hours 24`.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from multiprocessing import get_context
from os import cpu_count

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulation.run import Result, simulate

DESCRIPTION = """Simulate days of trading in virtual time, with faults, crashes and restarts drawn from seeds, and check
at every moment that no promise is broken. Exit codes: 0 none was, 1 a seed found one, 2 the arguments are wrong."""
PLAIN_EVERY = 50
LONGEST_HOURS = 24


def main(args: Sequence[str]) -> int:
    """The exit code."""
    options = _parser().parse_args(args)
    seeds = range(options.seed, options.seed + options.simulate)
    began = time.perf_counter()
    if options.verbose:
        results = [simulate(seed, print, hours=options.hours) for seed in seeds]
    else:
        results = list(_followed(simulate_all(seeds, options.jobs, options.hours), len(seeds)))
    sys.stdout.write(summary(results, time.perf_counter() - began))
    return 1 if any(one.offence for one in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bin/test", description=DESCRIPTION)
    parser.add_argument("--simulate", type=_count, required=True, metavar="N", help="how many seeds")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the first of them (default 1)")
    parser.add_argument("--jobs", type=_count, default=cpu_count() or 1, metavar="J", help="processes at once")
    parser.add_argument(
        "--hours", type=_hours, metavar="H", help="each seed is H hours of steady trading (up to 24), nothing drawn"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="tell every step; one process")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _hours(text: str) -> int:
    if _count(text) > LONGEST_HOURS:
        raise argparse.ArgumentTypeError(f"{text} hours are more than the {LONGEST_HOURS} of a UTC day")
    return int(text)


def simulate_all(seeds: Iterable[int], jobs: int, hours: int | None = None) -> Iterator[Result]:
    """Results as they come, in the order of the seeds. Each process is a fresh interpreter."""
    with get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(partial(simulate, hours=hours), seeds, chunksize=1 if hours else 5)


def _followed(results: Iterable[Result], count: int) -> Iterator[Result]:
    """Shows how far it is: a bar on a terminal, a line now and then elsewhere; each failure as soon as it is found."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=not sys.stdout.isatty()) as progress:
        task = progress.add_task("seeds", total=count)
        for number, result in enumerate(results, 1):
            progress.advance(task)
            if not sys.stdout.isatty() and number % PLAIN_EVERY == 0:
                progress.console.print(f"{number} of {count} seeds")
            if result.offence:
                progress.console.print(failure(result), markup=False, highlight=False, soft_wrap=True)
            yield result


def failure(result: Result) -> str:
    """What was broken, the last steps before it, and how to see it again with every step."""
    steps = "\n".join(f"    {step}" for step in result.steps)
    again = f"bin/test --simulate 1 --seed {result.seed} -v"
    return f"seed {result.seed}: {result.offence}\n  last steps:\n{steps}\n  again: {again}"


def summary(results: Sequence[Result], took_s: float) -> str:
    """How much was simulated, how fast, what went wrong on purpose, and what it came to."""
    virtual_s = sum(one.virtual_ms for one in results) / 1000
    real_s = sum(one.real_s for one in results)
    drawn, statuses = Counter[str](), Counter[str]()
    for one in results:
        drawn.update(one.drawn)
        statuses.update(one.statuses)
    failed = [one.seed for one in results if one.offence]
    return (
        f"{len(results)} seeds, {virtual_s / 3600:.1f} simulated hours in {took_s:.1f} s:"
        f" {virtual_s / real_s:,.0f} times real time on each core\n"
        f"{sum(one.trades for one in results)} trades, {sum(one.events for one in results)} events,"
        f" {sum(one.lives - 1 for one in results)} restarts\n"
        f"went wrong on purpose: {_counts(drawn)}\n"
        f"strategies ended: {_counts(statuses)}\n"
        + (f"FAILED: {len(failed)} seeds: {failed}\n" if failed else "every promise was kept\n")
    )


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
