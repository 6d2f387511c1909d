"""Planning, for any amounts."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from actors.deciders.planning import loops_by_credit, loops_by_rule

money = st.decimals(min_value="0.00000001", max_value="10000000", places=8, allow_nan=False, allow_infinity=False)


@given(remaining=money, amount=money, mul_point=st.integers(1, 64))
def test_the_rule_plans_just_enough(remaining: Decimal, amount: Decimal, mul_point: int) -> None:
    """The planned trades reach the target, and one fewer would not; compared as exact fractions."""
    loops = loops_by_rule(remaining, amount, mul_point)
    credit = Fraction(amount) / mul_point
    assert loops * credit >= Fraction(remaining)
    assert loops == 1 or (loops - 1) * credit < Fraction(remaining)


@given(remaining=money, credit=money)
def test_a_measured_credit_plans_just_enough(remaining: Decimal, credit: Decimal) -> None:
    """The same for a credit that was measured."""
    loops = loops_by_credit(remaining, credit)
    assert loops * credit >= remaining
    assert loops == 1 or (loops - 1) * credit < remaining
