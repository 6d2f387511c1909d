"""The bounds of numbers in a fault plan: they stand in the annotations, and hold however a plan comes in."""

from decimal import Decimal
from functools import cache
from typing import Annotated

from msgspec import Meta, Struct, inspect


class Misfit(ValueError):
    """A part of a plan that cannot be: what of it, what was found, and what was expected."""

    def __init__(self, what: str, found: str, expected: str) -> None:
        super().__init__(f"{what}: found {found}, expected {expected}")
        self.what, self.found, self.expected = what, found, expected


def _bounded(**bounds: int) -> Meta:
    return Meta(extra_json_schema={**bounds})


Count = Annotated[int, _bounded(minimum=1, maximum=1_000_000_000)]
Seconds = Annotated[Decimal, _bounded(minimum=0, maximum=86_400)]
Share = Annotated[Decimal, _bounded(minimum=0, maximum=1)]
Skew = Annotated[Decimal, _bounded(minimum=-86_400, maximum=86_400)]
Bound = Annotated[Decimal, _bounded(minimum=0, maximum=10**15)]
Factor = Annotated[int, _bounded(minimum=1, maximum=1000)]
CloseCode = Annotated[int, _bounded(minimum=1000, maximum=4999)]
FrameBytes = Annotated[int, _bounded(minimum=1, maximum=64_000_000)]


@cache
def _bounds(form: type[Struct]) -> dict[str, dict[str, int]]:
    """The bounds of a struct's fields by name."""
    found: dict[str, dict[str, int]] = {}
    for field in inspect.type_info(form).fields:  # type: ignore[attr-defined]
        for type_ in getattr(field.type, "types", (field.type,)):
            if isinstance(type_, inspect.Metadata) and type_.extra_json_schema:
                found[field.name] = type_.extra_json_schema
    return found


class Bounded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Refuses numbers out of bounds with a Misfit, which msgspec turns into its own error with the path."""

    def __post_init__(self) -> None:
        for name, bounds in _bounds(type(self)).items():
            value = getattr(self, name)
            least, most = bounds["minimum"], bounds["maximum"]
            if value is not None and not (Decimal(value).is_finite() and least <= value <= most):
                raise Misfit(name, str(value), f"{least} to {most}")
