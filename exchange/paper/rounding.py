"""How the venue rounds (venue protocol notes, sections 6.3 and 8.5). Pure arithmetic on decimals."""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal

COMMISSION_RATE = Decimal("0.0001")
"""0.01 percent per side, which get-fee-rate gives as 100 millionths."""

_QUOTE_UNIT = Decimal("0.00000001")
_AVERAGE_UNIT = Decimal("0.000000001")
_CENT = Decimal("0.01")


def quote_amount(price: Decimal, quantity: Decimal) -> Decimal:
    """Quote of a fill, and the amount an order must name: price x quantity truncated to 8 decimals."""
    return (price * quantity).quantize(_QUOTE_UNIT, ROUND_DOWN)


def sell_commission(quote: Decimal) -> Decimal:
    """Taken from the quote received, rounded half up to 8 decimals."""
    return (quote * COMMISSION_RATE).quantize(_QUOTE_UNIT, ROUND_HALF_UP)


def buy_commission(quantity: Decimal, base_precision: int) -> Decimal:
    """Taken from the base bought, at the base asset's precision.

    The two captured cases do not tell rounding from truncation; half up is an inference from the sell side.
    """
    return (quantity * COMMISSION_RATE).quantize(Decimal(1).scaleb(-base_precision), ROUND_HALF_UP)


def average_price(cum_quote: Decimal, cum_qty: Decimal) -> Decimal:
    """Truncated to 9 decimals; 0 before the first fill."""
    return (cum_quote / cum_qty).quantize(_AVERAGE_UNIT, ROUND_DOWN) if cum_qty else Decimal(0)


def floor_to(value: Decimal, unit: Decimal) -> Decimal:
    """The largest multiple of `unit` that is not above `value`."""
    return (value / unit).to_integral_value(ROUND_FLOOR) * unit


def ceil_to(value: Decimal, unit: Decimal) -> Decimal:
    """The smallest multiple of `unit` that is not below `value`."""
    return (value / unit).to_integral_value(ROUND_CEILING) * unit


def up_to_cent(value: Decimal) -> Decimal:
    """The next whole cent."""
    return value.quantize(_CENT, ROUND_CEILING)


def truncate8(value: Decimal) -> Decimal:
    """Cut to 8 decimals."""
    return value.quantize(_QUOTE_UNIT, ROUND_DOWN)
