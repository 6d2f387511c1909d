"""How a decimal is put on the wire: as the venue's page does, and never in exponent notation.

msgspec writes a plain `Decimal` as `str()` gives it, and `str(Decimal("0.0000005"))` is "5E-7", which the
venue does not take. Whoever *sends* wraps its decimals in one of the two classes here and uses `encode`.
Whoever receives decodes into plain `Decimal`; both JSON forms are read exactly.
"""

from decimal import Decimal

import msgspec


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
