"""The venue's rounding, against the numbers that were observed (venue protocol notes, sections 6.3 and 8.5)."""

from decimal import Decimal

import pytest

from exchange.paper.rounding import (
    average_price,
    buy_commission,
    ceil_to,
    floor_to,
    quote_amount,
    sell_commission,
    up_to_cent,
)


@pytest.mark.parametrize(
    ("price", "quantity", "quote"),
    [("0.22690468", "669.47", "151.90587611"), ("0.000005929", "1686625", "9.99999962")],
)
def test_quote_is_truncated(price: str, quantity: str, quote: str) -> None:
    """Price x quantity is cut at 8 decimals, for fills and for the amount a placement names."""
    assert quote_amount(Decimal(price), Decimal(quantity)) == Decimal(quote)


@pytest.mark.parametrize(
    ("quote", "commission"),
    [("151.90587611", "0.01519059"), ("2.72678", "0.00027268"), ("7.3366929", "0.00073367")],
)
def test_sell_commission_is_rounded_half_up(quote: str, commission: str) -> None:
    """0.01 percent of the quote, at 8 decimals."""
    assert sell_commission(Decimal(quote)) == Decimal(commission)


@pytest.mark.parametrize(("quantity", "precision", "commission"), [("52938", 2, "5.29"), ("869.56", 8, "0.08695600")])
def test_buy_commission_has_the_base_assets_precision(quantity: str, precision: int, commission: str) -> None:
    """0.01 percent of the base, at baseAssetPrecision."""
    assert str(buy_commission(Decimal(quantity), precision)) == commission


def test_average_price_is_truncated() -> None:
    """0.22690468993 becomes 0.226904689, and nothing has the average 0."""
    assert average_price(Decimal("0.22690468993"), Decimal(1)) == Decimal("0.226904689")
    assert average_price(Decimal(0), Decimal(0)) == 0


@pytest.mark.parametrize(
    ("bought", "commission", "step", "pending"),
    [("869.56", "0.086956", "0.01", "869.47"), ("1686625", "168.66", "0.1", "1686456.3")],
)
def test_pending_quantity_is_floored_to_the_step(bought: str, commission: str, step: str, pending: str) -> None:
    """What a captured pending leg sold: bought less commission, floored to the step."""
    assert floor_to(Decimal(bought) - Decimal(commission), Decimal(step)) == Decimal(pending)


def test_multiples_stay_as_they_are() -> None:
    """Neither flooring nor raising to a unit moves a multiple of it."""
    assert floor_to(Decimal("0.03"), Decimal("0.01")) == ceil_to(Decimal("0.03"), Decimal("0.01")) == Decimal("0.03")
    assert up_to_cent(Decimal("39.9999")) == up_to_cent(Decimal(40)) == 40
