"""Orders by the book: at the best offers, no larger than they are, and never by a book that is not sound."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from actors.messages.orders import ReconcileOrders
from actors.messages.placements import PlaceOto
from actors.messages.prices import FetchQuote
from events.orders import OrdersReconciled, OtoDenied, OtoRequested
from events.trades import QuoteObserved, TradeAbandoned, TradeCompleted, TradeStarted
from events.values import OrderCount, TopOfBook
from tests.support.account import PENDING, WORKING, Account, requested
from tests.support.terms import rules, terms

BOOK = TopOfBook(
    bid=Decimal("0.0199"),
    bid_size=Decimal(5000),
    ask=Decimal("0.0201"),
    ask_size=Decimal(4000),
    at=1_760_000_000_000,
)
BY_BOOK = terms(price_source="book", max_slippage_percentage="1", amount="40")


def trading(changed: TopOfBook | None = BOOK, *, age: int = 50, **told: int) -> Account:
    """Up to the answer that holds this book, `age` ms old."""
    account = Account(BY_BOOK).trades_from("0")
    book = replace(changed, at=account.now - age) if changed is not None else None
    return account.sees_price_and_book(book, **told)  # type: ignore[arg-type]


def test_the_book_is_asked_for_with_the_price() -> None:
    """Only where the terms say so."""
    assert Account(BY_BOOK).trades_from("0").command(FetchQuote).symbol == "ALPHA_900USDT"
    assert Account(terms()).trades_from("0").command(FetchQuote).symbol == ""


def test_limits_are_the_best_offers_and_the_slippage() -> None:
    """Bought at most 1 % above the ask and sold at most 1 % below the bid, whatever the venue's own price."""
    order = requested(trading()).order
    assert (order.working_price, order.pending_price) == (Decimal("0.020301"), Decimal("0.019701"))
    assert order.quantity == Decimal("1970.34")
    assert order.amount <= 40


def test_an_order_is_no_larger_than_its_share_of_the_smaller_offer() -> None:
    """0.9 of the 1,000 that the bid has; the sum that the trade is to bring is less by as much."""
    account = trading(replace(BOOK, bid_size=Decimal(1000)))
    assert requested(account).order.quantity == 900
    account.takes_the_order().leg_ends(WORKING).leg_ends(PENDING, quantity="899.91", quote="18")
    whole, part = account.strategy().credit_per_trade, account.event(TradeCompleted).credit_expected
    assert part == whole * Decimal("18.2709") / 40


def test_a_whole_trade_by_the_book_counts_whole() -> None:
    """Though its amount is a little below what the terms say, as quantities are whole steps."""
    account = trading().takes_the_order().leg_ends(WORKING).leg_ends(PENDING, quantity="1970.14", quote="39")
    assert account.event(TradeCompleted).credit_expected == account.strategy().credit_per_trade


def test_what_was_decided_on_is_recorded_with_the_decision() -> None:
    """Price, time and book stand beside the intent."""
    account = trading()
    assert account.events == [QuoteObserved, OtoRequested]
    seen = account.event(QuoteObserved)
    assert seen.book is not None
    assert (seen.book.bid, seen.book.ask_size, seen.asked_at) == (Decimal("0.0199"), Decimal(4000), account.now - 100)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bid": Decimal("0.0202")}, "crossed: its bid 0.0202 is not below its ask 0.0201"),
        ({"bid": Decimal("0.0201")}, "crossed"),
        ({"bid": None}, "the book has no bid"),
        ({"ask": None}, "the book has no ask"),
        ({"ask": Decimal("0.0211")}, "5.50 % away from the venue's price 0.02"),
        ({"bid": Decimal("0.018")}, "10.00 % away"),
        ({"ask_size": Decimal("0.01")}, "quantity 0 is below 0.01"),
        ({"ask_size": Decimal(5)}, "amount 0.0913545 is below 0.1"),
    ],
)
def test_an_unsound_book_is_not_traded_on(change: dict[str, Decimal | None], words: str) -> None:
    """Crossed, one-sided, far from the venue's own price, or too thin: denied, and said why; the trade comes again."""
    account = trading(replace(BOOK, **change))
    assert words in account.event(OtoDenied).reason
    assert account.events == [QuoteObserved, OtoDenied, TradeAbandoned]
    assert not any(isinstance(command, PlaceOto) for command in account.last.commands)
    account.time_passes(BY_BOOK.retry_delay_ms)
    assert account.events == [TradeStarted]


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (10_001, "the book is 10.001 s old, more than 10 s"),
        (-10_001, "the book's time is 10.001 s ahead of ours"),
        (1_760_000_000_000, "does not say of when it is"),
    ],
)
def test_a_book_of_another_time_is_not_traded_on(age: int, words: str) -> None:
    """Older than the limit, ahead of our clock by more than it, or of no time at all."""
    account = Account(BY_BOOK).trades_from("0")
    account.sees_price_and_book(replace(BOOK, at=max(account.now - age, 0) if age < 10**12 else 0))
    assert words in account.event(OtoDenied).reason


def test_a_missing_book_is_not_traded_on() -> None:
    """An answer without the book that was asked for."""
    assert "the book has no" in trading(None).event(OtoDenied).reason


@pytest.mark.parametrize("source", ["aggTicker24", "book"])
def test_a_price_that_came_too_late_is_not_traded_on(source: str) -> None:
    """By either source: what counts is when it was asked for."""
    account = Account(terms(price_source=source)).trades_from("0")
    account.sees_price_and_book(replace(BOOK, at=account.now), asked_ago=10_001)
    assert account.event(OtoDenied).reason == "the price was asked for 10.001 s ago, more than 10 s"


def test_a_price_at_the_limit_is_traded_on() -> None:
    """Ten seconds are not more than ten seconds."""
    assert trading(age=10_000, asked_ago=10_000).events == [QuoteObserved, OtoRequested]


def test_orders_that_are_not_ours_take_room() -> None:
    """With 199 of them a placement's two legs are one too many; it is denied, and they are counted again."""
    account = Account(terms(rules=rules())).trades_from("0")
    others = (OrderCount(symbol="ALPHA_900USDT", count=199),)
    account.given(OrdersReconciled(user_id=1, complete=True, open_orders=199, others=others))
    account.sees_price()
    assert account.event(OtoDenied).reason.startswith("201 orders would stand on ALPHA_900USDT")
    assert account.command(ReconcileOrders).symbols == ("ALPHA_900USDT",)
    account.reconciles().time_passes(60_000).sees_price()
    assert account.events == [QuoteObserved, OtoRequested]
