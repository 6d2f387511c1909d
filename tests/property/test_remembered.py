"""What a state remembers of the last things of a kind."""

from hypothesis import given
from hypothesis import strategies as st

from projections.states.remembered import ADDED_APART, Remembered, last, remember

KEPT = 12


@given(st.lists(st.lists(st.integers(), max_size=3)))
def test_the_last_ones_are_remembered(additions: list[list[int]]) -> None:
    """The newest in their order, whatever was added at once; of the older ones only a few stay in memory."""
    known, all_of_them = Remembered[int](), list[int]()
    for ones in additions:
        known, all_of_them = remember(known, KEPT, *ones), all_of_them + ones
        assert last(known, KEPT) == tuple(all_of_them[-KEPT:])
        assert len(known.before) <= KEPT
        assert len(known.added) < ADDED_APART + 3
        assert known.added or not all_of_them
