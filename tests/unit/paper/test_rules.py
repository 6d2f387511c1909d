"""The filters of a symbol and the codes of their refusals (venue protocol notes, sections 8.3 and 12)."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from exchange.alpha.listings import SymbolFilter
from exchange.paper.model import Rejection
from exchange.paper.rules import (
    ABOVE_MAX_QTY,
    BAD_REQUEST,
    BELOW_MIN_NOTIONAL,
    BELOW_MIN_QTY,
    OFF_STEP,
    OFF_TICK,
    PRICE_OUT_OF_BAND,
    PRICE_OUT_OF_RANGE,
    check_notional,
    check_numbers,
    check_price,
    check_quantity,
    trading_rules,
)
from exchange.paper.tokens import own_symbols
from tests.support.paper_orders import rules


@pytest.mark.parametrize(
    ("price", "refusal"),
    [
        ("0.02", None),
        ("0.020000001", OFF_TICK),
        ("0", OFF_TICK),
        ("-0.02", OFF_TICK),
        ("200000", PRICE_OUT_OF_RANGE),
        ("0.1", None),
        ("0.10000001", PRICE_OUT_OF_BAND),
        ("0.00399999", PRICE_OUT_OF_BAND),
    ],
)
def test_prices(price: str, refusal: Rejection | None) -> None:
    """A price is on the tick, within its range, and within 0.2 and 5 times the market's 0.02."""
    assert check_price(rules(), "BUY", Decimal(price), Decimal("0.02")) == refusal


@pytest.mark.parametrize(
    ("quantity", "refusal"),
    [
        ("0.01", None),
        ("0.015", OFF_STEP),
        ("0", OFF_STEP),
        ("10000000", None),
        ("10000000.01", ABOVE_MAX_QTY),
    ],
)
def test_quantities(quantity: str, refusal: Rejection | None) -> None:
    """A quantity is a multiple of the step and not above the largest."""
    assert check_quantity(rules(), Decimal(quantity)) == refusal


def test_a_quantity_may_be_below_the_least() -> None:
    """Where the least quantity is more than a step."""
    assert check_quantity(rules(min_qty=Decimal(1)), Decimal("0.5")) == BELOW_MIN_QTY


def test_notionals() -> None:
    """0.1 is enough, less has the recorded code, and there is a largest."""
    assert check_notional(rules(), Decimal("0.1")) is None
    assert check_notional(rules(), Decimal("0.09999999")) == BELOW_MIN_NOTIONAL
    assert check_notional(rules(), Decimal("1000000.01")) is not None


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-1", "1E+400", "1E-400", "0"])
def test_numbers_that_no_order_can_have(text: str) -> None:
    """What a decimal can say and an amount cannot be is refused before any arithmetic."""
    assert check_numbers(Decimal(1), Decimal(text)) == BAD_REQUEST


def test_the_side_has_its_own_band() -> None:
    """PERCENT_PRICE_BY_SIDE bounds buys by the bid multipliers and sells by the ask ones."""
    by_side = SymbolFilter("PERCENT_PRICE_BY_SIDE", bid_multiplier_up=Decimal(2), ask_multiplier_up=Decimal(3))
    listed = own_symbols()[0]
    flat = trading_rules(replace(listed, filters=(*listed.filters, by_side)))
    assert flat is not None
    assert check_price(flat, "BUY", Decimal("2.5"), Decimal(1)) == PRICE_OUT_OF_BAND
    assert check_price(flat, "SELL", Decimal("2.5"), Decimal(1)) is None


@pytest.mark.parametrize("change", [{"status": "DELISTED"}, {"filters": ()}])
def test_symbols_that_cannot_be_traded(change: dict[str, object]) -> None:
    """A symbol that is delisted, or has no tick and step, has no rules."""
    assert trading_rules(replace(own_symbols()[0], **change)) is None
