"""Accounts that trade with each other at the paper venue: what each is told, and what the ledger says of both."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from exchange.paper import desk
from exchange.paper.ledger import LedgerMatch, read_ledger
from exchange.paper.model import Balance
from exchange.paper.records import Outcome
from exchange.paper.settings import PaperSettings
from exchange.paper.wire import report_frame
from tests.support.paper_desk import PaperDesk, order_request

COINS = "ALPHA_382"


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PaperDesk]:
    made = PaperDesk(tmp_path, PaperSettings(match_accounts=True))
    yield made
    made.close()


def met(paper: PaperDesk, price: str = "0.0203", bought: str = "100") -> Outcome:
    """Account 2 offers 100 coins, account 1 buys in the same moment and is the first to meet the book."""
    paper.venue.arrive("2", paper.now)
    owner = paper.venue.accounts.get("2")
    owner.balances[COINS] = Balance(Decimal(100))
    paper.venue.accounts.put(owner)
    paper.place(order_request("SELL", price, "100"), "2")
    buy = paper.place(order_request("BUY", "0.0223", bought), "1")
    return desk.match(paper.venue, buy.order_id, paper.now)


def matches(paper: PaperDesk) -> tuple[LedgerMatch, ...]:
    return read_ledger(paper.venue.store).matches


def test_both_sides_hear_of_their_trade(paper: PaperDesk) -> None:
    """One frame each, of the same trade id, price and quantity, with the fee in the coin that each receives."""
    buy, sell = (report_frame(report, paper.now) for report in met(paper).reports)
    assert (buy.side, sell.side) == ("BUY", "SELL")
    assert (buy.match_id, buy.last_px, buy.last_qty) == (sell.match_id, sell.last_px, sell.last_qty)
    assert (buy.commission_asset, sell.commission_asset) == (COINS, "USDT")
    assert (buy.is_buyer_maker, sell.is_buyer_maker) == (False, False)
    assert buy.execution_id != sell.execution_id


def test_the_ledger_tells_who_traded_with_whom(paper: PaperDesk) -> None:
    """Buyer, seller and the one whose order rested."""
    met(paper)
    (match,) = matches(paper)
    assert (match.buyer, match.seller, match.maker) == ("1", "2", "2")
    assert Decimal(str(match.quantity)) == 100


def test_orders_that_do_not_cross_stay_apart(paper: PaperDesk) -> None:
    """The seller wants more than the market's best offer: the buyer takes that."""
    met(paper, "0.0223")
    assert matches(paper) == ()


def test_accounts_only_meet_the_market_unless_told_otherwise(tmp_path: Path) -> None:
    """The option is off by default."""
    paper = PaperDesk(tmp_path)
    met(paper)
    assert matches(paper) == ()
    paper.close()


def test_what_is_left_of_a_resting_order_meets_the_market(paper: PaperDesk) -> None:
    """At the time at which it would have met it anyway: the trade in between sets no second time."""
    outcome = met(paper, bought="60")
    (sell,) = paper.venue.orders.open_of("2")
    assert (sell.status, sell.leaves_qty) == ("PARTIALLY_FILLED", Decimal(40))
    assert sell.order_id not in {order.order_id for order in outcome.orders}
    paper.settle()
    assert paper.venue.orders.open() == []
