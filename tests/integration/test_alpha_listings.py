"""What the client makes of listings: what is left out of them, and how many pages it asks for."""

import pytest

from exchange.errors import Unknown
from tests.support.odd_client import client_of
from tests.support.odd_server import (
    answering,
    http_reply,
    odd_server,
)


def history_row(order_id: int, status: str = "FILLED", symbol: str = "ALPHA_900USDT") -> str:
    """An order, as the history and the list of open orders show it."""
    return (
        f'{{"orderId":"{order_id}","symbol":"{symbol}","status":"{status}","side":"BUY","price":"0.5",'
        '"origQty":"10","executedQty":"5","cumQuote":"2.5"}'
    )


def success(*rows: str) -> bytes:
    """A listing."""
    return http_reply(f'{{"code":"000000","data":[{",".join(rows)}],"success":true}}')


def test_history_keeps_only_what_is_finished() -> None:
    """A partly filled order is asked for, as the page does, and left out."""
    page = success(history_row(2, "PARTIALLY_FILLED"), history_row(1))
    with odd_server(answering(page)) as server, client_of(server.url) as client:
        assert [order.venue_order_id for order in client.order_history("ALPHA_900", 0, 1)] == ["1"]


def test_a_venue_that_ignores_the_page_is_not_asked_for_ever() -> None:
    """The same full page twice is the end."""
    page = success(*[history_row(number) for number in range(500, 0, -1)])
    with odd_server(answering(page, page, page)) as server, client_of(server.url, answer=5) as client:
        assert len(list(client.order_history("ALPHA_900", 0, 1))) == 500


def test_of_an_order_that_is_listed_again_the_first_row_counts() -> None:
    """The newest; an order of another symbol may have the same number."""
    page = success(history_row(5), history_row(5, "CANCELED"), history_row(5, "EXPIRED", "ALPHA_900USDC"))
    with odd_server(answering(page)) as server, client_of(server.url) as client:
        shown = [(order.symbol, order.order_status) for order in client.order_history("ALPHA_900", 0, 1)]
    assert shown == [("ALPHA_900USDT", "FILLED"), ("ALPHA_900USDC", "EXPIRED")]


def test_an_order_whose_id_is_no_number_makes_a_list_unreadable() -> None:
    """What it may be is not known; nothing is concluded from such a list."""
    page = success(history_row(2).replace('"2"', '"x2"', 1))
    with odd_server(answering(page)) as server, client_of(server.url) as client, pytest.raises(Unknown):
        list(client.order_history("ALPHA_900", 0, 1))


def test_open_orders_of_other_symbols_are_left_out() -> None:
    """Whether the venue heeds the query's symbol is not known."""
    page = success(history_row(2, "NEW", "ALPHA_1USDT"), history_row(1, "NEW"))
    with odd_server(answering(page)) as server, client_of(server.url) as client:
        assert [order.venue_order_id for order in client.open_orders("ALPHA_900USDT")] == ["1"]


def test_a_repeated_fill_counts_once() -> None:
    """By its page id; two fills of one trade id are two (venue protocol notes, 7.6)."""
    rows = [
        f'{{"symbol":"ALPHA_900USDT","orderId":"1","pageId":"{page_id}","tradeId":"7","side":"BUY","price":"0.5",'
        f'"qty":"{page_id}","quoteQty":"1","commission":"0","commissionAsset":"ALPHA_900","time":1}}'
        for page_id in (12, 11, 12)
    ]
    with odd_server(answering(success(*rows))) as server, client_of(server.url) as client:
        fills = client.user_trades("ALPHA_900USDT", "1")
    assert [fill.execution_id for fill in fills] == [12, 11]
