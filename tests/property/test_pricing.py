"""Rounding, for any price, and against the venue's real symbols where their dump is at hand."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.deciders.filters import broken_rule
from actors.deciders.pricing import price_order
from events.numbers import EXACT, floor_to, payment_amount
from events.values import SymbolRules
from tests.support.real_data import real_symbol_rules
from tests.support.terms import terms

steps = st.sampled_from([Decimal(1).scaleb(-n) for n in range(13)])
prices = st.decimals(min_value="0.000000000001", max_value="100000", places=18, allow_nan=False)


@given(value=prices, step=steps)
def test_flooring_is_the_greatest_multiple_not_above(value: Decimal, step: Decimal) -> None:
    """A multiple of the step, not above the value, and less than one step below it."""
    floored = floor_to(value, step)
    assert EXACT.remainder(floored, step) == 0
    assert value - step < floored <= value


@given(price=prices, quantity=prices)
def test_the_amount_is_never_more_than_the_product(price: Decimal, quantity: Decimal) -> None:
    """Truncated to 8 decimals: not above the exact product, and less than 1e-8 below it."""
    amount, product = payment_amount(price, quantity), EXACT.multiply(price, quantity)
    assert amount <= product < amount + Decimal("0.00000001")


@pytest.mark.skipif(not real_symbol_rules(), reason="the venue's symbol dump is not at hand")
@settings(max_examples=20)
@given(relative=st.decimals(min_value="0.01", max_value="0.9", places=6), amount=st.integers(1, 1000))
def test_orders_of_all_real_symbols_keep_their_rules(relative: Decimal, amount: int) -> None:
    """What no rule forbids is a multiple of tick and step within the symbol's bounds; all 735 symbols are tried."""
    for rules in real_symbol_rules():
        _check(rules, floor_to(rules.max_price * relative, rules.tick_size) + Decimal("1E-20"), Decimal(amount))


def _check(rules: SymbolRules, market: Decimal, amount: Decimal) -> None:
    order = price_order(terms(rules=rules, amount=amount), market)
    if broken_rule(order, rules, market) is not None:
        return
    assert EXACT.remainder(order.working_price, rules.tick_size) == 0
    assert EXACT.remainder(order.pending_price, rules.tick_size) == 0
    assert EXACT.remainder(order.quantity, rules.step_size) == 0
    assert rules.min_qty <= order.quantity <= rules.max_qty
    assert rules.min_notional <= order.amount <= amount
