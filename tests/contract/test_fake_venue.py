"""The in-memory venue does what a test tells it, beyond what the contract asks of every venue."""

from decimal import Decimal

import pytest

from events.orders import OtoOrder
from exchange.errors import RateLimited, Unknown
from exchange.port import ExecutionReport, OtoPlaced, UnreadableFrame
from tests.support.fake_client import FakeClient
from tests.support.fake_stream import FakeStream
from tests.support.fake_venue import FakeVenue

ORDER = OtoOrder(
    symbol="ALPHA_420USDT",
    base_asset="ALPHA_420",
    quote_asset="USDT",
    working_price=Decimal("0.505"),
    quantity=Decimal(200),
    amount=Decimal(101),
    pending_price=Decimal("0.495"),
)


@pytest.fixture
def venue() -> FakeVenue:
    """It fills only what it is told to, and its clock stands still."""
    fake = FakeVenue(clock=lambda: 1_790_000_000_000)
    fake.set_token("ALPHA_420", price=Decimal("0.5"))
    return fake


def placed_and_streaming(venue: FakeVenue) -> tuple[FakeClient, FakeStream, OtoPlaced]:
    """Account 1 with a resting OTO, its first two reports read."""
    client, stream = venue.client(1), venue.stream()
    stream.subscribe(client.create_listen_key())
    placed = client.place_oto(ORDER)
    assert [next_report(stream).order_status for _ in range(2)] == ["NEW", "PENDING"]
    return client, stream, placed


def next_report(stream: FakeStream) -> ExecutionReport:
    """The next report, which must be there already."""
    item = stream.receive(0)
    assert isinstance(item, ExecutionReport)
    return item


def test_orders_wait_for_fill(venue: FakeVenue) -> None:
    """A part, then the rest, at the token's price; then the sell is active, with what was bought less the fee."""
    _, stream, placed = placed_and_streaming(venue)
    assert stream.receive(0) is None
    venue.fill(placed.working_order_id, quantity=Decimal(50))
    venue.fill(placed.working_order_id)
    part, rest, active = (next_report(stream) for _ in range(3))
    assert (part.order_status, part.last_qty, part.last_px) == ("PARTIALLY_FILLED", Decimal(50), Decimal("0.5"))
    assert (rest.order_status, rest.last_qty, rest.cum_qty) == ("FILLED", Decimal(150), Decimal(200))
    assert (active.order_status, active.quantity) == ("NEW", Decimal("199.98"))


def test_a_fill_that_does_not_cross_is_an_error_of_the_test(venue: FakeVenue) -> None:
    """A buy is not filled above its limit."""
    _, _, placed = placed_and_streaming(venue)
    with pytest.raises(ValueError, match="does not cross"):
        venue.fill(placed.working_order_id, price=Decimal("0.6"))


def test_the_venue_may_end_an_order(venue: FakeVenue) -> None:
    """With both reports, as after a cancel."""
    _, stream, placed = placed_and_streaming(venue)
    venue.end(placed.working_order_id)
    assert [next_report(stream).order_status for _ in range(2)] == ["CANCELED", "EXPIRED"]


def test_a_lost_request_does_nothing(venue: FakeVenue) -> None:
    """The told error is raised once; then calls work again."""
    client = venue.client(1)
    venue.fail_next(1, "place_oto", RateLimited("slow down", retry_after=Decimal(1)))
    with pytest.raises(RateLimited):
        client.place_oto(ORDER)
    assert client.open_orders(ORDER.symbol) == ()
    assert client.place_oto(ORDER).working_order_id


def test_a_lost_answer_leaves_the_order(venue: FakeVenue) -> None:
    """The venue did it, and the caller does not know."""
    client = venue.client(1)
    venue.fail_next(1, "place_oto", Unknown("timeout"), done=True)
    with pytest.raises(Unknown):
        client.place_oto(ORDER)
    assert len(client.open_orders(ORDER.symbol)) == 1


def test_anything_can_be_pushed(venue: FakeVenue) -> None:
    """A poison frame reaches the account's stream."""
    _, stream, _ = placed_and_streaming(venue)
    poison = UnreadableFrame(reason="no JSON", raw="{")
    venue.push(1, poison)
    assert stream.receive(0) == poison


def test_calls_are_noted_and_can_be_awaited(venue: FakeVenue) -> None:
    """By account and name, in order."""
    venue.set_volume(1, "TWIN", Decimal(60))
    assert venue.client(1).user_volume().total == Decimal(60)
    assert venue.wait_for(lambda fake: (1, "user_volume") in fake.calls)
    assert not venue.wait_for(lambda fake: (2, "user_volume") in fake.calls, timeout=0.01)
