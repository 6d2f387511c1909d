"""Faults of what accounts are shown: volumes, balances, times, listings and books, without sockets."""

from decimal import Decimal
from typing import Literal

import msgspec
import pytest

from exchange.alpha import decode
from exchange.paper import boards
from exchange.paper import faults_readings as readings
from exchange.paper.faults_actions import (
    BalanceLag,
    ClockSkew,
    CrossedBook,
    EmptyBook,
    SetMulPoint,
    SetOffline,
    SetRules,
    ShortKey,
    StaleBook,
    VolumeDip,
    VolumeLag,
    VolumeMissing,
)
from exchange.paper.faults_plan import When
from exchange.paper.model import Rejection
from exchange.paper.rules import NOT_TRADING, OFF_STEP, TOO_MANY_ORDERS
from exchange.paper.tokens import QUOTE
from tests.support.paper_desk import PaperDesk, oto_request

HALF = Decimal("0.5")


def test_a_volume_lags(paper: PaperDesk) -> None:
    """What was credited in the last seconds is not told yet; the venue has counted it all the same."""
    paper.follow((VolumeLag(seconds=Decimal(10)), When()))
    paper.place()
    paper.settle()
    assert readings.shown_volumes(paper.venue, "1", paper.now) == {}
    assert readings.shown_volumes(paper.venue, "1", paper.now + 10_000) == {"ALPHA_382": 10}
    assert paper.venue.volumes.today("1", paper.now) == {"ALPHA_382": 10}


def test_a_token_that_is_missing_may_lag_too(paper: PaperDesk) -> None:
    """Two faults at once: what is not told cannot be told late."""
    paper.follow((VolumeMissing(token="AOP"), When()), (VolumeLag(seconds=Decimal(10)), When()))
    paper.place()
    paper.settle()
    assert readings.shown_volumes(paper.venue, "1", paper.now) == {}


def test_a_volume_that_dips_and_lags_is_never_below_nothing(paper: PaperDesk) -> None:
    """The lag takes late credit from the true figure, and the dip a share of what is left, in whatever order."""
    paper.follow((VolumeDip(share=HALF), When()), (VolumeLag(seconds=Decimal(10)), When()))
    paper.place()
    paper.settle()
    assert readings.shown_volumes(paper.venue, "1", paper.now) == {}
    assert readings.shown_volumes(paper.venue, "1", paper.now + 10_000) == {"ALPHA_382": 5}


def test_a_volume_dips_for_a_moment(paper: PaperDesk) -> None:
    """And is told in full again."""
    paper.place()
    paper.settle()
    paper.follow((VolumeDip(share=HALF), When(nth=2)))
    seen = [readings.shown_volumes(paper.venue, "1", paper.now)["ALPHA_382"] for _ in range(3)]
    assert seen == [10, 5, 10]


def test_a_token_is_missing_from_the_volumes(paper: PaperDesk) -> None:
    """Only that one."""
    paper.follow((VolumeMissing(token="AOP"), When()))
    (aop,) = paper.venue.listings.named("AOP")
    (koge,) = paper.venue.listings.named("KOGE")
    for token in (aop, koge):
        paper.venue.volumes.give("1", token, Decimal(7), paper.now)
    assert readings.shown_volumes(paper.venue, "1", paper.now) == {koge.alpha_id: 7}


def test_balances_lag(paper: PaperDesk) -> None:
    """What was spent seconds ago is still shown as free."""
    paper.follow((BalanceLag(seconds=Decimal(1)), When()))
    paper.place()
    assert readings.shown_account(paper.venue, "1", paper.now).balances[QUOTE].locked == 0
    shown = readings.shown_account(paper.venue, "1", paper.now + 1000)
    assert shown == paper.venue.accounts.get("1")
    assert shown.balances[QUOTE].locked == Decimal("39.999956")


def test_times_are_shifted_and_nothing_else(paper: PaperDesk) -> None:
    """An hour behind; a time that is none stays none."""
    paper.follow((ClockSkew(seconds=Decimal(-3600)), When(account="1")))
    skew = readings.skew_ms(paper.venue, "1", paper.now)
    pending = paper.venue.orders.get(paper.place().partner_id)
    assert pending is not None
    shifted = readings.shifted_order(pending, skew)
    assert (shifted.created_at, shifted.working_at) == (paper.now - 3_600_000, 0)
    assert shifted.price == pending.price
    assert readings.skew_ms(paper.venue, "2", paper.now) == 0


def test_a_mul_point_changes_at_its_time(paper: PaperDesk) -> None:
    """Fills before it count by the old one."""
    paper.follow((SetMulPoint(token="AOP", mul_point=1), When(after=Decimal(60))))
    for seconds in (0, 60):
        paper.now += seconds * 1000
        readings.turn_knobs(paper.venue, paper.now)
        paper.place()
        paper.settle()
    assert paper.venue.volumes.today("1", paper.now) == {"ALPHA_382": 50}


def test_a_token_goes_offline_and_comes_back(paper: PaperDesk) -> None:
    """New orders are refused meanwhile; one that is open goes on."""
    later = When(after=Decimal(1))
    paper.follow((SetOffline(token="AOP"), When()), (SetOffline(token="AOP", offline=False), later))
    paper.place()
    readings.turn_knobs(paper.venue, paper.now)
    assert paper.try_to_place(oto_request()) == NOT_TRADING
    paper.settle(4)
    assert paper.statuses() == ["FILLED", "FILLED"]
    readings.turn_knobs(paper.venue, paper.now + 1000)
    assert not isinstance(paper.try_to_place(oto_request()), Rejection)


def test_filters_change_at_their_time(paper: PaperDesk) -> None:
    """What fitted before is refused, the list shows them, and all that was not named stays."""
    change = SetRules(token="AOP", step_size=Decimal(1), multiplier_up=Decimal(2), limit=4)
    paper.follow((change, When(after=Decimal(1))))
    paper.place(oto_request(quantity="100.01"))
    readings.turn_knobs(paper.venue, paper.now + 1000)
    assert paper.try_to_place(oto_request(quantity="100.01")) == OFF_STEP
    paper.place(oto_request(quantity="100"))
    assert paper.try_to_place(oto_request(quantity="100")) == TOO_MANY_ORDERS
    shown = decode.rules_of(msgspec.Raw(boards.exchange_info(paper.venue)))["ALPHA_382USDT"]
    assert (shown.step_size, shown.multiplier_up, shown.multiplier_down, shown.max_num_orders) == (
        Decimal(1),
        Decimal(2),
        Decimal("0.2"),
        4,
    )


def test_a_crossed_book_has_each_side_s_prices_on_the_other(paper: PaperDesk) -> None:
    """Best first on both sides still, and orders fill by the true one."""
    paper.follow((CrossedBook(), When(symbol="ALPHA_382USDT", nth=2)))
    true = readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now).book
    crossed = readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now).book
    assert crossed.bids[0] == true.asks[-1]
    assert crossed.bids[0].price > crossed.asks[0].price
    paper.place()
    paper.settle()
    assert paper.statuses() == ["FILLED", "FILLED"]


def test_a_stale_book_stays_as_it_was(paper: PaperDesk) -> None:
    """As old as the plan says when it is first told, and then ever older, until the rule strikes no more."""
    paper.follow((StaleBook(seconds=Decimal(60)), When(before=Decimal(10))))
    first = readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now)
    assert first.at == paper.now - 60_000
    paper.pass_time(9_000)
    assert readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now) == first
    paper.pass_time(1_000)
    fresh = readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now)
    assert (fresh.at, fresh.book != first.book) == (paper.now, True)


@pytest.mark.parametrize(("side", "left"), [("bids", (False, True)), ("asks", (True, False)), ("both", (False, False))])
def test_a_side_of_a_book_is_empty(
    paper: PaperDesk, side: Literal["bids", "asks", "both"], left: tuple[bool, bool]
) -> None:
    """Or both are."""
    paper.follow((EmptyBook(side=side), When()))
    book = readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now).book
    assert (bool(book.bids), bool(book.asks)) == left


def test_a_key_is_short_lived(paper: PaperDesk) -> None:
    """If the plan says so, and for whom it says so."""
    paper.follow((ShortKey(seconds=Decimal(3)), When(account="1", nth=1)))
    lives = [readings.key_ttl_ms(paper.venue, user_id, paper.now) for user_id in ("2", "1", "1")]
    assert lives == [None, 3000, None]
