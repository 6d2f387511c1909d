"""Our filters against the paper venue's, over the venue's real symbols where their dump is at hand."""

import pytest

from tests.campaigns.filters import campaign, told
from tests.support.real_data import SYMBOLS

pytestmark = pytest.mark.skipif(not SYMBOLS.is_file(), reason="the venue's symbol dump is not at hand")


def test_the_venue_takes_what_our_filters_let_through() -> None:
    """Of 4,000 random placements over all 735 symbols none that is sent is refused, in exponent notation, or leaves a
    sell that is no order; many are sent, and many are denied for each kind of reason.
    """
    tally = campaign(4_000, seed=11)
    assert tally.offences == [], told(tally)
    assert tally.sent["OtoOrder"] > 800
    assert tally.sent["LimitOrder"] > 300
    assert len(tally.denied) > 10
    assert len(tally.symbols) > 550


def test_what_we_deny_the_venue_would_refuse() -> None:
    """But for buys whose sell might come to nothing, which the venue finds out only when it is too late."""
    tally = campaign(2_000, seed=12)
    taken = {reason: count for reason, count in tally.venue_would_take.items() if count}
    assert all(reason.startswith("less the commission") for reason in taken), told(tally)
