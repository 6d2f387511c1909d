"""The loop counts of the worked examples, and exactness where floats fail."""

import math
from decimal import Decimal

import pytest

from actors.deciders.planning import credit_of_a_trade, credit_wait, differs, loops_by_credit, loops_by_rule


@pytest.mark.parametrize(
    ("mul_point", "remaining", "amount", "credit", "loops"),
    [
        (1, "1000", "30", "30", 34),
        (4, "1000", "30", "7.5", 134),
        (4, "1500", "30", "7.5", 200),
        (4, "50", "30", "7.5", 7),
        (4, "10000", "30", "7.5", 1334),
        (4, "200", "40", "10", 20),
    ],
)
def test_golden_loop_counts(mul_point: int, remaining: str, amount: str, credit: str, loops: int) -> None:
    """Each row of the worked examples' loop table holds."""
    assert credit_of_a_trade(Decimal(amount), mul_point) == Decimal(credit)
    assert loops_by_rule(Decimal(remaining), Decimal(amount), mul_point) == loops


def test_a_float_quotient_would_plan_a_trade_too_many() -> None:
    """0.3 / 0.1 is 3 trades; the same in floats gives 0.30000000000000004 / 0.1 and so 4."""
    assert math.ceil((0.1 + 0.2) / 0.1) == 4
    assert loops_by_rule(Decimal("0.1") + Decimal("0.2"), Decimal("0.1"), 1) == 3


def test_a_quotient_that_does_not_end_is_still_exact() -> None:
    """With a multiplier of 3 one trade of 10 counts 3.33...; 10 remaining need 3 trades, not 4."""
    assert loops_by_rule(Decimal(10), Decimal(10), 3) == 3


def test_there_is_always_at_least_one_trade() -> None:
    """A remainder smaller than one trade still needs one."""
    assert loops_by_rule(Decimal("0.000001"), Decimal(40), 1) == 1
    assert loops_by_credit(Decimal("0.000001"), Decimal(40)) == 1


def test_a_measured_credit_counts_only_beyond_ten_percent() -> None:
    """Exactly 10 % off is not a different rate; a hair more is."""
    assert not differs(Decimal(10), Decimal(11))
    assert differs(Decimal(10), Decimal("11.000001"))


@pytest.mark.parametrize(
    ("counted", "wait"),
    [("100", 0), ("110", 0), ("111", 10_000), ("99", 10_000), ("97.6", 10_000), ("97.5", 200_000), ("0", 200_000)],
)
def test_the_less_likely_a_figure_the_longer_it_must_stand(counted: str, wait: int) -> None:
    """100 of 20 trades expected: where half a trade's credit is missing, it may still come after three minutes."""
    assert credit_wait(Decimal(100), Decimal(counted), Decimal(5), 5_000) == wait


def test_much_missing_of_one_trade_may_still_come() -> None:
    """A trade that bought nearly all, and has counted for nothing, is waited for as well."""
    assert credit_wait(Decimal("9.98"), Decimal(0), Decimal(10), 5_000) == 200_000


def test_an_operator_who_knows_of_a_longer_lag_is_believed() -> None:
    """Twenty of the delays that the operator asked for, where those are more."""
    assert credit_wait(Decimal(100), Decimal(0), Decimal(5), 60_000) == 1_200_000
