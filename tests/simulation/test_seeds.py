"""The simulation keeps every promise: the seeds that continuous integration runs, and those that once found a bug."""

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


FOUND = {
    256: "a run whose target was reached ended while the sale of an earlier trade was under way, and so did the next",
    338: "a run whose first look missed the token believed that nothing had been counted, and traded again",
}


@pytest.mark.parametrize("seed", FOUND)
def test_a_bug_that_was_found_stays_found(seed: int) -> None:
    """Each seed once broke a promise."""
    result = simulate(seed)
    assert not result.offence, failure(result)
