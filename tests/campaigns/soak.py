"""Trade for a long time and watch what the processes keep: `python -m tests.campaigns.soak --trades 100000`.

The real supervisor and paper venue, many accounts, no pauses. Resident memory, threads and descriptors of both are read
from /proc every few seconds. Flat means: over the second half of the trades, a line through the samples rises by less
than the bound that is printed with it.
"""

import argparse
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import linear_regression
from typing import NamedTuple

from tests.support.cli import RUN, venue_pid

SETTINGS = """
global_settings: {{default_trade_interval_seconds: 0.001, default_volume_check_delay_seconds: 1}}
strategies:
  - {{strategy_id: aop, target_token: AOP, target_volume: 100000000, user_ids: {users}, single_trade_amount_usdt: 40}}
venue: {{latency: fast}}
"""
EVERY_S = 10
MOST_KB_PER_1000_TRADES = 40
FIELDS = {"rss_kb": r"VmRSS:\s+(\d+)", "threads": r"Threads:\s+(\d+)"}


class Sample(NamedTuple):
    """What a process holds after so many trades."""

    trades: int
    rss_kb: int
    threads: int
    descriptors: int


def sample(pid: int, trades: int) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text()
    found = {name: int(re.search(pattern, status)[1]) for name, pattern in FIELDS.items()}  # type: ignore[index]
    return Sample(trades, found["rss_kb"], found["threads"], len(list(Path(f"/proc/{pid}/fd").iterdir())))


def trades_in(log: Path) -> int:
    """Trades that are over, by the versions of the accounts' streams."""
    with closing(sqlite3.connect(f"{log.as_uri()}?mode=ro", uri=True, timeout=30)) as db:
        query = "SELECT count(*) FROM stored_events WHERE topic LIKE 'trade.%completed.v1'"
        return int(db.execute(query).fetchone()[0])


def slope(samples: Sequence[Sample], field: str) -> float:
    """By how much the field grows in 1,000 trades, over the second half of them."""
    half = [one for one in samples if one.trades * 2 >= samples[-1].trades]
    return linear_regression([one.trades / 1000 for one in half], [getattr(one, field) for one in half]).slope


def soak(trades: int, accounts: int) -> int:
    """Print a line for each sample and the verdict; 0 when everything is flat, else 1."""
    with tempfile.TemporaryDirectory(prefix="otomat-soak-") as directory:
        data, settings = Path(directory) / "data", Path(directory) / "settings.yaml"
        settings.write_text(SETTINGS.format(users=list(range(1, accounts + 1))))
        command = [str(RUN), "supervisor", "--config", str(settings), "--data-dir", str(data), "--plain"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            samples = _followed(process, data, trades)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)
    return _verdict(samples)


def _followed(process: "subprocess.Popen[bytes]", data: Path, trades: int) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {"supervisor": [], "venue": []}
    done, began = 0, time.monotonic()
    while done < trades:
        try:
            process.wait(EVERY_S)
        except subprocess.TimeoutExpired:
            done = trades_in(data / "events.sqlite")
            for name, pid in (("supervisor", process.pid), ("venue", venue_pid(data))):
                samples[name] += [sample(pid, done)] if pid is not None else []
            sys.stdout.write(
                f"{time.monotonic() - began:.0f} s {samples['supervisor'][-1]} venue {samples['venue'][-1]}\n"
            )
            sys.stdout.flush()
            continue
        raise RuntimeError(f"the supervisor ended with {process.returncode}")
    return samples


def _verdict(samples: dict[str, list[Sample]]) -> int:
    flat = True
    for name, taken in samples.items():
        grows = {field: slope(taken, field) for field in ("rss_kb", "threads", "descriptors")}
        flat &= (
            grows["rss_kb"] < MOST_KB_PER_1000_TRADES and abs(grows["threads"]) < 1 and abs(grows["descriptors"]) < 1
        )
        told = ", ".join(f"{field} {value:+.2f}" for field, value in grows.items())
        sys.stdout.write(f"{name}: per 1,000 trades over the second half: {told}; last: {taken[-1]}\n")
    sys.stdout.write(f"{'flat' if flat else 'NOT flat'}: the bound is {MOST_KB_PER_1000_TRADES} kB per 1,000 trades\n")
    return 0 if flat else 1


def main() -> int:
    parser = argparse.ArgumentParser("bin/test --campaign soak", description=__doc__)
    parser.add_argument("--trades", type=int, default=100_000, help="how many in all [100000]")
    parser.add_argument("--accounts", type=int, default=20, help="how many trade at a time [20]")
    args = parser.parse_args()
    return soak(args.trades, args.accounts)


if __name__ == "__main__":
    sys.exit(main())
