"""One suite per port, run on every implementation."""

from collections.abc import Iterator

import pytest

from tests.support.venues import Trader, Venue, in_memory, over_the_wire


@pytest.fixture(scope="session", params=[in_memory, over_the_wire])
def venue(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """Each implementation in turn, shared by the tests: every test takes an account of its own."""
    with request.param(tmp_path_factory.mktemp("venue")) as running:
        yield running


@pytest.fixture
def trader(venue: Venue) -> Iterator[Trader]:
    """A fresh account, streaming."""
    account = Trader(venue)
    yield account
    account.close()
