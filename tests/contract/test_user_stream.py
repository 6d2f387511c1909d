"""What every UserStream promises (`exchange.port`)."""

import threading
from decimal import Decimal

import msgspec
import pytest

from exchange.errors import StreamClosed
from tests.support.venues import Trader, Venue


def test_an_oto_is_told_in_the_captured_order(trader: Trader) -> None:
    """Working NEW, pending PENDING with quantity 0, buys, pending NEW with a quantity, sells (protocol notes, 5.3)."""
    placed = trader.client.place_oto(trader.oto("1.1"))
    reports = trader.reports_until(placed.pending_order_id, "FILLED")
    told = [(report.leg, report.order_status) for report in reports if report.order_status != "PARTIALLY_FILLED"]
    assert told == [
        ("working", "NEW"),
        ("pending", "PENDING"),
        ("working", "FILLED"),
        ("pending", "NEW"),
        ("pending", "FILLED"),
    ]
    waiting, active = [report for report in reports if report.leg == "pending"][:2]
    assert (waiting.execution_type, waiting.quantity) == ("NEW", Decimal(0))
    assert active.quantity > 0


def test_reports_name_their_order(trader: Trader) -> None:
    """Ids, symbol, side and prices are those of the placement."""
    order = trader.oto("0.5")
    placed = trader.client.place_oto(order)
    working, pending = trader.next_report(), trader.next_report()
    assert (working.venue_order_id, working.side, working.price) == (
        placed.working_order_id,
        "BUY",
        order.working_price,
    )
    assert (pending.venue_order_id, pending.side, pending.price) == (
        placed.pending_order_id,
        "SELL",
        order.pending_price,
    )
    assert working.symbol == pending.symbol == order.symbol
    assert working.order_list_id is not None
    assert working.order_list_id == pending.order_list_id


def test_fills_are_those_of_the_trades_query(trader: Trader) -> None:
    """A fill has the same execution id, quantity, quote and commission on the stream and over REST."""
    placed = trader.client.place_oto(trader.oto("1.1", quote="500"))
    reports = trader.reports_until(placed.pending_order_id, "FILLED")
    for order_id in (placed.working_order_id, placed.pending_order_id):
        streamed = [
            (each.execution_id, each.match_id, each.last_qty, each.last_px, each.last_quote, each.commission)
            for each in reports
            if each.venue_order_id == order_id and each.execution_type == "TRADE"
        ]
        queried = [
            (each.execution_id, each.match_id, each.last_qty, each.last_px, each.last_quote, each.commission)
            for each in trader.client.user_trades(trader.rules.symbol, order_id)
        ]
        assert streamed == queried[::-1] != []


def test_only_fills_carry_a_commission(trader: Trader) -> None:
    """Elsewhere it is 0 and has no asset; execution ids rise over all reports."""
    placed = trader.client.place_oto(trader.oto("1.1"))
    reports = trader.reports_until(placed.pending_order_id, "FILLED")
    for report in reports:
        is_fill = report.execution_type == "TRADE"
        assert (report.commission > 0, report.commission_asset is not None) == (is_fill, is_fill)
    ids = [report.execution_id for report in reports]
    assert ids == sorted(set(ids))


def test_a_cancel_is_reported_for_both_legs(trader: Trader) -> None:
    """The working leg is CANCELED and the pending leg ends with it."""
    placed = trader.client.place_oto(trader.oto("0.5"))
    trader.client.cancel_order(trader.rules.symbol, placed.working_order_id)
    reports = trader.reports_until(placed.pending_order_id, "EXPIRED")
    assert [(report.leg, report.order_status) for report in reports[2:]] == [
        ("working", "CANCELED"),
        ("pending", "EXPIRED"),
    ]


def test_the_raw_text_is_kept_without_the_key(trader: Trader) -> None:
    """It is the report's JSON, and holds nothing of the subscription's name."""
    trader.client.place_oto(trader.oto("0.5"))
    raw = trader.next_report().raw
    assert isinstance(msgspec.json.decode(raw), dict)
    assert trader.listen_key not in raw


def test_quiet_brings_nothing(trader: Trader) -> None:
    """`receive` returns None when its time is up."""
    assert trader.stream.receive(0.02) is None


def test_a_key_that_the_venue_does_not_know_brings_silence(trader: Trader, venue: Venue) -> None:
    """The subscription is acknowledged all the same; no other account's report arrives."""
    stranger = venue.stream()
    stranger.subscribe("f" * 32)
    try:
        trader.client.place_oto(trader.oto("0.5"))
        trader.next_report()
        assert stranger.receive(0.1) is None
    finally:
        stranger.close()


def test_a_new_key_s_stream_replaces_the_old_one_s(trader: Trader, venue: Venue) -> None:
    """What happens after a renewal arrives under the new key (protocol notes, section 19, question 2)."""
    renewed = venue.stream()
    renewed.subscribe(trader.client.create_listen_key())
    trader.stream.close()
    trader.stream = renewed
    placed = trader.client.place_oto(trader.oto("0.5"))
    assert trader.next_report().venue_order_id == placed.working_order_id


def test_a_dropped_connection_is_closed(trader: Trader, venue: Venue) -> None:
    """The venue may end it at any time; then and later `receive` says so."""
    venue.drop_streams(trader.user_id)
    for _ in range(2):
        with pytest.raises(StreamClosed):
            trader.stream.receive(10)


def test_close_wakes_a_waiting_reader(trader: Trader) -> None:
    """From another thread, long before the reader's own time is up."""
    ended = threading.Event()

    def read() -> None:
        with pytest.raises(StreamClosed):
            trader.stream.receive(60)
        ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    trader.stream.close()
    assert ended.wait(5)
    reader.join(5)


def test_closing_twice_is_fine(trader: Trader) -> None:
    """And a closed stream stays closed."""
    trader.stream.close()
    trader.stream.close()
    with pytest.raises(StreamClosed):
        trader.stream.receive(0)
