"""How figures are shown to people: every digit that matters, no exponent, no rounding up to a target."""

import re
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Context, Decimal

from events.numbers import plain

_SIX_DIGITS = Context(prec=6)
_HUNDREDTH = Decimal("0.01")
_FINEST = Decimal("0.00000001")
_LONG = re.compile(r"-?\d+\.\d{9,}")


def short(number: Decimal) -> str:
    """Write six digits of a number, for where it changes while one looks: 48.0271, 0.0219107."""
    return plain(_SIX_DIGITS.plus(number))


def readable(text: str) -> str:
    """Round the numbers in a text to eight decimals, the finest that the venue counts in; those of which nothing would
    be left, such as prices of tokens with finer ticks, to six digits.
    """
    return _LONG.sub(lambda found: _rounded(Decimal(found[0])), text)


def _rounded(number: Decimal) -> str:
    return plain(number.quantize(_FINEST)) if number.quantize(_FINEST) else short(number)


def percentage(part: Decimal, whole: Decimal) -> str:
    """Write how much of `whole` (more than 0) is done: 30 of 16384 is `0.18%`, 10 of 100 is `10.00%` (worked examples).

    Cut, not rounded, so that 100.00% is never shown before the target is reached.
    """
    return f"{(part * 100 / whole).quantize(_HUNDREDTH, ROUND_DOWN)}%"


def volume_progress(volume: Decimal, target: Decimal) -> str:
    """Write `50/200 USDT`."""
    return f"{plain(volume)}/{plain(target)} USDT"


def utc(ms: int) -> str:
    """Write a time in ms since the epoch as `2026-11-21 00:52:49.123`, in UTC; always 23 characters."""
    # Integer arithmetic: a float of seconds may show the millisecond before.
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%d %H:%M:%S}.{ms % 1000:03d}"


def duration(seconds: int) -> str:
    """Write `45 s`, `3 min 05 s` or `2 h 07 min`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def counted(number: int, noun: str) -> str:
    """Write `1 trade`, `2 trades`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
