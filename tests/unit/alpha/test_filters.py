"""A symbol's rules are read from its filters (venue protocol notes, section 8.3)."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange.alpha.filters import read_rules
from tests.support.real_data import SYMBOLS, real_symbol_rules

FILTERS: dict[str, dict[str, Any]] = {
    "PRICE_FILTER": {"minPrice": "0.00000001", "maxPrice": "1000", "tickSize": "0.00000001"},
    "LOT_SIZE": {"stepSize": "0.01000000", "maxQty": "8467400", "minQty": "0.01000000"},
    "MAX_NUM_ORDERS": {"limit": 200},
    "MIN_NOTIONAL": {"minNotional": "0.1"},
    "NOTIONAL": {"minNotional": "0.2", "maxNotional": "900000"},
    "MAX_NOTIONAL": {"maxNotional": "1000000"},
    "PERCENT_PRICE": {"multiplierDown": "0.2", "multiplierUp": "5"},
    "PERCENT_PRICE_BY_SIDE": {"bidMultiplierUp": "4", "askMultiplierUp": "6", "bidMultiplierDown": "0.1"},
}


def row(**filters: dict[str, Any] | None) -> msgspec.Raw:
    """A row of exchange info; None leaves a filter out."""
    chosen = {**FILTERS, **filters}
    symbol = {
        "symbol": "ALPHA_900USDT",
        "status": "TRADING",
        "baseAsset": "ALPHA_900",
        "quoteAsset": "USDT",
        "filters": [{"filterType": name, **each} for name, each in chosen.items() if each is not None],
    }
    return msgspec.Raw(msgspec.json.encode(symbol))


def test_filters_become_rules() -> None:
    """Each bound from its filter, and the tightest where several bound the same."""
    rules = read_rules(row())
    assert rules is not None
    assert (rules.tick_size, rules.min_price, rules.max_price) == (Decimal("1E-8"), Decimal("1E-8"), Decimal(1000))
    assert (rules.step_size, rules.min_qty, rules.max_qty) == (Decimal("0.01"), Decimal("0.01"), Decimal(8467400))
    assert (rules.min_notional, rules.max_notional) == (Decimal("0.2"), Decimal(900000))
    assert (rules.multiplier_down, rules.multiplier_up) == (Decimal("0.2"), Decimal(4))


def test_filters_may_carry_every_key() -> None:
    """Unused keys are null in one capture and absent in another."""
    assert read_rules(row(MAX_NUM_ORDERS={"limit": 200, "tickSize": None, "minNotional": None})) == read_rules(row())


@pytest.mark.parametrize("missing", ["PRICE_FILTER", "LOT_SIZE"])
def test_a_symbol_without_tick_or_step_has_no_rules(missing: str) -> None:
    """No order could be made right."""
    assert read_rules(row(**{missing: None})) is None


@pytest.mark.parametrize(
    "filters",
    [
        {"PRICE_FILTER": {"minPrice": "1", "maxPrice": "2", "tickSize": "0"}},
        {"LOT_SIZE": {"stepSize": "0.01", "minQty": "0.01"}},
        {"LOT_SIZE": {"stepSize": "a little", "maxQty": "8467400", "minQty": "0.01"}},
        {"MIN_NOTIONAL": None, "NOTIONAL": None},
        {"MIN_NOTIONAL": {"minNotional": "NaN"}},
        {"NOTIONAL": {"minNotional": "0.2", "maxNotional": "sNaN"}},
        {"PERCENT_PRICE": {"multiplierDown": "0.2", "multiplierUp": "Infinity"}},
        {"LOT_SIZE": {"stepSize": "Infinity", "maxQty": "8467400", "minQty": "0.01"}},
        *(
            {"PRICE_FILTER": {"minPrice": "1", "maxPrice": "2", "tickSize": tick}}
            for tick in ("NaN", "-1", "1e-999999")
        ),
    ],
)
def test_a_symbol_with_holes_in_its_filters_has_no_rules(filters: dict[str, Any]) -> None:
    """A tick of 0, a missing bound, no least notional, and numbers that are none or beyond arithmetic."""
    assert read_rules(row(**filters)) is None


def test_bands_that_are_not_sent_are_the_usual_ones() -> None:
    """What 731 of 735 symbols say."""
    rules = read_rules(row(PERCENT_PRICE=None, PERCENT_PRICE_BY_SIDE=None, NOTIONAL=None, MAX_NOTIONAL=None))
    assert rules is not None
    assert (rules.multiplier_down, rules.multiplier_up) == (Decimal("0.00001"), Decimal(100000))
    assert rules.max_notional == Decimal(1000000)


def test_all_real_symbols_have_rules() -> None:
    """Every one of the dump's 735, where it is at hand; the two with narrow bands keep them."""
    if not SYMBOLS.is_file():
        return
    rules = {each.symbol: each for each in real_symbol_rules()}
    assert len(rules) == 735
    assert (rules["ALPHA_373USDT"].multiplier_down, rules["ALPHA_373USDT"].multiplier_up) == (
        Decimal("0.2"),
        Decimal(5),
    )
    assert all(each.tick_size > 0 and each.step_size > 0 for each in rules.values())
