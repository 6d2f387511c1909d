"""How much of a long history a look at orders reads."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from actors.looking import OLDER_IN_A_ROW, executed_orders, find_order, find_oto, read_orders
from actors.messages.orders import ExecutedAbove, LookUpOrders, ReconcileOrders
from actors.messages.placements import SearchOrder, SearchOto
from events.orders import LimitOrder, OtoOrder
from events.reports import OrderSnapshot
from tests.support.fake_client import FakeClient
from tests.support.fake_venue import FakeVenue
from tests.support.reports import order_row

SYMBOL, ASSET = "ALPHA_900USDT", "ALPHA_900"
NEWEST, NEWER, NOW = 7_010_000, 2, 100_000_000
OTO = OtoOrder(
    symbol=SYMBOL,
    base_asset=ASSET,
    quote_asset="USDT",
    working_price=Decimal("0.6"),
    quantity=Decimal(77),
    amount=Decimal("46.2"),
    pending_price=Decimal("0.4"),
)
PLAIN = LimitOrder(
    symbol=SYMBOL, base_asset=ASSET, quote_asset="USDT", side="SELL", price=Decimal("0.4"), quantity=Decimal(77)
)


class LongDay(FakeClient):
    """An account with 10,000 orders behind it, all long over; counts how many of them were read."""

    def __init__(self) -> None:
        super().__init__(FakeVenue(), 1)
        self.read = 0

    def order_history(self, base_asset: str, since: int, until: int) -> Iterator[OrderSnapshot]:
        assert base_asset == ASSET
        assert since < until
        for order_id in range(NEWEST, NEWEST - 10_000, -1):
            self.read += 1
            yield order_row(status="FILLED", cum="200", venue_order_id=str(order_id))


def looks(client: LongDay) -> object:
    look = LookUpOrders(
        trade_id="t1", symbol=SYMBOL, base_asset=ASSET, venue_order_ids=(str(NEWEST - 1), str(NEWEST + 1)), since=NOW
    )
    return [row.venue_order_id for row in read_orders(client, look, NOW).orders]


def compares(client: LongDay) -> object:
    executed = ExecutedAbove(symbol=SYMBOL, base_asset=ASSET, above=NEWEST - NEWER)
    command = ReconcileOrders(number=1, symbols=(SYMBOL,), executed=(executed,), since=1)
    return [row.venue_order_id for row in executed_orders(client, command, NOW)]


def searches(client: LongDay) -> object:
    return find_oto(client, SearchOto(trade_id="t1", order=OTO, since=NOW, newest_id=NEWEST - NEWER), NOW)


def searches_a_plain_one(client: LongDay) -> object:
    return find_order(
        client, SearchOrder(trade_id="t1", attempt=1, order=PLAIN, since=NOW, newest_id=NEWEST - NEWER), NOW
    )


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (looks, [str(NEWEST - 1)]),
        (compares, [str(NEWEST), str(NEWEST - 1)]),
        (searches, None),
        (searches_a_plain_one, None),
    ],
)
def test_no_more_of_a_history_is_read_than_until_it_is_surely_older(
    ask: Callable[[LongDay], object], answer: object
) -> None:
    """An account's day may be ten thousand orders, and each look would read them all."""
    client = LongDay()
    assert ask(client) == answer
    assert client.read == NEWER + OLDER_IN_A_ROW
