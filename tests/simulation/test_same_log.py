"""The same seed gives the same log, byte by byte, whatever the process."""

import os
import subprocess
import sys

import pytest

from tests.simulation.run import simulate
from tests.support.source import ROOT

PROGRAM = """
import sys
from tests.simulation.run import simulate
result = simulate(int(sys.argv[1]), write=sys.stdout.buffer.write)
sys.stderr.write(result.digest)
"""


def _log(seed: int, hash_seed: str) -> tuple[bytes, str]:
    """Every event as a process of its own writes it, and the digest."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(seed)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
    )
    return done.stdout, done.stderr.decode()


@pytest.mark.parametrize("seed", [3, 22, 75])
def test_the_same_seed_gives_the_same_log(seed: int) -> None:
    """Neither the order of a set nor the process leaves a trace in any byte; another seed gives another log."""
    one, two = _log(seed, "1"), _log(seed, "2")
    assert len(one[0].splitlines()) > 20
    assert one == two
    assert one[1] != _log(seed + 1, "1")[1]


def test_the_same_seed_gives_the_same_log_again() -> None:
    """What the process has done before leaves no trace: four accounts lose their streams when the venue is killed."""
    assert simulate(203).digest == simulate(203).digest
