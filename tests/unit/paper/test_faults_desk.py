"""Faults of orders on the desk, without sockets."""

from decimal import Decimal

import pytest

from exchange.paper import desk
from exchange.paper.faults_actions import (
    Activation,
    EndOrder,
    FillAfterEnd,
    FillDespiteCancel,
    NoFill,
    VolumeMissing,
)
from exchange.paper.faults_plan import When
from exchange.paper.files import PaperFileError
from exchange.paper.model import Account, Balance
from exchange.paper.records import Outcome
from exchange.paper.tokens import QUOTE
from tests.support.paper_desk import PaperDesk, oto_request

HALF = Decimal("0.5")
RESTING = oto_request("0.01", "100", "0.009")
WORKING, PENDING = When(leg="working"), When(leg="pending")


def cancel(paper: PaperDesk, order_id: int) -> Outcome:
    outcome = desk.cancel_order(paper.venue, "1", order_id, "ALPHA_382USDT", paper.now)
    assert isinstance(outcome, Outcome), outcome
    return outcome


@pytest.mark.parametrize("ending", ["REJECTED", "EXPIRED"])
def test_a_pending_leg_ends_when_its_turn_comes(paper: PaperDesk, ending: str) -> None:
    """The coins become free, the stream is told, and no sell is left."""
    paper.follow((Activation(becomes=ending), When()))  # type: ignore[arg-type]
    paper.place()
    (outcome,) = paper.pass_time()
    assert paper.statuses() == ["FILLED", ending]
    assert outcome.reports[-1].step.execution_type == ending
    balance = paper.venue.accounts.get("1").balances["ALPHA_382"]
    assert balance == Balance(free=Decimal("1793.540628"), locked=Decimal(0))


def test_a_pending_leg_stays_pending_until_it_is_canceled(paper: PaperDesk) -> None:
    """It holds the coins, tells nothing, and gives them back when it is canceled by its own id."""
    paper.follow((Activation(becomes="PENDING"), When()))
    working = paper.place()
    (outcome,) = paper.pass_time()
    assert paper.statuses() == ["FILLED", "PENDING"]
    assert {report.step.order.order_id for report in outcome.reports} == {working.order_id}
    assert paper.venue.accounts.get("1").balances["ALPHA_382"].free == 0
    cancel(paper, working.partner_id)
    assert paper.statuses() == ["FILLED", "CANCELED"]
    assert paper.venue.accounts.get("1").balances["ALPHA_382"].locked == 0


def test_a_working_leg_is_filled_in_part_and_then_ended(paper: PaperDesk) -> None:
    """The part bought is free, nothing is left locked, and no sell is placed."""
    paper.follow((EndOrder(share=HALF, status="EXPIRED"), WORKING))
    paper.place()
    paper.pass_time()
    assert paper.statuses() == ["EXPIRED", "EXPIRED"]
    working = list(paper.venue.orders.all_of("1"))[-1]
    assert working.cum_qty == Decimal("896.86")
    assert paper.venue.accounts.get("1").balances["ALPHA_382"].free == working.cum_qty - working.commission
    assert paper.venue.accounts.get("1").balances[QUOTE].locked == 0


def test_a_pending_leg_expires_while_it_works(paper: PaperDesk) -> None:
    """Its turn comes, and then it is ended without a fill."""
    paper.follow((EndOrder(status="EXPIRED"), PENDING))
    paper.place()
    paper.settle()
    assert paper.statuses() == ["FILLED", "EXPIRED"]


def test_an_order_that_was_chosen_rests(paper: PaperDesk) -> None:
    """For good, though the rule struck once; it can be canceled, and others fill."""
    paper.follow((NoFill(), When(nth=1)))
    first = paper.place()
    paper.pass_time()
    paper.place()
    paper.settle(5)
    assert paper.statuses() == ["NEW", "PENDING", "FILLED", "FILLED"]
    cancel(paper, first.order_id)
    assert paper.statuses()[:2] == ["CANCELED", "EXPIRED"]


def test_a_cancel_is_answered_though_the_order_filled(paper: PaperDesk) -> None:
    """Its pending leg goes to work; the price is the order's own, since the market is far from it."""
    working = paper.place(RESTING)
    paper.follow((FillDespiteCancel(), When()))
    outcome = cancel(paper, working.order_id)
    assert [report.step.order.status for report in outcome.reports] == ["FILLED", "NEW"]
    assert outcome.reports[0].step.order.cum_quote == Decimal(1)


def test_a_fill_comes_after_the_cancel(paper: PaperDesk) -> None:
    """Open until then, filled by its share, and canceled for the rest, as the ledger says too."""
    working = paper.place(RESTING)
    paper.follow((FillDespiteCancel(share=HALF, seconds=Decimal(1)), When()))
    assert cancel(paper, working.order_id).reports == ()
    paper.venue.faults.stop()
    paper.pass_time()
    assert paper.statuses() == ["NEW", "PENDING"]
    paper.pass_time(1000)
    assert paper.statuses() == ["CANCELED", "EXPIRED"]
    assert list(paper.venue.orders.all_of("1"))[-1].cum_qty == 50


def test_an_ended_order_fills_after_all(paper: PaperDesk) -> None:
    """Reported as canceled, and later as filled by half: paid for, kept, and canceled for the rest as before."""
    working = paper.place(RESTING)
    paper.follow((FillAfterEnd(share=HALF, seconds=Decimal(1)), When(leg="working")))
    cancel(paper, working.order_id)
    assert paper.statuses() == ["CANCELED", "EXPIRED"]
    assert paper.venue.faults.fills_after_end[working.order_id].at == paper.now + 1000
    outcome = desk.match(paper.venue, working.order_id, paper.now + 1000)
    assert [report.step.execution_type for report in outcome.reports] == ["TRADE", "CANCELED"]
    assert list(paper.venue.orders.all_of("1"))[-1].cum_qty == 50
    assert paper.venue.accounts.get("1").balances[QUOTE].locked == 0


def test_an_order_that_the_venue_ended_fills_after_all(paper: PaperDesk) -> None:
    """In whole, once; its pending leg stays as it ended, and the coins are free."""
    paper.follow((EndOrder(status="EXPIRED"), WORKING), (FillAfterEnd(), WORKING))
    working = paper.place()
    paper.pass_time()
    for _ in range(2):
        desk.match(paper.venue, working.order_id, paper.now)
    assert paper.statuses() == ["FILLED", "EXPIRED"]
    assert paper.venue.accounts.get("1").balances["ALPHA_382"].locked == 0


def test_an_ended_sell_whose_coins_are_gone_does_not_fill(paper: PaperDesk) -> None:
    """The account has sold them by another order meanwhile."""
    paper.follow((EndOrder(status="EXPIRED"), PENDING), (FillAfterEnd(), PENDING))
    pending = paper.place().partner_id
    paper.settle()
    balances = paper.venue.accounts.get("1").balances
    gone = {**balances, "ALPHA_382": Balance()}
    paper.venue.accounts.put(Account("1", gone))
    assert desk.match(paper.venue, pending, paper.now).reports == ()
    assert paper.statuses() == ["FILLED", "EXPIRED"]


def test_a_leg_that_never_went_to_work_does_not_fill_after_its_cancel(paper: PaperDesk) -> None:
    """It meets no market, so that it could never end: the cancel ends it."""
    working = paper.place()
    paper.follow((Activation(becomes="PENDING"), When()), (FillDespiteCancel(), When()))
    paper.settle()
    cancel(paper, working.partner_id)
    assert paper.statuses() == ["FILLED", "CANCELED"]


def test_a_plan_names_listed_tokens_only(paper: PaperDesk) -> None:
    """All that are not are told at once, and the plan before it stays."""
    wrong = [(VolumeMissing(token=token), When()) for token in ("AOPP", "AOP", "SLX")]
    with pytest.raises(PaperFileError, match=r"rule 1: 0 tokens are called 'AOPP'.*rule 3: 2 tokens are called 'SLX'"):
        paper.follow(*wrong)
    assert not paper.venue.faults.active
