"""Accounts' open orders as part of the book, so that accounts may trade with each other. Pure, as the matching is.

An order that rests is traded with at its limit price or, where the market itself offers it a better one, at that:
nobody sells to another account for less than the best bid, or buys from it for more than the best ask.
"""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from exchange.paper.matching import Book, Execution, Group, Level, complete, fill, take_of
from exchange.paper.model import OPEN, Order, Step, Take
from exchange.paper.rules import TradingRules


def with_offers(book: Book, order: Order, others: Iterable[Order]) -> Book:
    """The book as `order` meets it: with what the open orders of other accounts on the other side offer, behind the
    market's own where the price is the same.
    """
    resting = sorted((one for one in others if _may_meet(order, one)), key=lambda one: one.order_id)
    offers = [Level(_price(one, book), one.leaves_qty, one.order_id) for one in resting]
    if order.side == "BUY":
        return replace(book, asks=tuple(sorted((*book.asks, *offers), key=lambda level: level.price)))
    return replace(book, bids=tuple(sorted((*book.bids, *offers), key=lambda level: -level.price)))


def without_offers(book: Book) -> Book:
    """What is the market's own."""
    bids, asks = (tuple(level for level in side if not level.order_id) for side in (book.bids, book.asks))
    return Book(bids, asks)


def make(maker: Group, taker: Order, take: Take, book: Book, rules: TradingRules, now: int) -> Execution:
    """The other side of `take`, by which `taker` traded with the maker's order; the book stays as it is."""
    level = Level(take.price, take.quantity, taker.order_id)
    own = replace(take_of(maker.order, level, 1, rules.base_precision), made=True)
    group = fill(maker, own, now)
    steps = [Step(group.order, "TRADE", own)]
    if group.order.status == "FILLED":
        group, further = complete(group, book, rules, now)
        steps.extend(further)
    return Execution(group, book, tuple(steps))


def _may_meet(order: Order, other: Order) -> bool:
    same_market = other.symbol == order.symbol and other.side != order.side
    return same_market and other.account != order.account and other.status in OPEN


def _price(resting: Order, book: Book) -> Decimal:
    if resting.side == "SELL":
        return max([resting.price, *(level.price for level in book.bids[:1])])
    return min([resting.price, *(level.price for level in book.asks[:1])])
