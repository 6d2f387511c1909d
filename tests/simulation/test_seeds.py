"""The simulation keeps every promise: the seeds that continuous integration runs."""

import pytest

from tests.simulation.__main__ import failure
from tests.simulation.run import simulate

SEEDS = 500
A_BLOCK = 10


@pytest.mark.parametrize("first", range(1, SEEDS + 1, A_BLOCK))
def test_nothing_is_lost_and_nothing_is_placed_twice(first: int) -> None:
    """Every invariant holds in a block of seeds; a failure says how to see its seed again, step by step."""
    results = [simulate(seed) for seed in range(first, first + A_BLOCK)]
    assert not [failure(one) for one in results if one.offence]
    assert sum(one.trades for one in results) > A_BLOCK
