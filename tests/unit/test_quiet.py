"""One account's quiet, as all of its clients share it."""

from decimal import Decimal

import pytest

from exchange.errors import LeftInPeace, Unavailable, retry_after_ms
from exchange.quiet import UNTIL_DECIDED_MS, Quiet
from tests.support.timekeeping import ManualTime


def left(quiet: Quiet) -> int:
    """How many ms a request has to wait."""
    try:
        quiet.check("GET /somewhere")
    except LeftInPeace as error:
        return retry_after_ms(error)
    return 0


@pytest.fixture
def time() -> ManualTime:
    return ManualTime()


def test_a_time_that_the_venue_named_is_waited_for(time: ManualTime) -> None:
    """To the millisecond, and the refusal says how long it still is."""
    quiet = Quiet(time.now_ms)
    quiet.turned_away(Decimal("2.5"))
    assert left(quiet) == 2_500
    time.pass_ms(2_499)
    assert left(quiet) == 1
    time.pass_ms(1)
    assert left(quiet) == 0


def test_a_clock_that_is_set_forward_ends_no_quiet(time: ManualTime) -> None:
    """The venue named a length of time, and that has not passed."""
    steady = ManualTime(7)
    quiet = Quiet(time.now_ms, steady.now_ms)
    quiet.turned_away(Decimal(60))
    time.pass_ms(3_600_000)
    assert left(quiet) == 60_000
    steady.pass_ms(60_000)
    assert left(quiet) == 0


def test_the_longest_of_all_times_counts(time: ManualTime) -> None:
    """What the log says is longer than what the venue named, and is not shortened by another answer."""
    quiet = Quiet(time.now_ms)
    quiet.keep(time.now_ms() + 60_000)
    quiet.turned_away(Decimal(3))
    assert left(quiet) == 60_000


def test_a_venue_that_names_no_time_is_left_until_the_account_has_decided(time: ManualTime) -> None:
    """Calls that wait behind the one that was turned away are not sent meanwhile."""
    quiet = Quiet(time.now_ms)
    quiet.turned_away(None)
    assert left(quiet) == UNTIL_DECIDED_MS


def test_what_is_held_back_was_never_sent(time: ManualTime) -> None:
    """So it may be sent later without a look."""
    quiet = Quiet(time.now_ms)
    quiet.turned_away(Decimal(3))
    with pytest.raises(Unavailable, match=r"not sent, .*: GET /somewhere"):
        quiet.check("GET /somewhere")


def test_no_order_is_sent_while_trading_is_stopped_at_once(time: ManualTime) -> None:
    """Cancels and looks still are; afterwards, orders too."""
    quiet = Quiet(time.now_ms)
    quiet.allow_placements(allowed=False)
    quiet.check("POST /cancel")
    with pytest.raises(Unavailable, match="not sent, trading is being stopped at once: POST /place"):
        quiet.check("POST /place", placement=True)
    quiet.allow_placements(allowed=True)
    quiet.check("POST /place", placement=True)
