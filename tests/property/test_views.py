"""What holds for the views of any log."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from events.journal import InMemoryJournal
from projections import query
from projections.runner import IN_MEMORY, Runner
from projections.views.amounts import plus
from tests.support.example_log import LogWriter, example_events
from tests.support.views import folded

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**30), max_value=10**30)
EXAMPLE = tuple(example_events())


@given(st.lists(AMOUNTS, max_size=20))
def test_sums_are_exact(amounts: Sequence[Decimal]) -> None:
    """However large and small the amounts, no digit of their sum is lost, and their order does not matter."""
    forth = reduce(plus, map(str, amounts), "0")
    back = reduce(plus, map(str, reversed(amounts)), "0")
    assert Fraction(forth) == sum(map(Fraction, amounts))
    assert Decimal(forth) == Decimal(back)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, len(EXAMPLE) - 1), max_size=6))
def test_views_do_not_depend_on_when_they_are_folded(cuts: set[int]) -> None:
    """Folding as the log grows, in any steps, gives the same views as folding it at once."""
    journal = InMemoryJournal()
    writer = LogWriter(journal, step_ms=1000)
    with closing(Runner(journal, IN_MEMORY)) as runner:
        for start, end in pairwise([0, *sorted(cuts), len(EXAMPLE)]):
            for _, event in EXAMPLE[start:end]:
                writer.write("any", event)
            assert runner.catch_up() == end
        with folded(*(event for _, event in EXAMPLE)) as at_once:
            assert _everything(runner.db) == _everything(at_once)


def _everything(db: sqlite3.Connection) -> tuple[object, ...]:
    return query.live(db), query.streams(db), query.newest_problems(db, 100), query.position(db)
