"""Which venue: the simulated one unless the file names the real one, and where that is."""

from pathlib import Path

import pytest

from config import effective
from config.loader import load_with_origins
from config.schema import AlphaVenueSettings, PaperVenueSettings
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
