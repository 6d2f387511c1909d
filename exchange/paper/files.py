"""Reading what an operator gives the paper venue: token and symbol dumps, and price tapes.

A dump is a bare JSON list or the venue's envelope around it. `PaperFileError` says which file, where, and what
was expected.
"""

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

import msgspec

from exchange.alpha.listings import ExchangeInfo, SymbolRules, TokenRow

T = TypeVar("T")
_TAPE_COLUMNS = ("time_ms", "price", "quantity", "side")


class PaperFileError(Exception):
    """A file given to the paper venue cannot be read or is not what it should be."""


class _Wrapped(msgspec.Struct):
    data: msgspec.Raw


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise PaperFileError(f"{path}: cannot be read: {error.strerror}") from error


def _decode(path: str, raw: bytes, kind: type[T], expected: str) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PaperFileError(f"{path}: expected {expected}: {error}") from error


def _unwrapped(path: str, expected: str) -> bytes:
    raw = _read(path)
    if raw.lstrip()[:1] == b"[":
        return raw
    return bytes(_decode(path, raw, _Wrapped, f"{expected}, as a list or in an envelope's `data`").data)


def load_tokens(path: str) -> tuple[TokenRow, ...]:
    """The rows of a token list or aggTicker24 dump, as they are."""
    expected = "token rows"
    return _decode(path, _unwrapped(path, expected), tuple[TokenRow, ...], expected)


def load_symbols(path: str) -> tuple[SymbolRules, ...]:
    """The symbols of a get-exchange-info dump, bare or inside `data.symbols`."""
    expected = "symbol rules"
    raw = _unwrapped(path, expected)
    if raw.lstrip()[:1] == b"[":
        return _decode(path, raw, tuple[SymbolRules, ...], expected)
    return _decode(path, raw, ExchangeInfo, "symbol rules in `symbols`").symbols


def _price(path: str, line: int, row: dict[str, str]) -> Decimal:
    try:
        price = Decimal(row["price"] or "")
    except InvalidOperation:
        price = Decimal(0)
    if not price.is_finite() or price <= 0:
        raise PaperFileError(f"{path}: line {line}: price {row['price']!r} is not a positive number")
    return price


def load_tape(path: str) -> tuple[Decimal, ...]:
    """The prices of a tape: CSV with the columns time_ms, price, quantity, side."""
    lines = csv.DictReader(_read(path).decode("utf-8", "replace").splitlines())
    missing = [column for column in _TAPE_COLUMNS if column not in (lines.fieldnames or ())]
    if missing:
        raise PaperFileError(f"{path}: line 1: expected the columns {', '.join(_TAPE_COLUMNS)}")
    prices = tuple(_price(path, number, row) for number, row in enumerate(lines, start=2))
    if not prices:
        raise PaperFileError(f"{path}: the tape has no rows")
    return prices
