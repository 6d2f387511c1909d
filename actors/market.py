"""What the venue lists, read once for all accounts that ask at nearly the same time."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Generic, TypeVar

from actors.clock import Clock
from events.values import SymbolRules
from exchange.errors import Rejected
from exchange.port import MarketData, Token

T = TypeVar("T")

TOKENS_KEPT_MS = 250
RULES_KEPT_MS = 5_000
"""Multipliers flip in the middle of a day; filters change less often, and their list is long."""


class _Kept(Generic[T]):
    """The last answer, for so many ms. Any thread; one reads, the others wait for it."""

    def __init__(self, read: Callable[[], T], clock: Clock, kept_ms: int) -> None:
        self._read = read
        self._clock = clock
        self._kept_ms = kept_ms
        self._lock = Lock()
        self._last: tuple[int, T] | None = None

    def get(self) -> T:
        """Raises VenueError."""
        with self._lock:
            now = self._clock.now_ms()
            if self._last is None or now - self._last[0] >= self._kept_ms:
                self._last = (now, self._read())
            return self._last[1]


class Market:
    """Tokens and rules as they are now. Any thread. Everything raises VenueError, Rejected for what is not listed."""

    def __init__(self, market: MarketData, clock: Clock) -> None:
        self._tokens: _Kept[tuple[Token, ...]] = _Kept(market.tokens, clock, TOKENS_KEPT_MS)
        self._rules: _Kept[Mapping[str, SymbolRules]] = _Kept(market.symbol_rules, clock, RULES_KEPT_MS)

    def token(self, alpha_id: str) -> Token:
        """Rejected also where another live token has its ticker: volumes are told by ticker alone (venue protocol
        notes, section 19, number 17).
        """
        listed = self._tokens.get()
        token = next((one for one in listed if one.alpha_id == alpha_id), None)
        if token is None:
            raise Rejected(f"the venue lists no token {alpha_id}")
        live = [one for one in listed if one.ticker == token.ticker and (not one.offline or one is token)]
        if len(live) > 1:
            places = " and ".join(f"{one.alpha_id} on {one.chain_name}" for one in live)
            raise Rejected(f"{token.ticker} is {places}, and the venue tells volumes by ticker alone")
        return token

    def rules(self, symbol: str) -> SymbolRules:
        rules = self._rules.get().get(symbol)
        if rules is None:
            raise Rejected(f"the venue tells no filters of {symbol} that can be read")
        return rules
