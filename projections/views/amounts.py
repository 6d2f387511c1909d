"""Exact decimal arithmetic on amounts, which views hold as text."""

from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact
from functools import lru_cache

from projections.views.table import Amount

EXACT = Context(prec=200, traps=[Inexact])
"""Adds without ever rounding: a sum that needed more digits would raise instead."""

DAY_MS = 86_400_000
ZERO = Amount("0")


def amount(number: Decimal) -> Amount:
    """Write a decimal with every digit that it has, without an exponent."""
    text = str(number)
    return Amount(text if "E" not in text else format(number, "f"))


def plus(augend: str, addend: str | Decimal) -> Amount:
    """Add two decimals, every digit kept."""
    return amount(EXACT.add(Decimal(augend), Decimal(addend)))


def minus(minuend: str, subtrahend: str | Decimal) -> Amount:
    """Subtract one decimal from another, every digit kept."""
    return amount(EXACT.subtract(Decimal(minuend), Decimal(subtrahend)))


def utc_day(ms: int) -> str:
    """The UTC day of a time in ms since the epoch, as 2026-11-21: the day by which the venue counts."""
    return _name_of(ms // DAY_MS)


@lru_cache(maxsize=64)
def _name_of(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_MS // 1000, UTC).date().isoformat()
