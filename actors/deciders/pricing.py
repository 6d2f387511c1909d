"""Prices and quantities of a trade (worked examples, Prices; venue protocol notes, 6.3, 8.3 and 8.4). Pure."""

from decimal import Decimal

import msgspec

from events.numbers import EXACT, ceil_to, floor_to, payment_amount, plain
from events.orders import OtoOrder
from events.values import StrategyTerms, TopOfBook

HUNDRED = Decimal(100)


class SoundBook(msgspec.Struct, frozen=True, kw_only=True):
    """Best offers that a price may be made of: both are there, and the bid is below the ask."""

    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal


def buy_price(market: Decimal, offset_percentage: Decimal, tick: Decimal) -> Decimal:
    """Market x (1 + offset / 100), down to the tick."""
    return floor_to(EXACT.multiply(market, 1 + offset_percentage / HUNDRED), tick)


def sell_price(buy: Decimal, discount_percentage: Decimal, tick: Decimal) -> Decimal:
    """Buy x (1 - discount / 100), down to the tick."""
    return floor_to(EXACT.multiply(buy, 1 - discount_percentage / HUNDRED), tick)


def buy_quantity(amount: Decimal, buy: Decimal, step: Decimal) -> Decimal:
    """Amount / buy, down to the step. `buy` must be above 0."""
    return floor_to(EXACT.divide(amount, buy), step)


def price_order(terms: StrategyTerms, market: Decimal) -> OtoOrder:
    """The placement for a market price above 0. It may still break the symbol's rules: see `broken_rule`."""
    buy = buy_price(market, terms.buy_offset_percentage, terms.rules.tick_size)
    return _oto(terms, buy, sell_price(buy, terms.sell_discount_percentage, terms.rules.tick_size))


def order_by(terms: StrategyTerms, market: Decimal, top: TopOfBook | None, now: int) -> OtoOrder | str:
    """The placement by the terms' price source, or in words why the book gives none."""
    if terms.price_source != "book":
        return price_order(terms, market)
    book = sound_book(top, terms, market, now)
    return book if isinstance(book, str) else price_order_by_book(terms, book)


def price_order_by_book(terms: StrategyTerms, book: SoundBook) -> OtoOrder:
    """The placement that takes the best ask and is sold to the best bid: its limits are as far beyond them as the
    slippage allows, and the smaller of the two offers has room for it (venue protocol notes, section 16, thin books).
    """
    tick, slippage = terms.rules.tick_size, terms.max_slippage_percentage / HUNDRED
    buy = floor_to(EXACT.multiply(book.ask, 1 + slippage), tick)
    # Down to the tick would be beyond the slippage, and up to it above the bid where the bid is not on the tick.
    sell = min(ceil_to(EXACT.multiply(book.bid, 1 - slippage), tick), floor_to(book.bid, tick))
    return _oto(terms, buy, sell, EXACT.multiply(min(book.bid_size, book.ask_size), terms.max_book_share))


def _oto(terms: StrategyTerms, buy: Decimal, sell: Decimal, most: Decimal | None = None) -> OtoOrder:
    """For the amount of the terms at the buy price, but no more than `most` coins."""
    rules = terms.rules
    quantity = buy_quantity(terms.amount, buy, rules.step_size) if buy > 0 else Decimal(0)
    quantity = quantity if most is None else min(quantity, floor_to(most, rules.step_size))
    return OtoOrder(
        symbol=rules.symbol,
        base_asset=rules.base_asset,
        quote_asset=rules.quote_asset,
        working_price=buy,
        quantity=quantity,
        amount=payment_amount(buy, quantity),
        pending_price=sell,
    )


def share_of_amount(terms: StrategyTerms, order: OtoOrder) -> Decimal:
    """Which part of the terms' amount the placement is meant to spend: all of it, unless the book had less."""
    if terms.price_source != "book" or order.quantity == buy_quantity(
        terms.amount, order.working_price, terms.rules.step_size
    ):
        return Decimal(1)
    return order.amount / terms.amount


def sound_book(top: TopOfBook | None, terms: StrategyTerms, market: Decimal, now: int) -> SoundBook | str:
    """The book, or in words why no order may be made from it: a side is empty, it is crossed, its time is too far from
    `now` (ms), or it is further from the venue's own `market` price than prices may move. Snapshots of the venue have
    been seen crossed, and with levels that were long gone (venue protocol notes, 8.4).
    """
    if top is None or top.bid is None or top.ask is None:
        missing = "bid" if top is not None and top.bid is None else "ask"
        return f"the book has no {missing}"
    if top.at == 0:
        return "the book does not say of when it is"
    if reason := unsound(top.bid, top.ask, top.at, terms, now):
        return reason
    limit = terms.max_price_volatility_percentage
    far = max(moved_percentage(market, price) for price in (top.bid, top.ask))
    if far > limit:
        return f"the book is {far:.2f} % away from the venue's price {plain(market)}, more than {plain(limit)} %"
    return SoundBook(bid=top.bid, bid_size=top.bid_size, ask=top.ask, ask_size=top.ask_size)


def unsound(bid: Decimal, ask: Decimal | None, at: int, terms: StrategyTerms, now: int) -> str:
    """Why these are no offers of now, empty where they may be: crossed, or of another time than `now` (ms). An `at` of
    0, which is not told, is not held against them.
    """
    if ask is not None and bid >= ask:
        return f"the book is crossed: its bid {plain(bid)} is not below its ask {plain(ask)}"
    return _bad_time(at, terms.max_price_age_ms, now) if at else ""


def _bad_time(at: int, limit: int, now: int) -> str:
    if now - at > limit:
        return f"the book is {_seconds(now - at)} s old, more than {_seconds(limit)} s"
    if at - now > limit:
        return f"the book's time is {_seconds(at - now)} s ahead of ours: one of the clocks is wrong"
    return ""


def too_old(asked_at: int, limit: int, now: int) -> str | None:
    """Why a price that was asked for at `asked_at` (ms, 0: not known) is not traded on, or None."""
    if asked_at == 0 or now - asked_at <= limit:
        return None
    return f"the price was asked for {_seconds(now - asked_at)} s ago, more than {_seconds(limit)} s"


def _seconds(ms: int) -> str:
    return plain(Decimal(ms) / 1000)


def moved_percentage(reference: Decimal, price: Decimal) -> Decimal:
    """How far `price` is from `reference`, in percent, never negative."""
    return abs(price - reference) / reference * HUNDRED
