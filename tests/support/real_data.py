"""The venue's real dumps, where they stand beside the checkout; tests pass without them."""

from functools import cache
from pathlib import Path

import msgspec

from events.values import SymbolRules
from exchange.alpha.filters import read_rules

DATA = Path(__file__).parents[3] / "shared" / "data"
TOKENS = DATA / "alpha-tokens-2025-10.json"
SYMBOLS = DATA / "alpha-exchange-info-2025-10.json"
TAPE = DATA / "trades-xbtusdt-2025-11-10.csv"


def at_hand() -> bool:
    return TOKENS.is_file() and SYMBOLS.is_file() and TAPE.is_file()


@cache
def real_symbol_rules() -> tuple[SymbolRules, ...]:
    """The rules of all 735 symbols; empty where the dump is not at hand."""
    if not SYMBOLS.is_file():
        return ()
    rows = msgspec.json.decode(SYMBOLS.read_bytes(), type=list[msgspec.Raw])
    return tuple(rules for row in rows if (rules := read_rules(row)) is not None)
