"""Exact arithmetic on amounts, and how they are written."""

from decimal import ROUND_DOWN, ROUND_FLOOR, Context, Decimal

# The venue quotes up to 20 decimals, and a product must be exact before it is rounded down.
EXACT = Context(prec=60)
_EIGHTH = Decimal("0.00000001")


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The greatest multiple of `step` that is not above `value`, written with the decimals of `step`."""
    count = EXACT.divide(value, step).to_integral_value(rounding=ROUND_FLOOR)
    return EXACT.multiply(count, step.normalize())


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """The least multiple of `step` that is not below `value`, written with the decimals of `step`."""
    return floor_to(value.copy_negate(), step).copy_negate()


def payment_amount(price: Decimal, quantity: Decimal) -> Decimal:
    """Price x quantity truncated to 8 decimals: what the venue compares to the last digit (venue notes, 6.3)."""
    return EXACT.multiply(price, quantity).quantize(_EIGHTH, rounding=ROUND_DOWN, context=EXACT)


def plain(number: Decimal) -> str:
    """Write a number without exponent or trailing zeros: 10, 0.2, 1000."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
