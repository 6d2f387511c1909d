"""Symbol rules from the venue's filters (venue protocol notes, section 8.3)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from events.values import SymbolRules
from exchange.alpha import listings
from exchange.alpha.numbers import sound

# A venue that sends no such filter is taken to mean what nearly all of its symbols say.
_MAX_NOTIONAL: Final = Decimal(1_000_000)
_MULTIPLIER_DOWN: Final = Decimal("0.00001")
_MULTIPLIER_UP: Final = Decimal(100_000)
_MAX_NUM_ORDERS: Final = 200

_Bound = Callable[[listings.SymbolFilter], Decimal | None]
_row = msgspec.json.Decoder(listings.SymbolRules)


def read_rules(row: msgspec.Raw) -> SymbolRules | None:
    """The rules of one row of exchange info; None when a filter that orders depend on is missing or unreadable, or
    holds what no order could be measured by: no number, one beyond any price or quantity, a tick or step below 0.

    Where several filters bound the same thing (percent price for either side, notional thrice) the tightest counts.
    """
    try:
        return _rules(_row.decode(row))
    except msgspec.DecodeError:
        return None


def _rules(symbol: listings.SymbolRules) -> SymbolRules | None:
    filters = {row.filter_type: row for row in symbol.filters}
    price, lot = filters.get("PRICE_FILTER"), filters.get("LOT_SIZE")
    min_notional = max(_bounds(filters, lambda row: row.min_notional), default=None)
    if price is None or lot is None or min_notional is None:
        return None
    return SymbolRules(
        symbol=symbol.symbol,
        base_asset=symbol.base_asset,
        quote_asset=symbol.quote_asset,
        status=symbol.status,
        tick_size=_measure(price.tick_size),
        step_size=_measure(lot.step_size),
        min_price=_measure(price.min_price),
        max_price=_measure(price.max_price),
        min_qty=_measure(lot.min_qty),
        max_qty=_measure(lot.max_qty),
        min_notional=min_notional,
        max_notional=min(_bounds(filters, lambda row: row.max_notional), default=_MAX_NOTIONAL),
        multiplier_down=max(_each(filters, _DOWNS), default=_MULTIPLIER_DOWN),
        multiplier_up=min(_each(filters, _UPS), default=_MULTIPLIER_UP),
        max_num_orders=min((row.limit for row in filters.values() if row.limit is not None), default=_MAX_NUM_ORDERS),
    )


def _measure(value: Decimal | None) -> Decimal:
    """Raises ValidationError where orders cannot be measured by it."""
    if sound(value) <= 0 or value is None:
        raise msgspec.ValidationError("a bound, tick or step that is missing or not above 0")
    return value


_DOWNS: Final[tuple[_Bound, ...]] = (
    lambda row: row.multiplier_down,
    lambda row: row.bid_multiplier_down,
    lambda row: row.ask_multiplier_down,
)
_UPS: Final[tuple[_Bound, ...]] = (
    lambda row: row.multiplier_up,
    lambda row: row.bid_multiplier_up,
    lambda row: row.ask_multiplier_up,
)


def _each(filters: dict[str, listings.SymbolFilter], bounds: tuple[_Bound, ...]) -> list[Decimal]:
    return [value for bound in bounds for value in _bounds(filters, bound)]


def _bounds(filters: dict[str, listings.SymbolFilter], bound: _Bound) -> list[Decimal]:
    """Raises ValidationError for one that is none."""
    return [sound(value) for row in filters.values() if (value := bound(row)) is not None]
