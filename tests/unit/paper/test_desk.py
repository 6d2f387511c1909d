"""Placing, matching and canceling on a venue with accounts and records, without sockets."""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.alpha.frames import PaymentDetail
from exchange.alpha.numbers import encode
from exchange.paper import desk
from exchange.paper.model import Rejection
from exchange.paper.records import Outcome
from exchange.paper.rules import (
    AMOUNT_MISMATCH,
    BAD_REQUEST,
    INSUFFICIENT_BALANCE,
    NOT_TRADING,
    OFF_TICK,
    PRICE_OUT_OF_BAND,
    TOO_MANY_ORDERS,
    UNKNOWN_ORDER,
)
from exchange.paper.settings import PaperSettings
from exchange.paper.tokens import own_tokens
from tests.support.paper_desk import PaperDesk, order_request, oto_request


def statuses(paper: PaperDesk, user_id: str = "1") -> list[str]:
    """Of all orders of the account, oldest first."""
    return [order.status for order in reversed(list(paper.venue.orders.all_of(user_id)))]


def test_the_legs_of_an_oto_have_consecutive_ids(paper: PaperDesk) -> None:
    """Ids n and n+1, one list id, one creation time, and each the other's partner."""
    working = paper.place()
    pending = paper.venue.orders.get(working.partner_id)
    assert pending is not None
    assert (pending.order_id, pending.partner_id) == (working.order_id + 1, working.order_id)
    assert (pending.list_id, pending.created_at) == (working.list_id, working.created_at)
    assert pending.client_order_id != working.client_order_id


def test_an_oto_runs_to_its_end(paper: PaperDesk) -> None:
    """The buy fills, the sell follows and fills, and the buy has been credited: 40 / 4."""
    paper.place()
    paper.settle()
    assert statuses(paper) == ["FILLED", "FILLED"]
    assert paper.venue.volumes.today("1", paper.now) == {"ALPHA_382": Decimal(10)}


def test_execution_ids_rise_and_match_ids_are_shared(paper: PaperDesk) -> None:
    """Execution ids never repeat; fills of one sweep at one price have one match id, at another price another."""
    paper.venue.markets.set("ALPHA_382USDT", paper.now, price=None, halted=None, depth=Decimal(20))
    paper.place(oto_request())
    reports = [report for outcome in paper.pass_time() for report in outcome.reports]
    numbers = [report.execution_id for report in reports]
    fills = [(report.step.take.price, report.match_id) for report in reports if report.step.take]
    assert numbers == sorted(set(numbers))
    assert len(fills) > 2
    assert len(set(fills)) == len({price for price, _ in fills}) == len({match for _, match in fills})


def test_a_thin_book_fills_over_time(paper: PaperDesk) -> None:
    """What the book cannot fill at once rests, and is filled as the market brings new offers."""
    paper.venue.markets.set("ALPHA_382USDT", paper.now, price=None, halted=None, depth=Decimal(1))
    paper.place(oto_request())
    paper.pass_time()
    assert statuses(paper) == ["PARTIALLY_FILLED", "PENDING"]
    paper.settle()
    assert statuses(paper) == ["FILLED", "FILLED"]


def test_a_halted_market_fills_nothing(paper: PaperDesk) -> None:
    """Until it is resumed."""
    paper.venue.markets.set("ALPHA_382USDT", paper.now, price=None, halted=True, depth=None)
    paper.place()
    paper.settle()
    assert statuses(paper) == ["NEW", "PENDING"]
    paper.venue.markets.set("ALPHA_382USDT", paper.now, price=None, halted=False, depth=None)
    paper.settle()
    assert statuses(paper) == ["FILLED", "FILLED"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"base_asset": "ALPHA_1"}, NOT_TRADING),
        ({"base_asset": "ALPHA_118"}, NOT_TRADING),
        ({"quote_asset": "USDC"}, NOT_TRADING),
        ({"working_side": "SELL"}, BAD_REQUEST),
        ({"working_price": Decimal("NaN")}, BAD_REQUEST),
        ({"working_price": Decimal("0.022300001")}, OFF_TICK),
        ({"pending_price": Decimal("0.5")}, PRICE_OUT_OF_BAND),
        ({"payment_details": (PaymentDetail(Decimal("39.99995601"), "CARD"),)}, AMOUNT_MISMATCH),
        ({"payment_details": (PaymentDetail(Decimal("39.999956"), "ALPHA"),)}, BAD_REQUEST),
        ({"payment_details": ()}, AMOUNT_MISMATCH),
    ],
)
def test_what_an_oto_is_refused_for(paper: PaperDesk, changes: dict[str, object], refusal: Rejection) -> None:
    """Each broken rule has its code, and nothing is placed or locked."""
    assert paper.try_to_place(replace(oto_request(), **changes)) == refusal
    assert statuses(paper) == []
    assert paper.venue.accounts.get("1").balances["USDT"].free == 100000


def test_an_order_beyond_the_balance_is_refused(tmp_path: Path) -> None:
    """Code 481020 where the funding wallet holds less than the order's amount."""
    poor = PaperDesk(tmp_path, PaperSettings(starting_balance_usdt=Decimal(39)))
    assert poor.try_to_place(oto_request()) == INSUFFICIENT_BALANCE
    poor.close()


def test_there_is_a_most_of_open_orders(paper: PaperDesk) -> None:
    """The 201st open order on a symbol is refused; a waiting pending leg is one, too."""
    for _ in range(99):
        paper.place(oto_request("0.01", "100"))
    paper.place(order_request("BUY", "0.01", "100"))
    assert paper.try_to_place(oto_request("0.01", "100")) == TOO_MANY_ORDERS
    assert isinstance(paper.try_to_place(order_request("BUY", "0.2", "10", "ALPHA_195")), Outcome)


def test_a_plain_sell_sells_what_was_bought(paper: PaperDesk) -> None:
    """A plain buy is a single order that credits like an OTO's, and what it brought can be sold."""
    paper.place(order_request("BUY", "0.0223", "1793.72"))
    paper.settle()
    paper.place(order_request("SELL", "0.0201", "1793.54"))
    paper.settle()
    assert statuses(paper) == ["FILLED", "FILLED"]
    assert paper.venue.volumes.today("1", paper.now) == {"ALPHA_382": Decimal(10)}


def test_canceling_either_leg_of_a_waiting_oto_ends_both(paper: PaperDesk) -> None:
    """The working leg is canceled and the pending one expires, whichever of the two is named."""
    for leg in (0, 1):
        order_id = paper.place(oto_request("0.01", "100")).order_id + leg
        assert isinstance(desk.cancel_order(paper.venue, "1", order_id, "ALPHA_382USDT", paper.now), Outcome)
    assert statuses(paper) == ["CANCELED", "EXPIRED", "CANCELED", "EXPIRED"]
    assert paper.venue.accounts.get("1").balances["USDT"].free == 100000


def test_only_ones_own_open_orders_can_be_canceled(paper: PaperDesk) -> None:
    """Not another account's, not on another symbol, not what is finished or never was."""
    order = paper.place(oto_request("0.01", "100"))
    for user_id, order_id, symbol in (
        ("2", order.order_id, order.symbol),
        ("1", order.order_id, "ALPHA_22USDT"),
        ("1", 1, order.symbol),
    ):
        assert desk.cancel_order(paper.venue, user_id, order_id, symbol, paper.now) == UNKNOWN_ORDER
    desk.cancel_order(paper.venue, "1", order.order_id, order.symbol, paper.now)
    assert desk.cancel_order(paper.venue, "1", order.order_id, order.symbol, paper.now) == UNKNOWN_ORDER


def test_cancel_all_is_account_wide(paper: PaperDesk) -> None:
    """Every symbol of the account, and nobody else's."""
    paper.place(oto_request("0.01", "100"))
    paper.place(order_request("BUY", "0.2", "10", "ALPHA_195"))
    paper.place(oto_request("0.01", "100"), "2")
    desk.cancel_all(paper.venue, "1", paper.now)
    assert statuses(paper) == ["CANCELED", "EXPIRED", "CANCELED"]
    assert statuses(paper, "2") == ["NEW", "PENDING"]


def test_orders_may_never_fill(tmp_path: Path) -> None:
    """With probability 1 no order meets its market."""
    paper = PaperDesk(tmp_path, PaperSettings(never_fill_probability=1))
    paper.place()
    paper.settle()
    assert statuses(paper) == ["NEW", "PENDING"]
    paper.close()


def test_a_reopened_venue_goes_on(tmp_path: Path) -> None:
    """Orders, balances and volume are there again, what was open fills, and no id is given twice."""
    first = PaperDesk(tmp_path)
    first.place()
    first.settle()
    open_id = first.place().order_id
    before = first.venue.accounts.get("1")
    first.close()
    second = PaperDesk(tmp_path, now=first.now)
    assert second.venue.accounts.get("1") == before
    assert second.venue.volumes.today("1", second.now) == {"ALPHA_382": Decimal(10)}
    assert second.place().order_id == open_id + 2
    second.settle()
    assert statuses(second) == ["FILLED"] * 6
    assert len(second.venue.orders.fills_of(open_id)) > 0
    second.close()


def test_an_order_of_a_symbol_that_is_gone_stays(tmp_path: Path) -> None:
    """Reopened with files that list other tokens, the venue keeps the order, which then meets no market."""
    first = PaperDesk(tmp_path)
    first.place()
    first.close()
    (tmp_path / "tokens.json").write_bytes(encode(own_tokens()[1:]))
    second = PaperDesk(tmp_path, PaperSettings(tokens_file=str(tmp_path / "tokens.json")))
    second.settle()
    assert statuses(second) == ["NEW", "PENDING"]
    second.close()
