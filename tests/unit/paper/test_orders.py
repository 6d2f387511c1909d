"""The paper venue's memory of orders: bounded, and nothing is forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.paper import orders as module
from exchange.paper.orders import Orders
from tests.support.paper_desk import PaperDesk

TRADES = 20


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PaperDesk]:
    """Twenty trades of an account, on a venue that keeps its last three orders in memory."""
    monkeypatch.setattr(module, "RECENT", 3)
    made = PaperDesk(tmp_path)
    for _ in range(TRADES):
        made.place()
        made.settle()
    yield made
    made.close()


def test_memory_does_not_grow_with_trades(paper: PaperDesk) -> None:
    """What cannot change any more is left to the file."""
    assert len(paper.venue.orders._orders) <= 6
    assert len(paper.venue.orders._fills) <= 6


def test_every_order_is_still_there_newest_first(paper: PaperDesk) -> None:
    """By account and by id, wherever it is kept."""
    orders = paper.venue.orders
    ids = [order.order_id for order in orders.all_of("1")]
    assert (len(ids), ids) == (2 * TRADES, sorted(ids, reverse=True))
    assert [order.order_id for each in ids if (order := orders.get(each)) is not None] == ids
    assert orders.get(1) is None


def test_every_fill_is_still_there(paper: PaperDesk) -> None:
    """An order's fills add up to what it executed, however old it is."""
    orders = paper.venue.orders
    for order in orders.all_of("1"):
        assert sum(fill.take.quantity for fill in orders.fills_of(order.order_id)) == order.cum_qty


def test_a_restart_finds_the_same(paper: PaperDesk) -> None:
    """The file alone has it all."""
    again = Orders(paper.venue.store)
    assert list(again.all_of("1")) == list(paper.venue.orders.all_of("1"))
    assert len(again._orders) <= 6
