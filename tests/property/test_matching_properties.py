"""Whatever is placed, matched and canceled in whatever order: nothing is made, lost or overfilled."""

from collections.abc import Iterator
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.paper.matching import Book, Group, Level, cancel, execute
from exchange.paper.model import OPEN, Account, Balance, Order, Step
from exchange.paper.rounding import floor_to, quote_amount
from exchange.paper.rules import TradingRules
from tests.support.paper_orders import BASE, QUOTE, accepted, account, limit, oto, rules

TICK, STEP = Decimal("0.00000001"), Decimal("0.01")

prices = st.integers(10**6, 10**8).map(lambda ticks: ticks * TICK)
quantities = st.integers(1, 10**5).map(lambda steps: steps * STEP)
levels = st.lists(st.builds(Level, prices, quantities), max_size=5)
books = st.builds(
    Book,
    bids=levels.map(lambda side: tuple(sorted(side, key=lambda level: -level.price))),
    asks=levels.map(lambda side: tuple(sorted(side, key=lambda level: level.price))),
)
histories = st.lists(books, min_size=1, max_size=4)
RICH = account("1000000", "1000000")


def play(group: Group, history: list[Book], flat: TradingRules) -> Iterator[tuple[Group, list[Step]]]:
    """Each state of an order as it meets one book after another, and then, once it is in the book, its pending leg."""
    for book in history:
        steps: list[Step] = []
        if group.order.status in OPEN:
            done = execute(group, book, flat, 2000)
            group, steps = done.group, list(done.steps)
        elif group.pending is not None and group.pending.status in OPEN:
            done = execute(Group(group.account, group.pending), book, flat, 2000)
            group = Group(done.group.account, group.order, done.group.order)
            steps = list(done.steps)
        yield group, steps


def orders_of(group: Group) -> list[Order]:
    return [group.order] if group.pending is None else [group.order, group.pending]


def total(account: Account, asset: str) -> Decimal:
    balance = account.balances.get(asset, Balance())
    return balance.free + balance.locked


def changed(group: Group, asset: str) -> Decimal:
    """What the fills of the group's orders say that its account gained of an asset."""
    gained = Decimal(0)
    for order in orders_of(group):
        sign = 1 if order.side == "BUY" else -1
        gained += sign * (order.cum_qty if asset == BASE else -order.cum_quote)
        gained -= order.commission if order.commission_asset == asset else 0
    return gained


@given(prices, quantities, prices, histories)
def test_nothing_is_made_or_lost(price: Decimal, quantity: Decimal, pending: Decimal, history: list[Book]) -> None:
    """Free, locked and commissions always add up, and what is locked is what the orders hold."""
    for group, _ in play(oto(f"{price:f}", f"{quantity:f}", f"{pending:f}", RICH), history, rules()):
        for asset in (BASE, QUOTE):
            assert total(group.account, asset) == total(RICH, asset) + changed(group, asset)
        assert group.account.balances[QUOTE].locked == (group.order.held if group.order.status in OPEN else 0)
        assert group.account.balances[BASE].locked == (group.pending.held if group.pending else 0)


@given(st.sampled_from(["BUY", "SELL"]), prices, quantities, histories)
def test_orders_never_overfill(side: str, price: Decimal, quantity: Decimal, history: list[Book]) -> None:
    """Cumulative figures are the sums of the fills, within the limit in price and quantity."""
    takes = []
    for group, steps in play(accepted(limit(side, f"{price:f}", f"{quantity:f}"), RICH), history, rules()):
        takes += [step.take for step in steps if step.take]
        assert group.order.cum_qty == sum((take.quantity for take in takes), Decimal(0)) <= quantity
        assert group.order.cum_quote == sum((quote_amount(take.price, take.quantity) for take in takes), Decimal(0))
        assert all(take.price <= price if side == "BUY" else take.price >= price for take in takes)
        assert (group.order.status == "FILLED") == (group.order.cum_qty == quantity)


@given(prices, quantities, prices, histories)
def test_the_pending_leg_sells_what_was_bought(
    price: Decimal, quantity: Decimal, pending: Decimal, history: list[Book]
) -> None:
    """It waits with quantity 0 until the buy is filled, and then has bought less commission, floored to the step."""
    for group, _ in play(oto(f"{price:f}", f"{quantity:f}", f"{pending:f}", RICH), history, rules()):
        assert group.pending is not None
        filled = group.order.status == "FILLED"
        expected = floor_to(group.order.cum_qty - group.order.commission, STEP) if filled else 0
        assert (group.pending.status != "PENDING", group.pending.quantity) == (filled, expected)


@given(prices, quantities, prices, histories)
def test_a_cancel_leaves_nothing_locked(
    price: Decimal, quantity: Decimal, pending: Decimal, history: list[Book]
) -> None:
    """Whenever an open order is canceled, all that it and its pending leg held is free again."""
    for group, _ in play(oto(f"{price:f}", f"{quantity:f}", f"{pending:f}", RICH), history, rules()):
        if group.order.status in OPEN:
            after, _ = cancel(group, 3000)
            assert {asset: balance.locked for asset, balance in after.account.balances.items()} == {QUOTE: 0, BASE: 0}


@given(prices, quantities, books)
def test_the_book_loses_what_the_order_takes(price: Decimal, quantity: Decimal, book: Book) -> None:
    """Liquidity is not created: what is left and what was taken is what there was."""
    group = accepted(limit("BUY", f"{price:f}", f"{quantity:f}"), replace(RICH))
    done = execute(group, book, rules(), 2000)
    offered, left = (sum((level.quantity for level in side.asks), Decimal(0)) for side in (book, done.book))
    assert left + done.group.order.cum_qty == offered
