"""Whatever goes wrong with orders, the venue's books add up, and the same plan does the same again."""

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper import desk
from exchange.paper.faults import Occasion, begin, meet
from exchange.paper.faults_actions import (
    Activation,
    Duplicate,
    EndOrder,
    FaultAction,
    FillAfterEnd,
    FillDespiteCancel,
    NoFill,
    Slow,
)
from exchange.paper.faults_plan import FaultPlan, Rule, When
from exchange.paper.model import ZERO
from exchange.paper.tokens import QUOTE
from tests.support.paper_desk import PaperDesk

SHARES = st.decimals(0, 1, places=2)
COUNTS = st.integers(1, 4)
ORDER_FAULTS: st.SearchStrategy[FaultAction] = st.one_of(
    st.just(NoFill()),
    st.builds(EndOrder, share=SHARES, status=st.sampled_from(("CANCELED", "EXPIRED", "REJECTED"))),
    st.builds(Activation, becomes=st.sampled_from(("REJECTED", "EXPIRED", "PENDING"))),
    st.builds(FillDespiteCancel, share=SHARES, seconds=st.sampled_from((Decimal(0), Decimal(1)))),
    st.builds(FillAfterEnd, share=SHARES, seconds=st.sampled_from((Decimal(0), Decimal(1)))),
)
WHENS = st.one_of(
    st.builds(When, nth=COUNTS), st.builds(When, every=COUNTS), st.builds(When, probability=SHARES, at_most=COUNTS)
)
PLANS = st.lists(st.builds(Rule, do=ORDER_FAULTS, when=WHENS), max_size=6)


def traded(paper: PaperDesk) -> tuple[Decimal, Decimal]:
    """What the orders say that the account has gained, in quote and in base."""
    quote = base = ZERO
    for order in paper.venue.orders.all_of("1"):
        sign = 1 if order.side == "SELL" else -1
        quote += sign * order.cum_quote - (order.commission if order.side == "SELL" else ZERO)
        base -= sign * order.cum_qty + (order.commission if order.side == "BUY" else ZERO)
    return quote, base


@settings(max_examples=40, deadline=None)
@given(rules=PLANS, cancels=st.lists(st.integers(0, 9), max_size=6))
def test_books_add_up(rules: list[Rule], cancels: list[int]) -> None:
    """Balances are what the fills make of them; what is locked belongs to orders that are not over."""
    with TemporaryDirectory() as directory:
        paper = PaperDesk(Path(directory))
        paper.venue.follow(FaultPlan(rules=tuple(rules)), paper.now)
        for _ in range(5):
            paper.place()
            paper.pass_time()
        orders = list(paper.venue.orders.all_of("1"))
        for index in cancels:
            desk.cancel_order(paper.venue, "1", orders[index].order_id, "ALPHA_382USDT", paper.now)
        paper.settle(6)
        balances = paper.venue.accounts.get("1").balances
        held = sum((order.held for order in paper.venue.orders.all_of("1")), ZERO)
        quote, base = traded(paper)
        assert balances[QUOTE].free + balances[QUOTE].locked == 100000 + quote
        assert sum(value for each in [balances.get("ALPHA_382")] if each for value in (each.free, each.locked)) == base
        assert sum((each.locked for each in balances.values()), ZERO) == held
        for order in paper.venue.orders.all_of("1"):
            fills = paper.venue.orders.fills_of(order.order_id)
            assert sum((fill.take.quantity for fill in fills), ZERO) == order.cum_qty <= max(order.quantity, ZERO)
        paper.close()


OCCASIONS = st.lists(
    st.builds(
        Occasion,
        point=st.sampled_from(("request", "frame")),
        at=st.integers(0, 5000),
        account=st.sampled_from("12"),
    ),
    max_size=60,
)


@settings(max_examples=60)
@given(
    rules=st.lists(st.builds(Rule, do=st.sampled_from((Slow(seconds=ZERO), Duplicate())), when=WHENS), max_size=4),
    seed=st.integers(0, 99),
    occasions=OCCASIONS,
)
def test_a_plan_strikes_the_same_again(rules: list[Rule], seed: int, occasions: list[Occasion]) -> None:
    """And never more often than it was asked, or than its rules allow."""
    runs = []
    for _ in range(2):
        state = begin(FaultPlan(seed=seed, rules=tuple(rules)), 0)
        struck = []
        for occasion in occasions:
            state, actions = meet(state, occasion)
            struck.append(actions)
        runs.append((state, struck))
    assert runs[0] == runs[1]
    for rule, counts in zip(rules, runs[0][0].counts, strict=True):
        assert counts.struck <= min(counts.seen, rule.when.at_most or counts.seen)
