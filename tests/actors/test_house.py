"""All actors together on the venue in memory."""

from decimal import Decimal

from events.trades import TradeCompleted
from tests.support.fake_venue import FakeVenue
from tests.support.house import house, quick_terms

T = 200


def test_an_account_at_its_target_is_skipped() -> None:
    """Nothing is placed and no stream is opened for an account that the venue already counts enough for."""
    venue = FakeVenue(fills_at_once=True)
    venue.set_volume(1, "KOGE", Decimal(500))
    with house(venue, quick_terms()) as running:
        assert [one.status for one in running.result().results] == ["skipped"]
    assert {call for _, call in venue.calls} == {"user_volume", "tokens"}


def test_an_account_trades_until_the_venue_says_reached() -> None:
    """Trades go on, over as many batches as it takes, until the venue's own figure is at the target."""
    venue = FakeVenue(fills_at_once=True)
    with house(venue, quick_terms()) as running:
        result = running.result()
        assert [one.status for one in result.results] == ["reached"]
    assert venue.volumes[1]["KOGE"] >= T
    assert len(running.events(TradeCompleted)) == sum(call == "place_oto" for _, call in venue.calls)
