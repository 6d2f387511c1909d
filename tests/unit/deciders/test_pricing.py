"""The prices of the worked examples, and the symbol's rules."""

from decimal import Decimal

import pytest

from actors.deciders.filters import broken_rule
from actors.deciders.pricing import buy_price, moved_percentage, price_order
from events.numbers import floor_to, payment_amount
from tests.support.terms import rules, terms


@pytest.mark.parametrize(
    ("market", "step", "buy", "sell", "quantity"),
    [("100", "0.0001", "110", "99", "0.2727"), ("0.002", "0.01", "0.0022", "0.00198", "13636.36")],
)
def test_golden_prices(market: str, step: str, buy: str, sell: str, quantity: str) -> None:
    """Both rows of the worked examples' price table hold for 30 USDT at 10 % and 10 %."""
    order = price_order(terms(amount="30", rules=rules(step_size=step)), Decimal(market))
    assert (order.working_price, order.pending_price, order.quantity) == (
        Decimal(buy),
        Decimal(sell),
        Decimal(quantity),
    )


def test_the_amount_is_truncated_not_rounded() -> None:
    """0.000005929 x 1686625 = 9.999999625 is paid as 9.99999962 (venue protocol notes, 6.3)."""
    assert payment_amount(Decimal("0.000005929"), Decimal(1686625)) == Decimal("9.99999962")


def test_prices_of_twenty_decimals_round_down_to_the_tick() -> None:
    """The venue's indicative price is no multiple of the tick; the order's price is, and not above."""
    market = Decimal("48.02764722909907599956")
    assert buy_price(market, Decimal(10), Decimal("0.00000001")) == Decimal("52.83041195")


def test_flooring_writes_no_exponent() -> None:
    """A multiple of a tiny step keeps plain decimals, as the venue wants them."""
    assert format(floor_to(Decimal("0.0000051"), Decimal("0.00000001")), "f") == "0.0000051"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "DELISTED"}, "not TRADING"),
        ({"min_qty": "5000"}, "quantity 1818.18 is below 5000"),
        ({"max_qty": "100"}, "quantity 1818.18 is above 100"),
        ({"min_notional": "50"}, "is below 50"),
        ({"max_notional": "10"}, "is above 10"),
        ({"max_price": "0.021"}, "buy price 0.022 is above 0.021"),
        ({"min_price": "0.02"}, "sell price 0.0198 is below 0.02"),
        ({"multiplier_up": "1.05"}, "buy price 0.022 is outside"),
        ({"multiplier_down": "0.995"}, "sell price 0.0198 is outside"),
    ],
)
def test_each_broken_rule_is_named(change: dict[str, str], words: str) -> None:
    """A placement that the venue would refuse is refused here first, in words."""
    market, symbol = Decimal("0.02"), rules(**change)
    reason = broken_rule(price_order(terms(rules=symbol), market), symbol, market)
    assert reason is not None
    assert words in reason


def test_a_price_of_nothing_buys_nothing() -> None:
    """A market price below one tick gives an order that breaks a rule, not a division by zero."""
    order = price_order(terms(), Decimal("0.000000001"))
    assert broken_rule(order, rules(), Decimal("0.000000001")) is not None


def test_a_move_is_counted_in_both_directions() -> None:
    """5 % up and 5 % down are the same distance."""
    assert moved_percentage(Decimal(100), Decimal(95)) == moved_percentage(Decimal(100), Decimal(105)) == 5
