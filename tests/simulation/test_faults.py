"""What goes wrong in simulations is all that can: no fault of the paper venue is left out."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any, Literal, get_args, get_origin

import pytest

from exchange.paper.faults_actions import ACTIONS, ClockSkew, FaultAction, ReplyName, VolumeLag, WrongReply
from exchange.paper.faults_plan import Rule
from tests.simulation.faults import draw_late_fills, draw_plan

PLANS = 2_000
LATE_IN = 12
"""About one scenario in so many has late fills, and nothing else that goes wrong."""


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    plans = [draw_plan(Random(seed), seed, ("AOP",)) for seed in range(PLANS)]
    plans += [draw_late_fills(Random(seed), seed) for seed in range(PLANS // LATE_IN)]
    return [rule for plan in plans for rule in plan.rules]


def test_every_fault_is_drawn(rules: list[Rule]) -> None:
    """Each kind that a fault plan knows, and nothing less often than once in a hundred rules."""
    drawn = [type(rule.do) for rule in rules]
    assert {kind for kind in ACTIONS.values() if drawn.count(kind) * 100 >= len(rules)} == set(ACTIONS.values())


def test_every_choice_of_a_fault_is_drawn(rules: list[Rule]) -> None:
    """Wherever a fault has a closed list of choices, each of them is drawn."""
    missing = [
        (kind.__name__, name, choice)
        for kind in ACTIONS.values()
        for name, choice in _choices(kind)
        if not any(isinstance(rule.do, kind) and getattr(rule.do, name) == choice for rule in rules)
    ]
    assert missing == []


def test_every_reply_is_drawn_for_what_was_done_and_for_what_was_not(rules: list[Rule]) -> None:
    """An error reply proves nothing: each also comes where the venue has obeyed."""
    drawn = {(rule.do.name, rule.do.processed) for rule in rules if isinstance(rule.do, WrongReply)}
    assert drawn == {(name, processed) for name in get_args(ReplyName) for processed in (False, True)}


def test_figures_reach_as_far_as_they_can_go(rules: list[Rule]) -> None:
    """A clock that is an hour off either way, and a volume that is told three minutes late."""
    skews = {rule.do.seconds for rule in rules if isinstance(rule.do, ClockSkew)}
    lags = {rule.do.seconds for rule in rules if isinstance(rule.do, VolumeLag)}
    assert {Decimal(-3600), Decimal(3600)} <= skews
    assert max(lags) == 180


def _choices(kind: type[FaultAction]) -> Iterator[tuple[str, object]]:
    forms: dict[str, Any] = kind.__annotations__
    for name, form in forms.items():
        if get_origin(form) is Literal:
            yield from ((name, choice) for choice in get_args(form))
        elif form is bool and name != "offline":  # what is back was never gone
            yield from ((name, choice) for choice in (False, True))
