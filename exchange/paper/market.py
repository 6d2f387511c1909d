"""A symbol's market: a price path from a seed or a tape, and a book around it at every step.

Pure: a step follows from the state, the path and the seed alone, so that a venue that was restarted goes on
along the same path. Prices walk in small steps and are drawn back to where they began: a market left alone for
long stays within about half a percent.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Protocol

import msgspec
from msgspec.structs import replace

from exchange.paper.chance import chance
from exchange.paper.matching import Book, Level
from exchange.paper.rounding import ceil_to, floor_to

_MILLIONTH = Decimal("0.000001")
_INDEX_UNIT = Decimal("1E-20")
_PULL = Decimal("0.01")
_LARGEST_STEP = 250  # millionths
_HALF_SPREAD = (100, 250)  # millionths: a spread of 2 to 5 basis points
_LEVEL_GAP = (50, 300)  # millionths
_LEVEL_SHARE = (20, 200)  # percent of the usual size of a level
_TWO_MAKERS = 0.3


class Print(msgspec.Struct, frozen=True):
    """A public trade."""

    trade_id: int
    price: Decimal
    quantity: Decimal
    at: int
    is_buyer_maker: bool


class Shape(msgspec.Struct, frozen=True):
    """What the book of a symbol looks like: levels per side, USDT per level, tick and step."""

    levels: int
    level_notional: Decimal
    tick: Decimal
    step: Decimal


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """`mid` is the venue's indicative price: it has more decimals than the tick. `step` counts the path's steps."""

    symbol: str
    anchor: Decimal
    mid: Decimal
    step: int = 0
    halted: bool = False
    level_notional: Decimal | None = None
    book: Book = Book()


class Path(Protocol):
    """Where a symbol's price goes."""

    def mid(self, market: Market, rng: Random) -> Decimal:
        """The price at `market.step`, given the market one step before."""
        ...


class RandomWalk:
    """Even steps of at most 2.5 basis points, drawn back to the anchor."""

    def mid(self, market: Market, rng: Random) -> Decimal:
        change = rng.randint(-_LARGEST_STEP, _LARGEST_STEP) * _MILLIONTH
        return market.mid * (1 + change) + (market.anchor - market.mid) * _PULL


class Tape:
    """A recorded market, scaled to the anchor: one row per step, and back again from the end."""

    def __init__(self, prices: tuple[Decimal, ...]) -> None:
        self._relatives = tuple(price / prices[0] for price in prices)

    def mid(self, market: Market, rng: Random) -> Decimal:  # noqa: ARG002 - a tape has no chance in it
        last = len(self._relatives) - 1
        place = market.step % (2 * last) if last else 0
        return market.anchor * self._relatives[min(place, 2 * last - place)]


def _side(start: Decimal, way: int, shape: Shape, level_notional: Decimal, rng: Random) -> tuple[Level, ...]:
    levels: list[Level] = []
    distance = Decimal(rng.randint(*_HALF_SPREAD))
    to_tick = ceil_to if way > 0 else floor_to
    for _ in range(shape.levels):
        price = to_tick(start * (1 + way * distance * _MILLIONTH), shape.tick)
        distance += rng.randint(*_LEVEL_GAP)
        if price <= 0:
            break
        notional = level_notional * rng.randint(*_LEVEL_SHARE) / 100
        levels.extend(_makers(price, max(floor_to(notional / price, shape.step), shape.step), shape.step, rng))
    return tuple(levels)


def _makers(price: Decimal, quantity: Decimal, step: Decimal, rng: Random) -> list[Level]:
    """One maker, or now and then two at the same price."""
    first = floor_to(quantity * rng.randint(20, 80) / 100, step)
    if rng.random() >= _TWO_MAKERS or not 0 < first < quantity:
        return [Level(price, quantity)]
    return [Level(price, first), Level(price, quantity - first)]


def _book(market: Market, shape: Shape, rng: Random) -> Book:
    if market.halted:
        return Book()
    notional = shape.level_notional if market.level_notional is None else market.level_notional
    bids, asks = (_side(market.mid, way, shape, notional, rng) for way in (-1, 1))
    return Book(bids, asks)


def advance(market: Market, path: Path, shape: Shape, seed: int) -> Market:
    """The market one step later, with a fresh book."""
    rng = _chance_of_step(market, seed)
    ahead = _moved(market, path, rng)
    return replace(ahead, book=_book(ahead, shape, rng))


def pass_by(market: Market, path: Path, seed: int) -> Market:
    """The market one step later, when nobody looks at that step: its book is not drawn."""
    return _moved(market, path, _chance_of_step(market, seed))


def _chance_of_step(market: Market, seed: int) -> Random:
    return chance(seed, market.symbol, market.step + 1)


def _moved(market: Market, path: Path, rng: Random) -> Market:
    ahead = replace(market, step=market.step + 1, book=Book())
    return replace(ahead, mid=path.mid(ahead, rng).quantize(_INDEX_UNIT, ROUND_HALF_EVEN))


def prints(market: Market, at: int) -> tuple[Print, ...]:
    """The public trade that this step is shown by: the best offer is taken."""
    if not market.book.asks or not market.book.bids:
        return ()
    buying = market.step % 2 == 1
    level = (market.book.asks if buying else market.book.bids)[0]
    return (Print(market.step, level.price, level.quantity, at, not buying),)
