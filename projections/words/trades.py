"""Events of strategies, batches and trades in words."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from events.accounts import AccountQuieted, AccountRecovered, CallHeldBack, StopRequested, TradingPaused, TradingResumed
from events.base import Event
from events.inventory import CoinsSwept, DustRecorded, InventoryCleared, InventoryHeld, SweepStarted
from events.numbers import plain
from events.strategies import (
    BatchCompleted,
    BatchPlanned,
    DayClosed,
    StrategyAdmitted,
    StrategyEnded,
    StrategyQueued,
    StrategyResumed,
    StrategyStarted,
    TurnAwaited,
    TurnDelayed,
    TurnGivenUp,
    VolumeChecked,
    VolumeCheckFailed,
    VolumeCheckRequested,
    VolumeDoubted,
    WearLimitReached,
)
from events.trades import QuoteObserved, TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.values import ExecutedLeg, StrategyTerms, TopOfBook
from projections.figures import counted, utc

ZERO = Decimal(0)
_ENDINGS = {
    "reached": "ended, target reached",
    "skipped": "ended, skipped because the target was already reached",
    "stopped": "stopped before its target",
    "failed": "failed",
    "parked": "is parked until the operator acts",
    "worn": "stopped because trading has cost as much as it may",
    "swept": "ended, the sweep is over",
    "day_over": "stopped because the venue's day is over",
}


def _started(event: StrategyStarted) -> str:
    return f"{event.terms.strategy_id}: started {_terms(event.terms)}"


def _resumed(event: StrategyResumed) -> str:
    return f"{event.strategy_id}: taken up again where an earlier run left it {_terms(event.terms)}"


def _terms(terms: StrategyTerms) -> str:
    return (
        f"on {terms.ticker} ({terms.chain}, {terms.rules.symbol}): target {plain(terms.target_volume)} USDT,"
        f" {plain(terms.amount)} USDT a trade, {_limits(terms)}"
    )


def _limits(terms: StrategyTerms) -> str:
    if terms.price_source == "book":
        return f"by the book with at most {plain(terms.max_slippage_percentage)} % slippage"
    buy, sell = plain(terms.buy_offset_percentage), plain(terms.sell_discount_percentage)
    return f"buy {buy} % above the market, sell {sell} % below the buy"


def _dust(event: DustRecorded) -> str:
    if event.quantity < 0:
        sold, left = plain(-event.quantity), plain(event.total)
        return f"{event.trade_id}: sold {sold} {event.asset} of earlier trades with it; {left} are left"
    return (
        f"{event.trade_id}: leaves {plain(event.quantity)} {event.asset}, too little to sell;"
        f" {plain(event.total)} in all, worth {plain(event.value)} USDT"
    )


def _held(event: InventoryHeld) -> str:
    return (
        f"{event.trade_id}: {plain(event.quantity)} {event.ticker} are held unsold, worth {plain(event.value)} USDT:"
        f" {event.reason}; no more is bought until they are dealt with"
    )


def _sweep_started(event: SweepStarted) -> str:
    return f"{event.trade_id}: {plain(event.quantity)} {event.ticker} are to be sold, because their operator wants it"


def _swept(event: CoinsSwept) -> str:
    return (
        f"{event.trade_id}: the sweep sold {plain(event.quantity)} {event.ticker} in {_orders(event.unwinds)};"
        f" that is {plain(event.wear)} USDT less than was in the books"
    )


def _orders(legs: tuple[ExecutedLeg, ...]) -> str:
    return counted(len(legs), "order")


def _cleared(event: InventoryCleared) -> str:
    how = {"sold": "sold", "dust": "they are worth too little for an order", "acknowledged": "acknowledged"}
    return f"{plain(event.quantity)} {event.asset} are no longer held: {how[event.how]}"


def _worn(event: WearLimitReached) -> str:
    return (
        f"{event.strategy_id}: {event.limit} of {plain(event.allowed)} is reached on {event.day}:"
        f" {plain(event.wear)} USDT on {plain(event.turnover)} USDT bought"
    )


def _day_closed(event: DayClosed) -> str:
    then = "a new day begins" if event.continues else "the strategy stops"
    return f"{event.strategy_id}: the UTC day {event.day} is over at {plain(event.volume)} USDT; {then}"


def _quieted(event: AccountQuieted) -> str:
    return f"the venue turned us away: nothing is asked of it until {utc(event.until)}: {event.reason}"


_HELD_CALLS = {
    "cancel": "the cancel",
    "look": "the look at the orders",
    "search": "the search for the order",
    "book": "reading the book",
    "sale": "the sale",
    "comparison": "the comparison with the venue's open orders",
    "volume": "the volume query",
}


def _held_back(event: CallHeldBack) -> str:
    what = " of ".join(part for part in (_HELD_CALLS[event.call], event.trade_id or event.strategy_id) if part)
    return f"{what} waits until {utc(event.until)}: the venue wants to be left in peace"


def _doubted(event: VolumeDoubted) -> str:
    return (
        f"{event.strategy_id}: the venue shows {plain(event.volume)} USDT just after midnight, which may be yesterday's"
        " still: to be asked again"
    )


def _check_requested(event: VolumeCheckRequested) -> str:
    return f"{event.strategy_id}: asking the venue for the volume: {event.reason}"


def _check_failed(event: VolumeCheckFailed) -> str:
    return (
        f"{event.strategy_id}: the venue did not tell the volume ({event.outcome}), to be asked again: {event.message}"
    )


def _queued(event: StrategyQueued) -> str:
    return f"{event.strategy_id}: has work to do and waits for its turn"


def _turn_awaited(event: TurnAwaited) -> str:
    return (
        f"{event.strategy_id}: waits for its turn on {event.symbol}, so that our accounts never trade with each other"
    )


def _turn_delayed(event: TurnDelayed) -> str:
    others = f", and {counted(event.ahead, 'other')} come first" if event.ahead else ""
    if event.blocked:
        return f"{event.strategy_id}: cannot trade {event.symbol} until the operator acts: {event.blocked}{others}"
    return f"{event.strategy_id}: user {event.holder} trades {event.symbol}{others}"


def _turn_given_up(event: TurnGivenUp) -> str:
    return f"{event.strategy_id}: gives up its turn on {event.symbol}"


def _admitted(event: StrategyAdmitted) -> str:
    return f"{event.strategy_id}: it is its turn to trade"


def _checked(event: VolumeChecked) -> str:
    wait = "" if event.settled else "; credit still seems to be on its way"
    return f"{event.strategy_id}: the venue counts {plain(event.volume)} USDT (multiplier {event.mul_point}){wait}"


def _planned(event: BatchPlanned) -> str:
    basis = {"documented": "by the documents' rule", "measured": "as measured"}[event.basis]
    probe = ", a probe" if event.probe else ""
    return (
        f"{event.strategy_id}: batch {event.batch} planned: {counted(event.planned_trades, 'trade')}{probe}, because"
        f" {plain(event.remaining_volume)} USDT remain after {plain(event.current_volume)} and one trade of"
        f" {plain(event.amount)} with multiplier {event.mul_point} counts {plain(event.credit_per_trade)} ({basis})"
    )


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
        parts.append(f"then {plain(coins)} for {plain(quote)} in {_orders(event.unwinds)}")
    if event.remainder < 0:
        parts.append(f"{plain(-event.remainder)} of them were of earlier trades")
    elif event.remainder > 0:
        parts.append(f"{plain(event.remainder)} are left")
    return f"{', '.join(parts)}; credit expected {plain(event.credit_expected)}, wear {plain(event.wear)} USDT"


def _abandoned(event: TradeAbandoned) -> str:
    what = "failed" if event.failed else "was called off"
    wait = f"; waiting {event.wait_ms} ms" if event.wait_ms else ""
    return f"{event.strategy_id}: trade {event.number} of batch {event.batch} {what}: {event.reason}{wait}"


def _batch_completed(event: BatchCompleted) -> str:
    because = f": {event.reason}" if event.reason else ""
    return (
        f"{event.strategy_id}: batch {event.batch} is over with {counted(event.completed_trades, 'trade')} completed"
        f" and {event.failed_trades} failed{because}"
    )


def _ended(event: StrategyEnded) -> str:
    volume = f" at {plain(event.current_volume)} USDT" if event.current_volume is not None else ""
    because = f": {event.reason}" if event.reason else ""
    return f"{event.strategy_id}: {_ENDINGS[event.status]}{volume}{because}"


def _recovered(_event: AccountRecovered) -> str:
    return "the account's state was taken up again from the log; its strategies wait for the run"


def _paused(event: TradingPaused) -> str:
    how_long = "any more" if event.final else "for now"
    return f"no new trades {how_long}: {event.reason}"


def _going_on(_event: TradingResumed) -> str:
    return "trades may begin again"


def _stop_requested(event: StopRequested) -> str:
    how = "asked to cancel what is open and leave" if event.now else "asked to stop after the trade in hand"
    how = f"{event.strategy_id}: {how}" if event.strategy_id else how
    how = f"{how}, by {event.by}" if event.by is not None else how
    if not event.waits_for:
        return how
    until = f", until {utc(event.until)} at most" if event.until else ""
    return f"{how}: waiting for {event.waits_for}{until}"


TRADES: dict[type[Event], Callable[[Any], str]] = {
    DustRecorded: _dust,
    InventoryHeld: _held,
    InventoryCleared: _cleared,
    SweepStarted: _sweep_started,
    CoinsSwept: _swept,
    WearLimitReached: _worn,
    DayClosed: _day_closed,
    AccountQuieted: _quieted,
    CallHeldBack: _held_back,
    StrategyStarted: _started,
    StrategyResumed: _resumed,
    VolumeCheckRequested: _check_requested,
    VolumeCheckFailed: _check_failed,
    VolumeChecked: _checked,
    VolumeDoubted: _doubted,
    StrategyQueued: _queued,
    StrategyAdmitted: _admitted,
    TurnAwaited: _turn_awaited,
    TurnDelayed: _turn_delayed,
    TurnGivenUp: _turn_given_up,
    BatchPlanned: _planned,
    TradeStarted: _trade_started,
    QuoteObserved: _quoted,
    TradeCompleted: _completed,
    TradePartlyCompleted: _partly_completed,
    TradeAbandoned: _abandoned,
    BatchCompleted: _batch_completed,
    StrategyEnded: _ended,
    AccountRecovered: _recovered,
    TradingPaused: _paused,
    TradingResumed: _going_on,
    StopRequested: _stop_requested,
}
