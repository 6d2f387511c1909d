"""Which rule of a fault plan strikes which occasion."""

from decimal import Decimal
from typing import get_args

import msgspec
import pytest

from exchange.paper import private_api, public_api
from exchange.paper.faults import Faults, Occasion, begin, meet
from exchange.paper.faults_actions import ACTIONS, Cut, FaultAction, LoseFrame, SetOffline, Slow
from exchange.paper.faults_bounds import Misfit
from exchange.paper.faults_plan import Endpoint, FaultPlan, Rule, When

CALL = Occasion(point="request", at=0, account="1", endpoint="oto-order/place", symbol="ALPHA_382USDT")
SLOW = Slow(seconds=Decimal(1))


def struck(when: When, *occasions: Occasion, seed: int = 1) -> list[int]:
    """The numbers of the occasions, from 1, that a rule strikes."""
    state = begin(FaultPlan(seed=seed, rules=(Rule(do=SLOW, when=when),)), 0)
    numbers = []
    for number, occasion in enumerate(occasions, start=1):
        state, actions = meet(state, occasion)
        numbers += [number] * len(actions)
    return numbers


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(), [1, 2, 3, 4, 5, 6]),
        (When(nth=3), [3]),
        (When(every=2), [2, 4, 6]),
        (When(at_most=2), [1, 2]),
        (When(every=2, at_most=1), [2]),
        (When(probability=Decimal(1)), [1, 2, 3, 4, 5, 6]),
        (When(probability=Decimal(0)), []),
    ],
)
def test_a_rule_strikes_some_of_its_occasions(when: When, expected: list[int]) -> None:
    """By number, by interval, by chance, and so often at most."""
    assert struck(when, *[CALL] * 6) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(account="1"), [1]),
        (When(endpoint="order/place"), [2]),
        (When(symbol="ALPHA_22USDT"), [3]),
        (When(after=Decimal("1.5")), [4]),
        (When(before=Decimal("1.5"), account="2"), [2, 3]),
        (When(account="2", nth=2), [3]),
    ],
)
def test_a_rule_counts_only_the_occasions_it_is_for(when: When, expected: list[int]) -> None:
    """Others neither are struck nor counted."""
    others = [
        msgspec.structs.replace(CALL, account="2", endpoint="order/place"),
        msgspec.structs.replace(CALL, account="2", symbol="ALPHA_22USDT"),
        msgspec.structs.replace(CALL, account="3", at=1500),
    ]
    assert struck(when, CALL, *others) == expected


def test_chance_follows_from_the_seed() -> None:
    """The same seed strikes the same calls, another seed others, and about as many as were asked for."""
    when = When(probability=Decimal("0.2"))
    first, again, other = (struck(when, *[CALL] * 500, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert 60 < len(first) < 140


def test_a_rule_is_asked_only_where_it_can_strike() -> None:
    """A rule for frames does not count calls."""
    state = begin(FaultPlan(rules=(Rule(do=Cut()), Rule(do=SLOW))), 0)
    state, actions = meet(state, CALL)
    assert actions == (SLOW,)
    assert [each.seen for each in state.counts] == [0, 1]


def test_a_knob_is_turned_once() -> None:
    """Though its time goes on, unless the rule says how often."""
    plan = FaultPlan(rules=(Rule(do=SetOffline(token="AOP"), when=When(after=Decimal(1))),))
    state = begin(plan, 1000)
    came = []
    for at in (1500, 2000, 2500):
        state, actions = meet(state, Occasion(point="timer", at=at))
        came.append(len(actions))
    assert came == [0, 1, 0]


def test_without_a_plan_nothing_strikes() -> None:
    """Neither before there is one nor after it was taken away."""
    faults = Faults()
    assert (faults.active, faults.meet(CALL)) == (False, ())
    faults.start(FaultPlan(rules=(Rule(do=SLOW),)), 0)
    assert (faults.active, faults.meet(CALL)) == (True, (SLOW,))
    faults.stop()
    assert (faults.active, faults.meet(CALL)) == (False, ())


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        ('{"rules":[{"do":{"fault":"slow","seconds":-1}}]}', r"seconds: found -1, expected 0 to 86400 .*rules\[0\].do"),
        ('{"rules":[{"do":{"fault":"slow","seconds":"NaN"}}]}', "seconds: found NaN"),
        ('{"rules":[{"do":{"fault":"cut","code":9}}]}', "code: found 9, expected 1000 to 4999"),
        ('{"rules":[{"do":{"fault":"cut"},"when":{"nth":1,"every":2}}]}', "nth: found nth and every, expected one"),
        ('{"rules":[{"do":{"fault":"cut"},"when":{"after":2,"before":1}}]}', "before: found 1, expected more"),
        ('{"rules":[{"do":{"fault":"cut"},"when":{"endpoint":"order/place"}}]}', "found endpoint, expected for cut"),
        ('{"rules":[{"do":{"fault":"mute"},"wen":{}}]}', "unknown field `wen`"),
        ('{"rules":[{"do":{"fault":"moot"}}]}', "Invalid value 'moot'"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(plan: str, error: str) -> None:
    """However it comes in, and with the place and what was expected."""
    with pytest.raises(msgspec.ValidationError, match=error):
        msgspec.json.decode(plan, type=FaultPlan)


def test_a_choice_that_never_applies_is_refused() -> None:
    """A frame has no endpoint; such a rule would never strike, and nobody would notice."""
    with pytest.raises(Misfit, match="found endpoint, expected for lose_frame only: account, leg, side, status"):
        Rule(do=LoseFrame(), when=When(endpoint="order/place"))


def test_a_plan_survives_json() -> None:
    """As the venue's settings file holds it."""
    plan = FaultPlan(seed=3, rules=(Rule(do=SLOW, when=When(probability=Decimal("0.25"), account="1"), name="x"),))
    assert msgspec.json.decode(msgspec.json.encode(plan), type=FaultPlan) == plan


def test_the_endpoints_are_those_of_the_ledger() -> None:
    """A name that the venue does not count calls under would never strike."""
    assert set(get_args(Endpoint)) == {route.name for route in (*private_api.ROUTES, *public_api.ROUTES)}


def test_every_action_has_a_name_of_its_own() -> None:
    """The name under `fault` chooses one."""
    assert len(ACTIONS) == len(get_args(FaultAction))
    assert ACTIONS["slow"] is Slow
