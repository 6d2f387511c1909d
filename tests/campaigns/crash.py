"""Kill the supervisor, the paper venue, or both, again and again, at seeded instants, and compare the books at the end.

`python -m tests.campaigns.crash --kills 200 --seed 1` runs the full campaign; each round is one data directory in which
the same command is given until it ends by itself. Half of the kills come from outside at some instant; the others hit a
commit: before it, inside its transaction, or after it and before anybody hears of it, at times while a start recovers.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from rich.progress import Progress

from tests.support.audit import offences
from tests.support.cli import ROOT, RUN, venue_pid

CONFIG = """
global_settings: {{default_trade_interval_seconds: 0.02, default_volume_check_delay_seconds: 0.1,
  order_timeout_seconds: 20, settle_seconds: 1}}
strategies:
  - {{strategy_id: aop, target_token: AOP, target_volume: {aop}, user_ids: [1, 2], single_trade_amount_usdt: 40}}
  - {{strategy_id: koge, target_token: KOGE, target_volume: {koge}, user_ids: [1, 3], single_trade_amount_usdt: 30}}
venue: {{seed: {seed}, book_levels: 3, level_notional_usdt: 25}}
"""
FIRST_INSTANT_S, LAST_INSTANT_S = 0.3, 3.5
MOST_STARTS = 60
WITHOUT_VENUE_S = 4
"""How long a supervisor goes on whose venue is gone, before it is killed too."""
HIT_COMMITS = 0.5
WHILE_RECOVERING = 0.4


def one_round(data: Path, chance: random.Random, kills: int) -> tuple[int, list[str]]:
    """Give the same command until it ends by itself, killing it up to `kills` times. Returns the kills and offences."""
    config = data.parent / f"{data.name}.yaml"
    config.write_text(CONFIG.format(seed=chance.randrange(1000), aop=150, koge=300))
    killed = 0
    for _ in range(MOST_STARTS):
        in_commit = killed < kills and chance.random() < HIT_COMMITS
        process = _start(config, data, _spoiled(chance) if in_commit else [str(RUN)])
        if not in_commit and killed < kills and _killed(process, chance, data):
            killed += 1
            continue
        _, err = process.communicate(timeout=120)
        if process.returncode == -signal.SIGKILL:
            killed += 1
            continue
        if process.returncode == 0:
            return killed, offences(data)
        if process.returncode in (4, 70, 74):
            return killed, [f"exit {process.returncode}: {err[-500:]}", *offences(data)]
    return killed, ["it never ends"]


def _start(config: Path, data: Path, program: list[str]) -> subprocess.Popen[str]:
    args = [*program, "supervisor", "--config", str(config), "--data-dir", str(data), "--plain"]
    return subprocess.Popen(args, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _spoiled(chance: random.Random) -> list[str]:
    """The supervisor that kills itself at some commit; one of the first few is while it recovers."""
    how = chance.choice(("kill", "kill inside", "kill after"))
    nth = chance.randint(1, 6) if chance.random() < WHILE_RECOVERING else chance.randint(7, 60)
    return [sys.executable, "-m", "tests.campaigns.faulty_supervisor", how, str(nth)]


def _killed(process: subprocess.Popen[str], chance: random.Random, data: Path) -> bool:
    """Let it run for a while and kill it, or the venue, or both; False when it ended before that."""
    try:
        process.wait(chance.uniform(FIRST_INSTANT_S, LAST_INSTANT_S))
    except subprocess.TimeoutExpired:
        victim = chance.choice(("supervisor", "supervisor", "venue", "both"))
        if victim != "supervisor" and _kill_venue(data) and victim == "venue":
            with suppress(subprocess.TimeoutExpired):
                process.wait(WITHOUT_VENUE_S)
        process.kill()
        process.communicate()
        return True
    return False


def _kill_venue(data: Path) -> bool:
    """Whether there was one."""
    pid = venue_pid(data)
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return True


def campaign(kills: int, seed: int, kills_per_round: int = 8) -> int:
    """Run rounds until so many kills were made; print each round's result; return how many rounds failed.

    The directory of a round that failed is kept.
    """
    chance, made, failed, rounds = random.Random(seed), 0, 0, 0
    directory = Path(tempfile.mkdtemp(prefix="otomat-crash-"))
    with Progress(disable=not sys.stdout.isatty()) as progress:
        task = progress.add_task(f"seed {seed}", total=kills)
        while made < kills and rounds < 3 * kills:
            data = directory / f"round-{rounds}"
            killed, found = one_round(data, chance, min(kills_per_round, kills - made))
            made, rounds, failed = made + killed, rounds + 1, failed + bool(found)
            said = f"{'; '.join(found)} (kept in {data})" if found else "log and venue agree"
            progress.console.print(f"round {rounds}: {killed} kills, {said}", markup=False, soft_wrap=True)
            progress.update(task, completed=made)
            if not found:
                shutil.rmtree(data)
    if not failed:
        shutil.rmtree(directory)
    sys.stdout.write(f"seed {seed}: {made} kills in {rounds} rounds, {failed} rounds failed\n")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often to kill in all [200]")
    parser.add_argument("--seed", type=int, default=1, help="where the instants and markets come from [1]")
    args = parser.parse_args()
    return min(campaign(args.kills, args.seed), 1)


if __name__ == "__main__":
    sys.exit(main())
