"""A symbol's filters as the paper venue enforces them (venue protocol notes, sections 8.3 and 12). Pure.

Codes 481011, 481013, 481020 and 000002 are recorded. The others are not: their texts are (step), or nothing is;
`UNRECORDED` stands for them and is our own number.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from exchange.alpha.listings import SymbolFilter, SymbolRules
from exchange.paper.model import Rejection, Side

UNRECORDED = "481099"

AMOUNT_MISMATCH = Rejection("000002", "(working)price*(working)quantity must be the same as sum(paymentDetail.amount)")
INSUFFICIENT_BALANCE = Rejection("481020", "余额不足 (insufficient balance)")
BELOW_MIN_NOTIONAL = Rejection("481013", "Total must be greater than the minimum notional.")
ABOVE_MAX_NOTIONAL = Rejection(UNRECORDED, "Total must not be greater than the maximum notional.")
ABOVE_MAX_QTY = Rejection("481011", "Quantity is above the maximum quantity.")
BELOW_MIN_QTY = Rejection(UNRECORDED, "Quantity is below the minimum quantity.")
OFF_STEP = Rejection(UNRECORDED, "Order amount must be an integer multiple of the minimum amount movement.")
OFF_TICK = Rejection(UNRECORDED, "Price must be an integer multiple of the minimum price movement.")
PRICE_OUT_OF_RANGE = Rejection(UNRECORDED, "Price is outside the permitted range.")
PRICE_OUT_OF_BAND = Rejection(UNRECORDED, "Price is too far from the market price.")
TOO_MANY_ORDERS = Rejection(UNRECORDED, "Too many open orders on this symbol.")
NOT_TRADING = Rejection(UNRECORDED, "Symbol is not trading.")
UNKNOWN_ORDER = Rejection(UNRECORDED, "Order does not exist or is already finished.")
BAD_REQUEST = Rejection(UNRECORDED, "Request is malformed.")


class TradingRules(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of one symbol, flattened. `None`: the symbol has no such bound."""

    symbol: str
    base_asset: str
    quote_asset: str
    base_precision: int
    tick: Decimal
    step: Decimal
    min_price: Decimal | None
    max_price: Decimal | None
    min_qty: Decimal | None
    max_qty: Decimal | None
    min_notional: Decimal | None
    max_notional: Decimal | None
    max_orders: int | None
    band_up: dict[Side, Decimal]
    band_down: dict[Side, Decimal]


def _values(filters: Iterable[SymbolFilter], *fields: str) -> list[Decimal]:
    """What the filters say of a bound, whichever of them it stands in: every one must be kept."""
    return [value for each in filters for field in fields if (value := getattr(each, field)) is not None]


def _band(filters: tuple[SymbolFilter, ...], way: str) -> dict[Side, Decimal]:
    """PERCENT_PRICE bounds both sides, and PERCENT_PRICE_BY_SIDE a buy by the bid multipliers: the tightest counts."""
    sides: dict[Side, str] = {"BUY": f"bid_multiplier_{way}", "SELL": f"ask_multiplier_{way}"}
    bounds = {side: _values(filters, key, f"multiplier_{way}") for side, key in sides.items()}
    tightest = min if way == "up" else max
    return {side: tightest(found) for side, found in bounds.items() if found}


def trading_rules(listed: SymbolRules) -> TradingRules | None:
    """Flatten a symbol's filters; None when it is not trading or has no tick or step."""
    filters = listed.filters
    ticks, steps = _values(filters, "tick_size"), _values(filters, "step_size")
    if listed.status != "TRADING" or not any(ticks) or not any(steps):
        return None
    return TradingRules(
        symbol=listed.symbol,
        base_asset=listed.base_asset,
        quote_asset=listed.quote_asset,
        base_precision=listed.base_asset_precision,
        tick=max(ticks),
        step=max(steps),
        min_price=max(_values(filters, "min_price"), default=None),
        max_price=min(_values(filters, "max_price"), default=None),
        min_qty=max(_values(filters, "min_qty"), default=None),
        max_qty=min(_values(filters, "max_qty"), default=None),
        min_notional=max(_values(filters, "min_notional"), default=None),
        max_notional=min(_values(filters, "max_notional"), default=None),
        max_orders=min((each.limit for each in filters if each.limit is not None), default=None),
        band_up=_band(filters, "up"),
        band_down=_band(filters, "down"),
    )


_LEAST, _MOST = Decimal("1E-18"), Decimal("1E+15")


def check_numbers(*values: Decimal) -> Rejection | None:
    """Plain amounts only: JSON text can name NaN, infinities and numbers that no arithmetic is exact on."""
    sound = all(value.is_finite() and _LEAST <= value <= _MOST for value in values)
    return None if sound else BAD_REQUEST


def check_room(rules: TradingRules, standing: int, more: int) -> Rejection | None:
    """MAX_NUM_ORDERS, of an account that has `standing` orders on the symbol and wants `more`."""
    return TOO_MANY_ORDERS if rules.max_orders is not None and standing + more > rules.max_orders else None


def check_price(rules: TradingRules, side: Side, price: Decimal, market: Decimal) -> Rejection | None:
    """PRICE_FILTER, then PERCENT_PRICE against the market's price now."""
    if price <= 0 or price % rules.tick:
        return OFF_TICK
    if (rules.min_price and price < rules.min_price) or (rules.max_price and price > rules.max_price):
        return PRICE_OUT_OF_RANGE
    up, down = rules.band_up.get(side), rules.band_down.get(side)
    if (up and price > market * up) or (down and price < market * down):
        return PRICE_OUT_OF_BAND
    return None


def check_quantity(rules: TradingRules, quantity: Decimal) -> Rejection | None:
    """LOT_SIZE."""
    if quantity <= 0 or quantity % rules.step:
        return OFF_STEP
    if rules.min_qty and quantity < rules.min_qty:
        return BELOW_MIN_QTY
    if rules.max_qty and quantity > rules.max_qty:
        return ABOVE_MAX_QTY
    return None


def check_notional(rules: TradingRules, notional: Decimal) -> Rejection | None:
    """MIN_NOTIONAL and NOTIONAL."""
    if rules.min_notional and notional < rules.min_notional:
        return BELOW_MIN_NOTIONAL
    if rules.max_notional and notional > rules.max_notional:
        return ABOVE_MAX_NOTIONAL
    return None
