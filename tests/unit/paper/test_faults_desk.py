"""Faults of orders on the desk, and what accounts are shown, without sockets."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from exchange.alpha import decode
from exchange.paper import boards, desk
from exchange.paper import faults_readings as readings
from exchange.paper.faults_actions import (
    Activation,
    BalanceLag,
    ClockSkew,
    CrossedBook,
    EmptyBook,
    EndOrder,
    FaultAction,
    FillAfterEnd,
    FillDespiteCancel,
    NoFill,
    SetMulPoint,
    SetOffline,
    SetRules,
    ShortKey,
    StaleBook,
    VolumeDip,
    VolumeLag,
    VolumeMissing,
)
from exchange.paper.faults_plan import FaultPlan, Rule, When
from exchange.paper.files import PaperFileError
from exchange.paper.model import Account, Balance, Rejection
from exchange.paper.records import Outcome
from exchange.paper.rules import NOT_TRADING, OFF_STEP, TOO_MANY_ORDERS
from exchange.paper.tokens import QUOTE
from tests.support.paper_desk import PaperDesk, oto_request

HALF = Decimal("0.5")
RESTING = oto_request("0.01", "100", "0.009")
WORKING, PENDING = When(leg="working"), When(leg="pending")


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PaperDesk]:
    made = PaperDesk(tmp_path)
    yield made
    made.close()


def plan(paper: PaperDesk, *rules: tuple[FaultAction, When]) -> None:
    """Follow these rules from now on."""
    paper.venue.follow(FaultPlan(rules=tuple(Rule(do=do, when=when) for do, when in rules)), paper.now)


def statuses(paper: PaperDesk) -> list[str]:
    return [order.status for order in reversed(list(paper.venue.orders.all_of("1")))]


def cancel(paper: PaperDesk, order_id: int) -> Outcome:
    outcome = desk.cancel_order(paper.venue, "1", order_id, "ALPHA_382USDT", paper.now)
    assert isinstance(outcome, Outcome), outcome
    return outcome


@pytest.mark.parametrize("ending", ["REJECTED", "EXPIRED"])
def test_a_pending_leg_ends_when_its_turn_comes(paper: PaperDesk, ending: str) -> None:
    """The coins become free, the stream is told, and no sell is left."""
    plan(paper, (Activation(becomes=ending), When()))  # type: ignore[arg-type]
    paper.place()
    (outcome,) = paper.pass_time()
    assert statuses(paper) == ["FILLED", ending]
    assert outcome.reports[-1].step.execution_type == ending
    balance = paper.venue.accounts.get("1").balances["ALPHA_382"]
    assert balance == Balance(free=Decimal("1793.540628"), locked=Decimal(0))


def test_a_pending_leg_stays_pending_until_it_is_canceled(paper: PaperDesk) -> None:
    """It holds the coins, tells nothing, and gives them back when it is canceled by its own id."""
    plan(paper, (Activation(becomes="PENDING"), When()))
    working = paper.place()
    (outcome,) = paper.pass_time()
    assert statuses(paper) == ["FILLED", "PENDING"]
    assert {report.step.order.order_id for report in outcome.reports} == {working.order_id}
    assert paper.venue.accounts.get("1").balances["ALPHA_382"].free == 0
    cancel(paper, working.partner_id)
    assert statuses(paper) == ["FILLED", "CANCELED"]
    assert paper.venue.accounts.get("1").balances["ALPHA_382"].locked == 0


def test_a_working_leg_is_filled_in_part_and_then_ended(paper: PaperDesk) -> None:
    """The part bought is free, nothing is left locked, and no sell is placed."""
    plan(paper, (EndOrder(share=HALF, status="EXPIRED"), WORKING))
    paper.place()
    paper.pass_time()
    assert statuses(paper) == ["EXPIRED", "EXPIRED"]
    working = list(paper.venue.orders.all_of("1"))[-1]
    assert working.cum_qty == Decimal("896.86")
    assert paper.venue.accounts.get("1").balances["ALPHA_382"].free == working.cum_qty - working.commission
    assert paper.venue.accounts.get("1").balances[QUOTE].locked == 0


def test_a_pending_leg_expires_while_it_works(paper: PaperDesk) -> None:
    """Its turn comes, and then it is ended without a fill."""
    plan(paper, (EndOrder(status="EXPIRED"), PENDING))
    paper.place()
    paper.settle()
    assert statuses(paper) == ["FILLED", "EXPIRED"]


def test_an_order_that_was_chosen_rests(paper: PaperDesk) -> None:
    """For good, though the rule struck once; it can be canceled, and others fill."""
    plan(paper, (NoFill(), When(nth=1)))
    first = paper.place()
    paper.pass_time()
    paper.place()
    paper.settle(5)
    assert statuses(paper) == ["NEW", "PENDING", "FILLED", "FILLED"]
    cancel(paper, first.order_id)
    assert statuses(paper)[:2] == ["CANCELED", "EXPIRED"]


def test_a_cancel_is_answered_though_the_order_filled(paper: PaperDesk) -> None:
    """Its pending leg goes to work; the price is the order's own, since the market is far from it."""
    working = paper.place(RESTING)
    plan(paper, (FillDespiteCancel(), When()))
    outcome = cancel(paper, working.order_id)
    assert [report.step.order.status for report in outcome.reports] == ["FILLED", "NEW"]
    assert outcome.reports[0].step.order.cum_quote == Decimal(1)


def test_a_fill_comes_after_the_cancel(paper: PaperDesk) -> None:
    """Open until then, filled by its share, and canceled for the rest, as the ledger says too."""
    working = paper.place(RESTING)
    plan(paper, (FillDespiteCancel(share=HALF, seconds=Decimal(1)), When()))
    assert cancel(paper, working.order_id).reports == ()
    paper.venue.faults.stop()
    paper.pass_time()
    assert statuses(paper) == ["NEW", "PENDING"]
    paper.pass_time(1000)
    assert statuses(paper) == ["CANCELED", "EXPIRED"]
    assert list(paper.venue.orders.all_of("1"))[-1].cum_qty == 50


def test_an_ended_order_fills_after_all(paper: PaperDesk) -> None:
    """Reported as canceled, and later as filled by half: paid for, kept, and canceled for the rest as before."""
    working = paper.place(RESTING)
    plan(paper, (FillAfterEnd(share=HALF, seconds=Decimal(1)), When(leg="working")))
    cancel(paper, working.order_id)
    assert statuses(paper) == ["CANCELED", "EXPIRED"]
    assert paper.venue.faults.fills_after_end[working.order_id].at == paper.now + 1000
    outcome = desk.match(paper.venue, working.order_id, paper.now + 1000)
    assert [report.step.execution_type for report in outcome.reports] == ["TRADE", "CANCELED"]
    assert list(paper.venue.orders.all_of("1"))[-1].cum_qty == 50
    assert paper.venue.accounts.get("1").balances[QUOTE].locked == 0


def test_an_order_that_the_venue_ended_fills_after_all(paper: PaperDesk) -> None:
    """In whole, once; its pending leg stays as it ended, and the coins are free."""
    plan(paper, (EndOrder(status="EXPIRED"), WORKING), (FillAfterEnd(), WORKING))
    working = paper.place()
    paper.pass_time()
    for _ in range(2):
        desk.match(paper.venue, working.order_id, paper.now)
    assert statuses(paper) == ["FILLED", "EXPIRED"]
    assert paper.venue.accounts.get("1").balances["ALPHA_382"].locked == 0


def test_an_ended_sell_whose_coins_are_gone_does_not_fill(paper: PaperDesk) -> None:
    """The account has sold them by another order meanwhile."""
    plan(paper, (EndOrder(status="EXPIRED"), PENDING), (FillAfterEnd(), PENDING))
    pending = paper.place().partner_id
    paper.settle()
    balances = paper.venue.accounts.get("1").balances
    gone = {**balances, "ALPHA_382": Balance()}
    paper.venue.accounts.put(Account("1", gone))
    assert desk.match(paper.venue, pending, paper.now).reports == ()
    assert statuses(paper) == ["FILLED", "EXPIRED"]


def test_a_leg_that_never_went_to_work_does_not_fill_after_its_cancel(paper: PaperDesk) -> None:
    """It meets no market, so that it could never end: the cancel ends it."""
    working = paper.place()
    plan(paper, (Activation(becomes="PENDING"), When()), (FillDespiteCancel(), When()))
    paper.settle()
    cancel(paper, working.partner_id)
    assert statuses(paper) == ["FILLED", "CANCELED"]


def test_a_volume_lags(paper: PaperDesk) -> None:
    """What was credited in the last seconds is not told yet; the venue has counted it all the same."""
    plan(paper, (VolumeLag(seconds=Decimal(10)), When()))
    paper.place()
    paper.settle()
    assert readings.shown_volumes(paper.venue, "1", paper.now) == {}
    assert readings.shown_volumes(paper.venue, "1", paper.now + 10_000) == {"ALPHA_382": 10}
    assert paper.venue.volumes.today("1", paper.now) == {"ALPHA_382": 10}


def test_a_token_that_is_missing_may_lag_too(paper: PaperDesk) -> None:
    """Two faults at once: what is not told cannot be told late."""
    plan(paper, (VolumeMissing(token="AOP"), When()), (VolumeLag(seconds=Decimal(10)), When()))
    paper.place()
    paper.settle()
    assert readings.shown_volumes(paper.venue, "1", paper.now) == {}


def test_a_volume_that_dips_and_lags_is_never_below_nothing(paper: PaperDesk) -> None:
    """The lag takes late credit from the true figure, and the dip a share of what is left, in whatever order."""
    plan(paper, (VolumeDip(share=HALF), When()), (VolumeLag(seconds=Decimal(10)), When()))
    paper.place()
    paper.settle()
    assert readings.shown_volumes(paper.venue, "1", paper.now) == {}
    assert readings.shown_volumes(paper.venue, "1", paper.now + 10_000) == {"ALPHA_382": 5}


def test_a_volume_dips_for_a_moment(paper: PaperDesk) -> None:
    """And is told in full again."""
    paper.place()
    paper.settle()
    plan(paper, (VolumeDip(share=HALF), When(nth=2)))
    seen = [readings.shown_volumes(paper.venue, "1", paper.now)["ALPHA_382"] for _ in range(3)]
    assert seen == [10, 5, 10]


def test_a_token_is_missing_from_the_volumes(paper: PaperDesk) -> None:
    """Only that one."""
    plan(paper, (VolumeMissing(token="AOP"), When()))
    (aop,) = paper.venue.listings.named("AOP")
    (koge,) = paper.venue.listings.named("KOGE")
    for token in (aop, koge):
        paper.venue.volumes.give("1", token, Decimal(7), paper.now)
    assert readings.shown_volumes(paper.venue, "1", paper.now) == {koge.alpha_id: 7}


def test_balances_lag(paper: PaperDesk) -> None:
    """What was spent seconds ago is still shown as free."""
    plan(paper, (BalanceLag(seconds=Decimal(1)), When()))
    paper.place()
    assert readings.shown_account(paper.venue, "1", paper.now).balances[QUOTE].locked == 0
    shown = readings.shown_account(paper.venue, "1", paper.now + 1000)
    assert shown == paper.venue.accounts.get("1")
    assert shown.balances[QUOTE].locked == Decimal("39.999956")


def test_times_are_shifted_and_nothing_else(paper: PaperDesk) -> None:
    """An hour behind; a time that is none stays none."""
    plan(paper, (ClockSkew(seconds=Decimal(-3600)), When(account="1")))
    skew = readings.skew_ms(paper.venue, "1", paper.now)
    pending = paper.venue.orders.get(paper.place().partner_id)
    assert pending is not None
    shifted = readings.shifted_order(pending, skew)
    assert (shifted.created_at, shifted.working_at) == (paper.now - 3_600_000, 0)
    assert shifted.price == pending.price
    assert readings.skew_ms(paper.venue, "2", paper.now) == 0


def test_a_mul_point_changes_at_its_time(paper: PaperDesk) -> None:
    """Fills before it count by the old one."""
    plan(paper, (SetMulPoint(token="AOP", mul_point=1), When(after=Decimal(60))))
    for seconds in (0, 60):
        paper.now += seconds * 1000
        readings.turn_knobs(paper.venue, paper.now)
        paper.place()
        paper.settle()
    assert paper.venue.volumes.today("1", paper.now) == {"ALPHA_382": 50}


def test_a_token_goes_offline_and_comes_back(paper: PaperDesk) -> None:
    """New orders are refused meanwhile; one that is open goes on."""
    later = When(after=Decimal(1))
    plan(paper, (SetOffline(token="AOP"), When()), (SetOffline(token="AOP", offline=False), later))
    paper.place()
    readings.turn_knobs(paper.venue, paper.now)
    assert paper.try_to_place(oto_request()) == NOT_TRADING
    paper.settle(4)
    assert statuses(paper) == ["FILLED", "FILLED"]
    readings.turn_knobs(paper.venue, paper.now + 1000)
    assert not isinstance(paper.try_to_place(oto_request()), Rejection)


def test_filters_change_at_their_time(paper: PaperDesk) -> None:
    """What fitted before is refused, the list shows them, and all that was not named stays."""
    change = SetRules(token="AOP", step_size=Decimal(1), multiplier_up=Decimal(2), limit=4)
    plan(paper, (change, When(after=Decimal(1))))
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
    plan(paper, (CrossedBook(), When(symbol="ALPHA_382USDT", nth=2)))
    true = readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now).book
    crossed = readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now).book
    assert crossed.bids[0] == true.asks[-1]
    assert crossed.bids[0].price > crossed.asks[0].price
    paper.place()
    paper.settle()
    assert statuses(paper) == ["FILLED", "FILLED"]


def test_a_stale_book_stays_as_it_was(paper: PaperDesk) -> None:
    """As old as the plan says when it is first told, and then ever older, until the rule strikes no more."""
    plan(paper, (StaleBook(seconds=Decimal(60)), When(before=Decimal(10))))
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
    plan(paper, (EmptyBook(side=side), When()))
    book = readings.shown_book(paper.venue, "ALPHA_382USDT", paper.now).book
    assert (bool(book.bids), bool(book.asks)) == left


def test_a_key_is_short_lived(paper: PaperDesk) -> None:
    """If the plan says so, and for whom it says so."""
    plan(paper, (ShortKey(seconds=Decimal(3)), When(account="1", nth=1)))
    lives = [readings.key_ttl_ms(paper.venue, user_id, paper.now) for user_id in ("2", "1", "1")]
    assert lives == [None, 3000, None]


def test_a_plan_names_listed_tokens_only(paper: PaperDesk) -> None:
    """All that are not are told at once, and the plan before it stays."""
    wrong = [(VolumeMissing(token=token), When()) for token in ("AOPP", "AOP", "SLX")]
    with pytest.raises(PaperFileError, match=r"rule 1: 0 tokens are called 'AOPP'.*rule 3: 2 tokens are called 'SLX'"):
        plan(paper, *wrong)
    assert not paper.venue.faults.active
