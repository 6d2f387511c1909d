"""What orders come to against a book (venue protocol notes, section 6.5)."""

from decimal import Decimal

from exchange.paper.matching import Execution, Group, cancel, execute, hold
from exchange.paper.model import Balance
from tests.support.paper_orders import BASE, QUOTE, accepted, account, book, limit, oto, rules


def told(execution: Execution) -> list[tuple[int, str, str]]:
    """The steps as (order id, execution type, status)."""
    return [(step.order.order_id, step.execution_type, step.order.status) for step in execution.steps]


def balances(group: Group) -> dict[str, tuple[str, str]]:
    """Free and locked by asset, as plain text."""
    return {
        asset: (f"{balance.free.normalize():f}", f"{balance.locked.normalize():f}")
        for asset, balance in group.account.balances.items()
    }


def test_a_buy_fills_at_the_books_price() -> None:
    """A limit above the market pays what the book asks, and gets back what it had locked beyond that."""
    done = execute(accepted(limit("BUY", "0.23", "100")), book(asks="0.2269:500"), rules(), 2000)
    assert told(done) == [(7000001, "TRADE", "FILLED")]
    assert balances(done.group) == {QUOTE: ("977.31", "0"), BASE: ("99.99", "0")}


def test_an_order_takes_level_after_level() -> None:
    """A thin best level is taken whole and the next one in part; the book keeps the rest."""
    done = execute(accepted(limit("BUY", "0.23", "100")), book(asks="0.21:60 0.22:60"), rules(), 2000)
    assert [(step.take.price, step.take.quantity) for step in done.steps if step.take] == [
        (Decimal("0.21"), Decimal(60)),
        (Decimal("0.22"), Decimal(40)),
    ]
    assert done.book == book(asks="0.22:20")


def test_an_order_rests_where_its_limit_ends() -> None:
    """What the book offers beyond the limit is not taken: the order stays, partially filled, with its lock."""
    done = execute(accepted(limit("BUY", "0.21", "100")), book(asks="0.21:60 0.22:60"), rules(), 2000)
    assert told(done) == [(7000001, "TRADE", "PARTIALLY_FILLED")]
    assert balances(done.group)[QUOTE] == ("979", "8.4")


def test_a_sell_is_paid_in_quote_less_commission() -> None:
    """The sell of section 8.5: 669.47 at 0.22690468 pays 151.90587611 less 0.01519059."""
    sell = accepted(limit("SELL", "0.0001", "669.47"), account("0", "669.47"))
    done = execute(sell, book(bids="0.22690468:1000"), rules(min_price=None), 2000)
    assert balances(done.group) == {QUOTE: ("151.89068552", "0"), BASE: ("0", "0")}


def test_the_pending_leg_follows_the_whole_buy() -> None:
    """A filled buy puts the waiting sell into the book at the same time, with the floored quantity."""
    done = execute(oto("0.505", "200", "0.495"), book(asks="0.5:300"), rules(), 2000)
    assert told(done) == [(7000001, "TRADE", "FILLED"), (7000002, "NEW", "NEW")]
    assert done.group.pending is not None
    assert (done.group.pending.quantity, done.group.pending.working_at) == (Decimal("199.98"), 2000)


def test_dust_below_the_step_is_free() -> None:
    """What flooring leaves over belongs to the account, and the pending leg holds the rest."""
    done = execute(oto("0.505", "123.45", "0.495"), book(asks="0.5:300"), rules(), 2000)
    assert balances(done.group)[BASE] == ("0.007655", "123.43")


def test_the_pending_leg_waits_for_the_whole_buy() -> None:
    """A part of the buy does not wake the sell; what it brought is held for it."""
    done = execute(oto("0.505", "200", "0.495"), book(asks="0.5:50"), rules(), 2000)
    assert told(done) == [(7000001, "TRADE", "PARTIALLY_FILLED")]
    assert done.group.pending is not None
    assert (done.group.pending.status, balances(done.group)[BASE]) == ("PENDING", ("0", "49.995"))


def test_a_pending_leg_too_small_to_sell_expires() -> None:
    """A sell below the least notional ends when its turn comes, and what it held is free."""
    done = execute(oto("0.1", "1", "0.05"), book(asks="0.1:300", bids="0.09:5"), rules(), 2000)
    assert told(done)[-1] == (7000002, "EXPIRED", "EXPIRED")
    assert balances(done.group)[BASE] == ("0.9999", "0")


def test_a_low_limit_does_not_make_a_pending_leg_too_small() -> None:
    """A captured leg of 869.47 at 0.0001, worth 0.087 at its limit, was taken and sold at the market."""
    done = execute(oto("0.23", "869.56", "0.0001"), book("0.2269:2000", "0.2269:2000"), rules(), 2000)
    assert told(done)[-1] == (7000002, "NEW", "NEW")


def test_nothing_happens_where_nothing_crosses() -> None:
    """Against a book beyond the limit, or an empty one, the order and the book stay as they are."""
    group = accepted(limit("BUY", "0.20", "100"))
    for rest in (book(asks="0.21:60"), book()):
        assert execute(group, rest, rules(), 2000) == Execution(group, rest)


def test_canceling_a_buy_frees_what_it_locked() -> None:
    """All of the lock comes back, and the report carries what was filled before."""
    part = execute(accepted(limit("BUY", "0.21", "100")), book(asks="0.21:60"), rules(), 2000).group
    after, steps = cancel(part, 3000)
    assert [(step.execution_type, step.order.cum_qty) for step in steps] == [("CANCELED", Decimal(60))]
    assert balances(after) == {QUOTE: ("987.4", "0"), BASE: ("59.994", "0")}


def test_canceling_a_working_leg_ends_its_pending_leg() -> None:
    """No sell follows a canceled buy, not even for the part it bought, which becomes free."""
    part = execute(oto("0.505", "200", "0.495"), book(asks="0.5:50"), rules(), 2000).group
    after, steps = cancel(part, 3000)
    assert [step.order.status for step in steps] == ["CANCELED", "EXPIRED"]
    assert balances(after)[BASE] == ("49.995", "0")


def test_a_pending_leg_may_end_canceled_instead() -> None:
    """The other variant of what nobody has recorded."""
    _, steps = cancel(oto("0.505", "200", "0.495"), 3000, "CANCELED")
    assert [step.order.status for step in steps] == ["CANCELED", "CANCELED"]


def test_an_order_needs_its_funds() -> None:
    """A buy needs price x quantity free in the quote asset, a sell its quantity in the base asset."""
    assert hold(account("22.99"), limit("BUY", "0.23", "100")) is None
    assert hold(account(base="99"), limit("SELL", "0.23", "100")) is None
    exact = hold(account("23"), limit("BUY", "0.23", "100"))
    assert exact is not None
    assert exact.account.balances[QUOTE] == Balance(Decimal(0), Decimal(23))
