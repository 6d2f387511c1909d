"""Price paths and books."""

from decimal import Decimal

import pytest

from exchange.paper.market import Market, Path, RandomWalk, Shape, Tape, advance
from exchange.paper.matching import Level
from exchange.paper.settings import PaperSettings
from exchange.paper.tokens import listings
from tests.support.real_data import SYMBOLS, TOKENS, at_hand

SHAPE = Shape(12, Decimal(150), Decimal("0.00000001"), Decimal("0.01"))
PRICE = Decimal("0.02190617284039506172")


def walk(path: Path, steps: int, seed: int = 1) -> list[Market]:
    """The market over some steps."""
    markets = [Market(symbol="ALPHA_382USDT", anchor=PRICE, mid=PRICE)]
    for _ in range(steps):
        markets.append(advance(markets[-1], path, SHAPE, seed))
    return markets[1:]


def test_the_seed_decides_the_path() -> None:
    """The same seed gives the same market step by step, books and all; another seed another one."""
    assert walk(RandomWalk(), 20) == walk(RandomWalk(), 20)
    assert walk(RandomWalk(), 20) != walk(RandomWalk(), 20, seed=2)


def test_a_path_goes_on_from_any_step() -> None:
    """A market that is put away and taken up again continues as if nothing had been."""
    whole = walk(RandomWalk(), 10)
    assert advance(whole[4], RandomWalk(), SHAPE, 1) == whole[5]


def test_the_walk_stays_near() -> None:
    """Over two thousand steps the price moves, and stays within one percent of where it began."""
    prices = [market.mid for market in walk(RandomWalk(), 2000)]
    assert len(set(prices)) > 1900
    assert all(abs(price / PRICE - 1) < Decimal("0.01") for price in prices)


def test_a_tape_is_scaled_and_runs_back_from_its_end() -> None:
    """Relative prices apply to the token's own price; after the last row comes the one before it."""
    tape = Tape((Decimal(100), Decimal(110), Decimal(121)))
    relatives = [(market.mid / PRICE).quantize(Decimal("0.01")) for market in walk(tape, 5)]
    assert [str(relative) for relative in relatives] == ["1.10", "1.21", "1.10", "1.00", "1.10"]


def test_a_tape_of_one_row_stands_still() -> None:
    """There is nowhere to go."""
    assert [market.mid for market in walk(Tape((Decimal(5),)), 3)] == [PRICE] * 3


def test_books_are_sound() -> None:
    """Prices on the tick and in order, quantities on the step, and a spread of 2 to 5 basis points."""
    for market in walk(RandomWalk(), 50):
        bids, asks = market.book.bids, market.book.asks
        assert [level.price for level in bids] == sorted((level.price for level in bids), reverse=True)
        assert [level.price for level in asks] == sorted(level.price for level in asks)
        assert Decimal("0.0001") < (asks[0].price - bids[0].price) / market.mid < Decimal("0.0006")
        assert all(_sound(level) for level in (*bids, *asks))


def _sound(level: Level) -> bool:
    return level.quantity > 0 and not level.price % SHAPE.tick and not level.quantity % SHAPE.step


def test_two_makers_share_a_price_now_and_then() -> None:
    """So that one order can have several fills under one trade id."""
    doubled = [market for market in walk(RandomWalk(), 50) if market.book.asks[0].price == market.book.asks[1].price]
    assert 5 < len(doubled) < 30


def test_a_halted_market_has_no_book() -> None:
    """Nothing can be bought or sold."""
    halted = Market(symbol="ALPHA_382USDT", anchor=PRICE, mid=PRICE, halted=True)
    assert not advance(halted, RandomWalk(), SHAPE, 1).book.asks


@pytest.mark.skipif(not at_hand(), reason="the real dumps are not beside this checkout")
def test_every_real_symbol_has_a_market() -> None:
    """Of the 735, those that trade against USDT with a live token have a book with both sides, not crossed."""
    listed = listings(PaperSettings(tokens_file=str(TOKENS), symbols_file=str(SYMBOLS)))
    assert (len(listed.rows), len(listed.symbols)) == (403, 735)
    assert len(listed.rules) > 250
    for symbol, rules in listed.rules.items():
        price = listed.tokens[rules.base_asset].price
        shape = Shape(12, Decimal(150), rules.tick, rules.step)
        book = advance(Market(symbol=symbol, anchor=price, mid=price), RandomWalk(), shape, 1).book
        assert book.bids[0].price < book.asks[0].price
