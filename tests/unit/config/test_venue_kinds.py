"""Which venue: the simulated one unless the file names the real one, and where that is."""

from decimal import Decimal
from pathlib import Path

import pytest

from bin.venue_ports import rate_limits
from config import effective
from config.loader import load_with_origins
from config.schema import AlphaVenueSettings, PaperVenueSettings
from exchange.rate_limit import RateLimits
from tests.support.settings import loaded, settings_file, strategy

GOOD = "strategies:\n" + strategy()
REAL = "venue: {kind: alpha, rest_url: 'https://h:8443', stream_url: 'wss://h:8443/w3w/stream', ca_file: ca.pem}\n"


def test_the_real_venue_is_where_the_file_says(tmp_path: Path) -> None:
    """Its hosts are those of the file, its files are relative to it, and everything else is the safer choice."""
    (tmp_path / "ca.pem").touch()
    venue = loaded(tmp_path, GOOD + REAL).venue
    assert isinstance(venue, AlphaVenueSettings)
    assert (venue.rest_url, venue.stream_url) == ("https://h:8443", "wss://h:8443/w3w/stream")
    assert (venue.ca_file, venue.credentials_file) == (str(tmp_path / "ca.pem"), None)
    assert venue.on_restriction == "leave"


def test_the_real_venue_is_asked_gently_unless_told_otherwise(tmp_path: Path) -> None:
    """One placement and three calls a second for each account, a cap for all, and no two accounts on a symbol."""
    (tmp_path / "ca.pem").touch()
    venue = loaded(tmp_path, GOOD + REAL).venue
    assert venue.self_match_guard
    assert rate_limits(venue) == RateLimits()
    assert rate_limits(PaperVenueSettings()) is None
    assert not PaperVenueSettings().self_match_guard


def test_the_paper_venue_can_be_asked_as_gently(tmp_path: Path) -> None:
    """Each rate by itself; what is not given has no limit."""
    section = "venue: {calls_per_second: 2.5, call_burst: 4, longest_call_wait_seconds: 0.5, self_match_guard: true}\n"
    venue = loaded(tmp_path, GOOD + section).venue
    assert venue.self_match_guard
    assert rate_limits(venue) == RateLimits(
        placements_per_second=None,
        calls_per_second=Decimal("2.5"),
        address_calls_per_second=None,
        burst=4,
        longest_wait_ms=500,
    )


@pytest.mark.parametrize("section", ["", "venue:\n", "venue: {}\n", "venue: {kind: }\n", "venue: {kind: paper}\n"])
def test_paper_is_the_default(tmp_path: Path, section: str) -> None:
    """Nobody trades on the real venue who has not named it."""
    assert loaded(tmp_path, GOOD + section).venue == PaperVenueSettings()


def test_shown_settings_of_the_real_venue_load_to_themselves(tmp_path: Path) -> None:
    """`config show --format yaml` keeps the kind and every key of the venue."""
    (tmp_path / "ca.pem").touch()
    before = load_with_origins(settings_file(tmp_path, GOOD + REAL))
    shown = effective.as_yaml(before)
    assert 'kind: "alpha"' in shown
    assert loaded(tmp_path, shown) == before.settings
