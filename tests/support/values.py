"""Hypothesis strategies for any value of a struct's type, made from its fields."""

from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from events.base import NOTHING_RECEIVED

amounts = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**12), max_value=10**12)
PLAIN: dict[object, st.SearchStrategy[Any]] = {
    Decimal: amounts | st.sampled_from([Decimal("1E-8"), Decimal("0E-8"), Decimal("2E+3")]),
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.just("1E-8"),
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    type(None): st.none(),
    msgspec.Raw: st.sampled_from([msgspec.Raw(b'{"type":"Tick"}'), msgspec.Raw(b'"{}"')]),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, or of a struct's."""
    if kind in PLAIN:
        return PLAIN[kind]
    arguments, origin = get_args(kind), get_origin(kind)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=3)
    if origin is tuple:
        return _tuples(arguments)
    if arguments:
        return st.one_of([values(one) for one in arguments])
    return st.builds(kind, **{field.name: _of_field(field) for field in msgspec.structs.fields(kind)})


def _of_field(field: msgspec.structs.FieldInfo) -> st.SearchStrategy[Any]:
    """Nothing received is no JSON: it is left out where it is the default, and is never the value of another field."""
    nothing = st.just(NOTHING_RECEIVED) if field.default is NOTHING_RECEIVED else st.nothing()
    return values(field.type) | nothing


def _tuples(arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    return st.tuples(*(values(one) for one in arguments))
