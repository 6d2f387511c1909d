"""How a decimal is put on the wire: as the venue's page does, and never in exponent notation. And which are read.

msgspec writes a plain `Decimal` as `str()` gives it, and `str(Decimal("0.0000005"))` is "5E-7", which the
venue does not take. Whoever *sends* wraps its decimals in one of the two classes here and uses `encode`.
Whoever receives decodes into plain `Decimal`; both JSON forms are read exactly, and `sound` refuses what is no number.
"""

from decimal import Decimal
from typing import Final

import msgspec

_LARGEST_EXPONENT: Final = 30
_ZERO: Final = Decimal(0)


def sound(value: Decimal | None) -> Decimal:
    """`value`, 0 for None. JSON text can hold NaN, and exponents that no arithmetic survives: those are refused."""
    if value is None:
        return _ZERO
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise msgspec.ValidationError("a number is not finite, or beyond any price or quantity")
    return value


class JsonText(Decimal):
    """Sent as a JSON string, digits and padding as they are: `"200.00000000"`."""


class JsonNumber(Decimal):
    """Sent as a JSON number, digits as they are: `0.0000005`."""


def _wire_form(value: object) -> str | msgspec.Raw:
    if isinstance(value, JsonNumber):
        return msgspec.Raw(format(value, "f").encode())
    if isinstance(value, JsonText):
        return format(value, "f")
    raise NotImplementedError(f"{type(value).__name__} has no wire form")


def encode(message: object) -> bytes:
    """JSON of a wire struct. Any thread."""
    return msgspec.json.encode(message, enc_hook=_wire_form)
