"""Let each write of a short run fail in turn, and see that nothing is sent after it and that the next start recovers.

`python -m tests.campaigns.disk` goes through every write of a run, once with an error in place of the write and once
with an error although the write was done; `--until N` stops earlier.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich.progress import Progress

from tests.support.audit import offences
from tests.support.cli import ROOT, RUN, events, ledger

SETTINGS = """
global_settings: {default_trade_interval_seconds: 0.02, default_volume_check_delay_seconds: 0.1, settle_seconds: 1}
strategies:
  - {strategy_id: aop, target_token: AOP, target_volume: 20, user_ids: [1], single_trade_amount_usdt: 40}
venue: {latency: fast, level_notional_usdt: 25}
"""
STORAGE = 74
SAID = ("the event log failed", "cannot write")
HOWS = ("error", "error after")
MOST_WRITES = 1_000


def command(config: Path, data: Path) -> list[str]:
    return ["supervisor", "--config", str(config), "--data-dir", str(data), "--plain"]


def one_round(directory: Path, how: str, nth: int) -> tuple[bool, list[str]]:
    """Whether the run was long enough to have an Nth write, and what was wrong: nothing, if all promises hold."""
    data = directory / f"{how.replace(' ', '-')}-{nth}"
    config = directory / f"{data.name}.yaml"
    config.write_text(SETTINGS)
    faulty = [sys.executable, "-m", "tests.campaigns.faulty_supervisor", how, str(nth), *command(config, data)]
    failed = subprocess.run(faulty, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if failed.returncode == 0:
        return False, []
    found = [] if failed.returncode == STORAGE else [f"exit code {failed.returncode}: {failed.stderr[-300:]}"]
    found += [] if any(words in failed.stderr for words in SAID) else ["it does not say what failed"]
    found += _unmeant(data)
    again = subprocess.run([RUN, *command(config, data)], capture_output=True, text=True, timeout=120, check=False)
    found += [] if again.returncode == 0 else [f"the next start ends in {again.returncode}: {again.stderr[-300:]}"]
    return True, found + offences(data)


def _unmeant(data: Path) -> list[str]:
    """Placements that the venue has taken without an intent in the log."""
    if not (data / "paper-venue.sqlite").is_file():
        return []
    topics = [event["topic"] for event in events(data)]
    meant = sum(topic.startswith(("order.oto_requested", "order.unwind_requested")) for topic in topics)
    requests = ledger(data)["requests"].values()
    placed = sum(one.get("oto-order/place", 0) + one.get("order/place", 0) for one in requests)
    return [f"{placed} placements were sent, {meant} were meant"] if placed > meant else []


def rounds(directory: Path, how: str, until: int, jobs: int) -> Iterator[tuple[int, list[str]]]:
    """Each write in turn, until a run ends before it comes to it."""
    with ThreadPoolExecutor(jobs) as pool:
        for first in range(1, until + 1, jobs):
            numbers = range(first, min(first + jobs, until + 1))
            results = list(pool.map(partial(one_round, directory, how), numbers))
            yield from ((nth, found) for nth, (struck, found) in zip(numbers, results, strict=True) if struck)
            if not all(struck for struck, _ in results):
                return


def campaign(until: int, jobs: int) -> int:
    """Print each offence and the result; return how many rounds failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as directory, Progress(disable=not sys.stdout.isatty()) as progress:
        for how in HOWS:
            task, done = progress.add_task(how, total=None), 0
            for nth, found in rounds(Path(directory), how, until, jobs):
                done, failed = done + 1, failed + bool(found)
                progress.advance(task)
                if found:
                    progress.console.print(f"{how}, write {nth}: {'; '.join(found)}", markup=False, soft_wrap=True)
            progress.console.print(f"{how}: {done} writes failed in turn, {failed} rounds with an offence so far")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser("bin/test --campaign disk", description=__doc__)
    parser.add_argument("--until", type=int, default=MOST_WRITES, help="the last write to fail [all of a run]")
    parser.add_argument("--jobs", type=int, default=2, help="runs at once [2]")
    args = parser.parse_args()
    return min(campaign(args.until, args.jobs), 1)


if __name__ == "__main__":
    sys.exit(main())
