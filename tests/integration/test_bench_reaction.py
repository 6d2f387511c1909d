"""`bin/bench reaction`: every trader that is compared really trades on the benchmark's venue."""

from pathlib import Path

import pytest

from bin.bench_reaction import run_once
from bin.bench_trader import TRADERS
from bin.bench_venue import Terms

LOAD = Terms(accounts=1, seconds=0.3, fastest_s=0.001, slowest_s=0.002)


@pytest.mark.parametrize("trader", TRADERS)
def test_a_trader_reacts_to_its_fills(trader: str, tmp_path: Path) -> None:
    """What the venue asks for before the first trade is answered, and each fill leads to another request."""
    reactions = run_once(LOAD, trader, tmp_path)
    assert len(reactions) > 0
    assert min(reactions) > 0
