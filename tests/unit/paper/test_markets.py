"""Books and public trades are drawn when somebody looks, and come out the same whenever that is."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from exchange.paper.markets import Markets
from tests.support.paper_desk import NOON, PaperDesk

SYMBOL = "ALPHA_382USDT"
LATER = 7 * 250

Pair = tuple[Markets, Markets]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two venues of the same seed."""
    one, other = (PaperDesk(tmp_path / name).venue for name in ("one", "other"))
    yield one.markets, other.markets
    one.store.close()
    other.store.close()


def moments(steps: int) -> Iterable[int]:
    return range(NOON, NOON + steps * LATER, LATER)


def test_the_price_is_that_of_the_market_whose_book_is_drawn(pair: Pair) -> None:
    """Whoever asks for the price alone sees the path of whoever looks at the book."""
    prices, books = pair
    assert [prices.mid(SYMBOL, now) for now in moments(20)] == [books.at(SYMBOL, now).mid for now in moments(20)]


def test_a_book_is_the_same_although_only_the_price_was_asked_before(pair: Pair) -> None:
    """Nor does the price change what an order has left of the book."""
    asked, looked = pair
    for now in moments(5):
        asked.mid(SYMBOL, now)
        assert asked.at(SYMBOL, now) == looked.at(SYMBOL, now)
        asked.leave(SYMBOL, looked.at(SYMBOL, now).book)
        asked.mid(SYMBOL, now)
        assert asked.at(SYMBOL, now) == looked.at(SYMBOL, now)


def test_public_trades_are_the_same_asked_early_or_late(pair: Pair) -> None:
    """Those of the steps in between, too; they are numbered without a gap."""
    early, late = pair
    for now in moments(12):
        early.prints(SYMBOL, now)
        late.mid(SYMBOL, now)
    last = max(moments(12))
    shown = late.prints(SYMBOL, last)
    assert shown == early.prints(SYMBOL, last)
    assert [one.trade_id for one in shown] == list(range(1, 1 + 11 * 7 + 1))
