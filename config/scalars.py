"""Single values: from the text in the file to a typed value within the bounds of its field.

Numbers are plain decimal digits and are exact. What YAML versions read differently is refused: `010` (octal or
ten), `1e3` (text or number), `0x10`, `1_000`, `1:30`, `.inf`, `.nan`. Quotes around a number do not matter.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast

from msgspec import inspect

from config.problems import near_miss, shown

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,18})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
_OTHER_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}

Rules = Mapping[str, object]
"""JSON Schema keywords that bound a value, and `expected`, which says the pattern in words."""


class Unfit(Exception):
    """The text is no value of this type. Holds what was expected, and a guess at what was meant."""

    def __init__(self, expected: str, suggestion: str | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.suggestion = suggestion


def convert(text: str, type_: inspect.Type, rules: Rules) -> object:
    """Return the typed value. Raises Unfit."""
    if isinstance(type_, inspect.LiteralType):
        return _one_of(text, [str(value) for value in type_.values], rules)
    return _CONVERTERS[type(type_)](text, rules)


def _one_of(text: str, allowed: list[str], rules: Rules) -> str:
    if text not in allowed:
        raise Unfit(str(rules.get("expected", " or ".join(allowed))), near_miss(text, allowed))
    return text


def _boolean(text: str, _rules: Rules) -> bool:
    if text.lower() not in _BOOLEANS:
        raise Unfit("true or false", _OTHER_BOOLEANS.get(text.lower()))
    return _BOOLEANS[text.lower()]


def _string(text: str, rules: Rules) -> str:
    pattern = str(rules.get("pattern", ""))
    if not re.search(pattern, text) or not text.isprintable():
        raise Unfit(str(rules.get("expected", "text")))
    return text


def _integer(text: str, rules: Rules) -> int:
    if not _INTEGER.fullmatch(text):
        raise Unfit(f"a whole number{_bounds_in_words(rules)}")
    _check_bounds(Decimal(text), rules, "a whole number")
    return int(text)


def _decimal(text: str, rules: Rules) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise Unfit(f"a number{_bounds_in_words(rules)}, in plain digits")
    _check_bounds(Decimal(text), rules, "a number")
    return Decimal(text)


_CONVERTERS: Mapping[type[inspect.Type], Callable[[str, Rules], object]] = {
    inspect.BoolType: _boolean,
    inspect.StrType: _string,
    inspect.IntType: _integer,
    inspect.DecimalType: _decimal,
}

_BOUNDS: Mapping[str, tuple[str, Callable[[Decimal, int], bool]]] = {
    "exclusiveMinimum": ("greater than {}", lambda value, bound: value > bound),
    "minimum": ("of at least {}", lambda value, bound: value >= bound),
    "exclusiveMaximum": ("less than {}", lambda value, bound: value < bound),
    "maximum": ("at most {}", lambda value, bound: value <= bound),
}


def _check_bounds(value: Decimal, rules: Rules, kind: str) -> None:
    for name, (_, fits) in _BOUNDS.items():
        if name in rules and not fits(value, cast("int", rules[name])):
            raise Unfit(kind + _bounds_in_words(rules))


def _bounds_in_words(rules: Rules) -> str:
    """`from 1 to 9` or `greater than 0, at most 9`."""
    if "minimum" in rules and "maximum" in rules:
        return f" from {rules['minimum']} to {rules['maximum']}"
    return "".join(f" {words.format(rules[name])}," for name, (words, _) in _BOUNDS.items() if name in rules).rstrip(
        ","
    )


def describe(text: str, *, plain: bool) -> str:
    """Say what was found, for messages: `-5`, `"abc"`, `nothing`."""
    if is_nothing(text, plain=plain):
        return "nothing"
    return text if plain and _DECIMAL.fullmatch(text) else shown(text)


def is_nothing(text: str, *, plain: bool) -> bool:
    """Whether YAML reads the text as null."""
    return plain and text in {"", "~", "null", "Null", "NULL"}
