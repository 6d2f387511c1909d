"""The markets of the paper venue: which step each has reached, and what is left of its book.

A market begins to move when somebody first looks at it and goes on by the clock, in steps of `market_step_ms`.
It catches up when it is looked at again, by at most `_MOST_STEPS`, so that a venue with nobody in it does nothing.
"""

from collections import defaultdict, deque
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from exchange.paper.market import Market, Path, Print, Shape, advance, pass_by, prints
from exchange.paper.matching import Book
from exchange.paper.settings import PaperSettings
from exchange.paper.store import Store
from exchange.paper.tokens import QUOTE, Listings

_MOST_STEPS = 50
_KEPT_PRINTS = 500


class _Step(NamedTuple):
    """A step whose book nobody has looked at yet: the market before it, and when it was made (ms).

    Of a step that was `passed` while the market caught up, only the best offers are ever drawn.
    """

    before: Market
    at: int
    passed: bool


class Markets:
    """Times in ms. Symbols are those of `Listings.rules`; any other raises KeyError."""

    def __init__(self, store: Store, settings: PaperSettings, listings: Listings, path: Path) -> None:
        self._store = store
        self._settings = settings
        self._listings = listings
        self._path = path
        self._markets = {each.symbol: each for each in store.rows("markets", Market)}
        self._stepped_at: dict[str, int] = {}
        self._undrawn: dict[str, _Step] = {}
        self._shown: defaultdict[str, deque[Print | _Step]] = defaultdict(lambda: deque(maxlen=_KEPT_PRINTS))

    def at(self, symbol: str, now: int) -> Market:
        """The market as it stands at `now`."""
        self._move(symbol, now)
        undrawn = self._undrawn.pop(symbol, None)
        if undrawn is not None:
            self._markets[symbol] = self._drawn(undrawn)
        return self._markets[symbol]

    def mid(self, symbol: str, now: int) -> Decimal:
        """Its indicative price, for which no book needs to be drawn."""
        self._move(symbol, now)
        return self._markets[symbol].mid

    def _move(self, symbol: str, now: int) -> None:
        due = self._due(symbol, now)
        if not due:
            return
        market = self._markets.get(symbol) or self._opening(symbol)
        for _ in range(due - 1):
            market = self._after(_Step(market, now, passed=True))
        self._undrawn[symbol] = last = _Step(market, now, passed=False)
        self._keep(self._after(last), now)

    def _after(self, step: _Step) -> Market:
        if not step.before.halted:
            self._shown[step.before.symbol].append(step)
        return pass_by(step.before, self._path, self._settings.seed)

    def _drawn(self, step: _Step) -> Market:
        shape = self._shape(step.before.symbol)
        shape = replace(shape, levels=1) if step.passed else shape
        return advance(step.before, self._path, shape, self._settings.seed)

    def moves(self, symbol: str) -> bool:
        """Whether there is such a market and anybody has looked at it yet."""
        return symbol in self._markets and symbol in self._listings.rules

    def worth(self, alpha_id: str, now: int) -> Decimal:
        """A token's price in USDT: its market's if that moves, or else the listed one; 0 when it has neither."""
        if self.moves(alpha_id + QUOTE):
            return self.mid(alpha_id + QUOTE, now)
        token = self._listings.tokens.get(alpha_id)
        return token.price if token else Decimal(0)

    def prints(self, symbol: str, now: int) -> tuple[Print, ...]:
        """The latest public trades, oldest first."""
        self._move(symbol, now)
        shown = self._shown[symbol]
        for _ in range(len(shown)):
            one = shown.popleft()
            shown.extend(prints(self._drawn(one), one.at) if isinstance(one, _Step) else (one,))
        return tuple(one for one in shown if isinstance(one, Print))

    def leave(self, symbol: str, book: Book) -> None:
        """Keep what an order has left of the book; the next step brings a fresh one."""
        self._markets[symbol] = replace(self._markets[symbol], book=book)

    def set(self, symbol: str, now: int, *, price: Decimal | None, halted: bool | None, depth: Decimal | None) -> None:
        """Move the price (and what it is drawn back to), halt or resume, set the USDT per level. None: leave it."""
        market = self.at(symbol, now)
        if price is not None:
            market = replace(market, anchor=price, mid=price)
        if halted is not None:
            market = replace(market, halted=halted)
        if depth is not None:
            market = replace(market, level_notional=depth)
        self._keep(advance(market, self._path, self._shape(symbol), self._settings.seed), now)

    def _due(self, symbol: str, now: int) -> int:
        if symbol not in self._stepped_at:
            return 1
        return min((now - self._stepped_at[symbol]) // self._settings.market_step_ms, _MOST_STEPS)

    def _opening(self, symbol: str) -> Market:
        price = self._listings.tokens[self._listings.rules[symbol].base_asset].price
        return Market(symbol=symbol, anchor=price, mid=price)

    def _shape(self, symbol: str) -> Shape:
        rules = self._listings.rules[symbol]
        return Shape(self._settings.book_levels, self._settings.level_notional_usdt, rules.tick, rules.step)

    def _keep(self, market: Market, now: int) -> None:
        self._markets[market.symbol] = market
        self._stepped_at[market.symbol] = now
        self._store.put(replace(market, book=Book()))
