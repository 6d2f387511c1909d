"""Whatever accounts' orders meet each other: nothing is made or lost between them, and nobody gets a worse price."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.paper.crossing import make, with_offers, without_offers
from exchange.paper.matching import Book, Execution, Group, Level, execute
from exchange.paper.model import Account, Balance, Order, Take
from exchange.paper.rounding import buy_commission, sell_commission
from tests.support.paper_orders import BASE, QUOTE, accepted, account, limit, oto, rules

TICK, STEP = Decimal("0.00000001"), Decimal("0.01")

prices = st.integers(9 * 10**5, 11 * 10**5).map(lambda ticks: ticks * TICK)
quantities = st.integers(100, 10**5).map(lambda steps: steps * STEP)
levels = st.lists(st.builds(Level, prices, quantities), max_size=3)


def _book(bids: list[Level], asks: list[Level]) -> Book:
    """A book that does not cross itself."""
    best = max((level.price for level in bids), default=Decimal(0))
    asks = [level for level in asks if level.price > best]
    return Book(tuple(sorted(bids, key=lambda one: -one.price)), tuple(sorted(asks, key=lambda one: one.price)))


books = st.builds(_book, levels, levels)
sides = st.sampled_from(["BUY", "SELL"])
resting = st.lists(st.tuples(sides, prices, quantities, st.sampled_from(["1", "2", "3"])), max_size=5)


class Crossing:
    """An order of account 1 that meets the book and the resting orders, and what becomes of those."""

    def __init__(
        self, taker: tuple[str, Decimal, Decimal], book: Book, others: list[tuple[str, Decimal, Decimal, str]]
    ) -> None:
        self.before = book
        self.accounts = {name: replace(account("1000000", "1000000"), user_id=name) for name in ("1", "2", "3")}
        self.total = {asset: self._all(asset) for asset in (BASE, QUOTE)}
        self.makers = [self._placed(*one, number) for number, one in enumerate(others, start=1)]
        group = self._place(*taker, "1", 7_000_100)
        self.done = execute(group, with_offers(book, group.order, self.makers), rules(), 2_000)
        self.accounts["1"] = self.done.group.account
        self.takes = [step.take for step in self.done.steps if step.take]
        self.made = [(take, self._make(take)) for take in self.takes if take.counterparty]

    def _place(self, side: str, price: Decimal, quantity: Decimal, name: str, order_id: int) -> Group:
        order = replace(limit(side, f"{price:f}", f"{quantity:f}", order_id), account=name)
        group = accepted(order, self.accounts[name])
        self.accounts[name] = group.account
        return group

    def _placed(self, side: str, price: Decimal, quantity: Decimal, name: str, order_id: int) -> Order:
        return self._place(side, price, quantity, name, order_id).order

    def _make(self, take: Take) -> Execution:
        maker = next(one for one in self.makers if one.order_id == take.counterparty)
        group = Group(self.accounts[maker.account], maker)
        done = make(group, self.done.group.order, take, without_offers(self.done.book), rules(), 2_000)
        self.accounts[maker.account] = done.group.account
        self.makers = [done.group.order if one is maker else one for one in self.makers]
        return done

    def _all(self, asset: str) -> Decimal:
        balances = [one.balances.get(asset, Balance()) for one in self.accounts.values()]
        return sum((one.free + one.locked for one in balances), Decimal(0))

    def gained(self, asset: str) -> Decimal:
        """By all accounts together."""
        return self._all(asset) - self.total[asset]


crossings = st.builds(Crossing, st.tuples(sides, prices, quantities), books, resting)


@given(crossings)
def test_nothing_is_made_or_lost_between_accounts(crossing: Crossing) -> None:
    """What all accounts gained together is what the market gave or took, less both sides' commissions."""
    of_market = [take for take in crossing.takes if not take.counterparty]
    sign = 1 if crossing.done.group.order.side == "BUY" else -1
    orders = [crossing.done.group.order, *crossing.makers]
    fees = {asset: sum(one.commission for one in orders if one.commission_asset == asset) for asset in (BASE, QUOTE)}
    assert crossing.gained(BASE) == sign * sum(take.quantity for take in of_market) - fees[BASE]
    assert crossing.gained(QUOTE) == -sign * sum(take.quote for take in of_market) - fees[QUOTE]


@given(crossings)
def test_both_sides_tell_the_same_trade(crossing: Crossing) -> None:
    """The same price, quantity and quote; the buyer pays its fee in coins, the seller in quote."""
    for take, done in crossing.made:
        (own,) = [step.take for step in done.steps if step.take]
        assert (own.price, own.quantity, own.quote) == (take.price, take.quantity, take.quote)
        fees = {"BUY": buy_commission(take.quantity, rules().base_precision), "SELL": sell_commission(take.quote)}
        assert own.commission == fees[done.group.order.side]
        assert take.commission == fees[crossing.done.group.order.side]
        assert (own.counterparty, own.made) == (crossing.done.group.order.order_id, True)
        assert (take.counterparty, take.made) == (done.group.order.order_id, False)


@given(crossings)
def test_nobody_gets_a_worse_price_than_the_market_offers(crossing: Crossing) -> None:
    """Within both limits; a resting order is not traded with below the best bid, nor above the best ask."""
    for take, done in crossing.made:
        buy, sell = sorted((done.group.order, crossing.done.group.order), key=lambda one: one.side)
        assert sell.price <= take.price <= buy.price
        if done.group.order.side == "SELL":
            assert all(take.price >= level.price for level in crossing.before.bids)
        else:
            assert all(take.price <= level.price for level in crossing.before.asks)


@given(crossings)
def test_an_account_never_trades_with_itself(crossing: Crossing) -> None:
    """Nor does any order get more than it asked for, and the market's book loses what was taken of it."""
    assert all(done.group.order.account != "1" for _, done in crossing.made)
    assert all(one.cum_qty <= one.quantity for one in (*crossing.makers, crossing.done.group.order))
    taken = sum((take.quantity for take in crossing.takes if not take.counterparty), Decimal(0))
    before, after = (_size(book) for book in (crossing.before, without_offers(crossing.done.book)))
    assert before - after == taken


def _size(book: Book) -> Decimal:
    return sum((level.quantity for level in (*book.bids, *book.asks)), Decimal(0))


def test_a_buy_that_is_filled_while_it_rests_lets_its_sell_begin() -> None:
    """As if the market had filled it: the pending leg gets what was bought less the fee."""
    seller = replace(limit("SELL", "0.009", "100", 5), account="2")
    buyer = oto("0.01", "100", "0.009", Account("1", {QUOTE: Balance(Decimal(1000))}))
    level = Level(Decimal("0.01"), Decimal(100), buyer.order.order_id)
    take = Take(level.price, level.quantity, Decimal(1), Decimal("0.0001"), 1, level.order_id)
    done = make(buyer, seller, take, Book(), rules(), 2_000)
    assert [(step.order.order_id, step.execution_type) for step in done.steps] == [(7000001, "TRADE"), (7000002, "NEW")]
    assert done.group.pending is not None
    assert done.group.pending.quantity == Decimal("99.99")
