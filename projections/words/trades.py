"""Trades in words."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from events.base import Event
from events.numbers import plain
from events.trades import QuoteObserved, TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.values import TopOfBook
from projections.figures import counted, utc

ZERO = Decimal(0)


def _trade_started(event: TradeStarted) -> str:
    return (
        f"{event.strategy_id}: trade {event.number}/{event.planned_trades} of batch {event.batch} begins"
        f" ({event.trade_id})"
    )


def _quoted(event: QuoteObserved) -> str:
    book = f"; {_book(event.book)}" if event.book is not None else ""
    return f"{event.trade_id}: the price is {plain(event.price)}, the multiplier {event.mul_point}{book}"


def _book(book: TopOfBook) -> str:
    bid = f"{plain(book.bid)} for {plain(book.bid_size)}" if book.bid is not None else "none"
    ask = f"{plain(book.ask)} for {plain(book.ask_size)}" if book.ask is not None else "none"
    return f"the book's best bid is {bid}, its best ask {ask}" + (f", at {utc(book.at)}" if book.at else "")


def _completed(event: TradeCompleted) -> str:
    return f"{event.strategy_id}: trade {event.number} of batch {event.batch} completed: {_came_to(event)}"


def _partly_completed(event: TradePartlyCompleted) -> str:
    return (
        f"{event.strategy_id}: trade {event.number} of batch {event.batch} partly completed ({event.reason}):"
        f" {_came_to(event)}"
    )


def _came_to(event: TradeCompleted | TradePartlyCompleted) -> str:
    """What was bought and sold, also of what the sell had left; so that what remains is the difference."""
    sell = event.sell
    parts = [f"bought {plain(event.buy.quantity)} for {plain(event.buy.quote)}"]
    parts.append(f"sold {plain(sell.quantity)} for {plain(sell.quote)}" if sell else "sold nothing")
    if event.unwinds:
        coins, quote = (sum((getattr(one, name) for one in event.unwinds), ZERO) for name in ("quantity", "quote"))
        parts.append(f"then {plain(coins)} for {plain(quote)} in {counted(len(event.unwinds), 'order')}")
    if event.remainder < 0:
        parts.append(f"{plain(-event.remainder)} of them were of earlier trades")
    elif event.remainder > 0:
        parts.append(f"{plain(event.remainder)} are left")
    return f"{', '.join(parts)}; credit expected {plain(event.credit_expected)}, wear {plain(event.wear)} USDT"


def _abandoned(event: TradeAbandoned) -> str:
    what = "failed" if event.failed else "was called off"
    wait = f"; waiting {event.wait_ms} ms" if event.wait_ms else ""
    return f"{event.strategy_id}: trade {event.number} of batch {event.batch} {what}: {event.reason}{wait}"


TRADES: dict[type[Event], Callable[[Any], str]] = {
    TradeStarted: _trade_started,
    QuoteObserved: _quoted,
    TradeCompleted: _completed,
    TradePartlyCompleted: _partly_completed,
    TradeAbandoned: _abandoned,
}
