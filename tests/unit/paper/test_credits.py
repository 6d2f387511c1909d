"""What the venue counts of a buy, under both rules."""

from decimal import Decimal

import pytest

from exchange.paper.credits import credit_of, nominal_amount
from exchange.paper.matching import cancel, execute
from exchange.paper.model import Step
from exchange.paper.settings import CreditRule
from tests.support.paper_orders import accepted, account, book, limit, rules


def steps_of_a_buy(quantity: str, asks: str) -> list[Step]:
    group = accepted(limit("BUY", "0.0223", quantity))
    return [Step(group.order, "NEW"), *execute(group, book(asks=asks), rules(), 2000).steps]


def credit(steps: list[Step], rule: CreditRule, mul_point: int) -> Decimal:
    return sum((credit_of(step, rule, mul_point) for step in steps), Decimal(0))


@pytest.mark.parametrize(("mul_point", "volume"), [(4, "10"), (1, "40")])
def test_divided_counts_the_nominal_amount(mul_point: int, volume: str) -> None:
    """A buy meant as 40 USDT counts 40 / mulPoint, however cheaply it filled and though the step cost 0.00004."""
    assert credit(steps_of_a_buy("1793.72", "0.0219:5000"), "divided", mul_point) == Decimal(volume)


def test_a_coarse_step_costs_credit() -> None:
    """30 USDT of a token at 48.5 with step 0.01 is 0.61 of it, and counts 29.59."""
    assert nominal_amount(limit("BUY", "48.5", "0.61")) == Decimal("29.59")


def test_multiplied_counts_what_was_executed() -> None:
    """Every fill counts its quote x mulPoint."""
    steps = steps_of_a_buy("1793.72", "0.0219:1000 0.0220:5000")
    assert credit(steps, "multiplied", 4) == 4 * (Decimal("21.9") + Decimal("17.46184"))


def test_divided_counts_nothing_before_the_end() -> None:
    """A buy that is filled in part counts when it is filled or canceled, not before."""
    assert credit(steps_of_a_buy("1793.72", "0.0219:1000"), "divided", 1) == 0


def test_a_canceled_part_counts_pro_rata() -> None:
    """1000 of 2000 at 0.0223 is half of 44.60."""
    part = execute(accepted(limit("BUY", "0.0223", "2000")), book(asks="0.0219:1000"), rules(), 2000)
    _, steps = cancel(part.group, 3000)
    assert credit([*part.steps, *steps], "divided", 1) == Decimal("22.3")


def test_sells_count_nothing() -> None:
    """Only buys are volume, under either rule."""
    sell = accepted(limit("SELL", "0.02", "100"), account(base="100"))
    steps = list(execute(sell, book(bids="0.0219:1000"), rules(), 2000).steps)
    assert credit(steps, "divided", 1) == credit(steps, "multiplied", 4) == 0
