"""From the end of the legs to a trade that leaves nothing unsaid: leftover coins are sold, or recorded. Pure."""

from decimal import Decimal
from typing import Any

from actors.deciders.coins import ZERO, coins_on_hand, known_ids, newest_id, remainder_of, sale, sellable, wear_of
from actors.deciders.draft import Draft
from actors.deciders.filters import broken_sale_rule
from actors.deciders.pricing import share_of_amount, unsound
from actors.deciders.user_inventory import Left, declare, price_of_coins, value_in_books
from actors.deciders.user_placement import is_absent
from actors.deciders.user_sweep import sweep_is_over
from actors.deciders.user_trade import cancel_open_leg
from actors.deciders.user_volume import park_if_unauthorised
from actors.messages.orders import Watch
from actors.messages.placements import FindInFrames, OrderAnswered, OrderFailed, OrderNotFound, PlaceOrder, SearchOrder
from actors.messages.prices import BookNotSeen, BookSeen, FetchBook
from events.inventory import CoinsSwept
from events.numbers import floor_to, plain
from events.orders import LookRequested
from events.trades import TradeCompleted, TradePartlyCompleted
from events.unwinds import UnwindAccepted, UnwindEnded, UnwindFailed, UnwindPriced, UnwindRequested, UnwindStarted
from events.values import ExecutedLeg, Outcome, StrategyTerms
from projections.states.user import TradeState, how_to_stop


def settle_coins(draft: Draft, reason: str) -> None:
    """The open orders of the trade have ended; `reason` says why not all was sold, empty when the sell is filled."""
    trade, terms = draft.state.trade, _terms(draft)
    if trade is None or terms is None:
        return
    on_hand = coins_on_hand(draft.state, trade, terms.rules.base_asset)
    if not _may_sell(on_hand, trade, terms):
        _finish(draft, trade, terms)
    elif how_to_stop(draft.state) == "now":
        _give_up(draft, trade, terms, "the operator stopped at once")
    elif trade.unwind_attempt >= terms.unwind_attempts:
        _give_up(draft, trade, terms, f"{trade.unwind_attempt} sales did not sell it all")
    elif trade.phase != "pricing":
        draft.record(
            UnwindStarted(**draft.ids(trade), quantity=on_hand, reason=reason or "enough dust to sell has gathered")
        )
        draft.command(FetchBook(trade_id=trade.trade_id, symbol=terms.rules.symbol))


def _may_sell(on_hand: Decimal, trade: TradeState, terms: StrategyTerms) -> bool:
    """Whether an order could sell some of it at the price that is known. A sweep knows none before its first book."""
    if trade.buy is not None:
        return sellable(on_hand, trade.buy.avg_px, terms) > 0
    if trade.unwind_order is not None:
        return sellable(on_hand, trade.unwind_order.price, terms) > 0
    return floor_to(on_hand, terms.rules.step_size) >= terms.rules.min_qty


def fetch_book(draft: Draft, trade: TradeState, reason: str) -> None:
    terms = _terms(draft)
    if terms is None:
        return
    draft.record(LookRequested(user_id=draft.state.user_id, trade_id=trade.trade_id, reason=reason))
    draft.command(FetchBook(trade_id=trade.trade_id, symbol=terms.rules.symbol))


def book_seen(draft: Draft, message: BookSeen) -> None:
    trade, terms = draft.trade(message.trade_id), _terms(draft)
    if trade is None or terms is None or trade.phase != "pricing" or not trade.looking or draft.state.parked:
        return
    if draft.quiet:
        draft.hold_back("sale", trade)
        return
    if not message.bids:
        _not_priced(draft, trade, "the book has no bid")
        return
    best = message.bids[0][0]
    if reason := unsound(best, message.ask, message.at, terms, draft.now):
        _not_priced(draft, trade, reason)
        return
    quantity = sellable(coins_on_hand(draft.state, trade, terms.rules.base_asset), best, terms)
    if quantity == 0:
        _end_sales(draft, trade, terms, f"too little to sell at {plain(best)}")
        _finish(draft, trade, terms)
        return
    attempt = trade.unwind_attempt + 1
    order = draft.recognisable(sale(quantity, message.bids, terms), terms.rules)
    broken = broken_sale_rule(order, terms.rules, best, others=draft.state.others.get(terms.rules.symbol, 0))
    if broken is not None:
        _not_priced(draft, trade, broken)
        return
    draft.record(
        UnwindPriced(user_id=draft.state.user_id, trade_id=trade.trade_id, attempt=attempt, best_bid=best),
        UnwindRequested(**draft.ids(trade), attempt=attempt, order=order),
    )
    draft.command(PlaceOrder(trade_id=trade.trade_id, attempt=attempt, order=order))


def book_not_seen(draft: Draft, message: BookNotSeen) -> None:
    trade = draft.trade(message.trade_id)
    if trade is not None and trade.phase == "pricing" and trade.looking:
        _not_priced(draft, trade, message.message)


def order_answered(draft: Draft, message: OrderAnswered) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase not in ("selling", "seeking") or message.attempt != trade.unwind_attempt:
        return
    draft.record(
        UnwindAccepted(
            user_id=draft.state.user_id,
            trade_id=trade.trade_id,
            venue_order_id=message.venue_order_id,
            found=message.found,
        )
    )
    draft.command(Watch(venue_order_ids=(message.venue_order_id,)))
    if how_to_stop(draft.state) == "now":
        cancel_open_leg(draft, "the operator stops at once")


def order_failed(draft: Draft, message: OrderFailed) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase != "selling" or message.attempt != trade.unwind_attempt:
        return
    _failed(draft, trade, message.outcome, message.message, code=message.code)
    if not park_if_unauthorised(draft, message) and message.outcome not in ("unavailable", "rate_limited"):
        search_order(draft, trade)


def order_not_found(draft: Draft, message: OrderNotFound) -> None:
    """Absent only after complete reads and the settle time; then the next attempt is made at a new price."""
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase != "seeking":
        return
    if park_if_unauthorised(draft, message):
        return
    outcome = trade.refusal.outcome
    if message.complete and is_absent(draft):
        why = "the venue has no such order: it was never placed"
        _failed(draft, trade, "rejected" if outcome == "unknown" else outcome, why, settled=True)


def interrupted_sale(draft: Draft, trade: TradeState) -> None:
    """The sale may or may not have been sent before the actor ended: look for it."""
    _failed(draft, trade, "unknown", "interrupted before the venue's answer was recorded")
    search_order(draft, trade)


def search_order(draft: Draft, trade: TradeState) -> None:
    order, known = trade.unwind_order, known_ids(draft.state)
    if order is None:
        return
    draft.command(
        FindInFrames(
            trade_id=trade.trade_id,
            attempt=trade.unwind_attempt,
            symbol=order.symbol,
            side=order.side,
            price=order.price,
            quantity=order.quantity,
            after=trade.intent_at,
            known_order_ids=known,
        ),
        SearchOrder(
            trade_id=trade.trade_id,
            attempt=trade.unwind_attempt,
            order=order,
            since=trade.unwind_requested_at,
            newest_id=newest_id(draft.state, order),
            known_order_ids=known,
        ),
    )


def seek_again(draft: Draft, trade: TradeState, reason: str) -> None:
    draft.record(LookRequested(user_id=draft.state.user_id, trade_id=trade.trade_id, reason=reason))
    search_order(draft, trade)


def _terms(draft: Draft) -> StrategyTerms | None:
    return draft.state.trade.terms if draft.state.trade else None


def _failed(
    draft: Draft, trade: TradeState, outcome: Outcome, message: str, *, code: str = "", settled: bool = False
) -> None:
    draft.record(
        UnwindFailed(
            user_id=draft.state.user_id,
            trade_id=trade.trade_id,
            outcome=outcome,
            code=code,
            message=message,
            settled=settled,
        )
    )


def _not_priced(draft: Draft, trade: TradeState, message: str) -> None:
    """Counts as an attempt, so that a book without bids does not keep the account for ever."""
    draft.record(
        UnwindPriced(
            user_id=draft.state.user_id,
            trade_id=trade.trade_id,
            attempt=trade.unwind_attempt + 1,
            best_bid=None,
            message=message,
        )
    )


def _give_up(draft: Draft, trade: TradeState, terms: StrategyTerms, reason: str) -> None:
    _end_sales(draft, trade, terms, reason)
    _finish(draft, trade, terms, held_because=reason)


def _end_sales(draft: Draft, trade: TradeState, terms: StrategyTerms, reason: str) -> None:
    on_hand = coins_on_hand(draft.state, trade, terms.rules.base_asset)
    draft.record(UnwindEnded(user_id=draft.state.user_id, trade_id=trade.trade_id, quantity=on_hand, reason=reason))


def _finish(draft: Draft, trade: TradeState, terms: StrategyTerms, held_because: str = "") -> None:
    """Say what the trade came to, and what has become of every coin that it left."""
    asset = terms.rules.base_asset
    s, change = draft.strategy(trade.strategy_id), remainder_of(trade, asset)
    if s is None:
        return
    left = Left(
        terms=terms,
        total=coins_on_hand(draft.state, trade, asset),
        price=price_of_coins(draft.state, trade, asset),
        # A sweep blocks nothing that did not stand in the way before: dust stays dust.
        held_because=held_because if trade.buy is not None or asset in draft.state.held else "",
    )
    wear = wear_of(trade, terms.rules.quote_asset) + value_in_books(draft.state, asset) - left.counts
    if trade.buy is not None:
        share = share_of_amount(terms, trade.order) if trade.order is not None else 1
        _record_result(draft, trade, trade.buy, s.credit_per_trade * share, wear)
    else:
        _record_sweep(draft, trade, terms, wear)
    declare(draft, draft.ids(trade), left, change)
    if trade.buy is None:
        sweep_is_over(draft, s, left, sold=-change, because=held_because)


def _record_sweep(draft: Draft, trade: TradeState, terms: StrategyTerms, wear: Decimal) -> None:
    asset = terms.rules.base_asset
    draft.record(
        CoinsSwept(
            **draft.ids(trade),
            asset=asset,
            ticker=terms.ticker,
            unwinds=trade.unwinds,
            quantity=-remainder_of(trade, asset),
            wear=wear,
        )
    )


def _record_result(draft: Draft, trade: TradeState, buy: ExecutedLeg, credit: Decimal, wear: Decimal) -> None:
    common: dict[str, Any] = {
        **draft.ids(trade),
        "batch": trade.batch,
        "number": trade.number,
        "buy": buy,
        "wear": wear,
        "remainder": remainder_of(trade, trade.terms.rules.base_asset) if trade.terms else ZERO,
        "unwinds": trade.unwinds,
    }
    sell = trade.sell
    if buy.order_status == "FILLED" and sell is not None and sell.order_status == "FILLED":
        draft.record(TradeCompleted(**common, sell=sell, credit_expected=credit))
        return
    short = f"the buy was {buy.order_status} in part" if sell is None else f"the sell was {sell.order_status}"
    bought = trade.order.quantity if trade.order else buy.quantity
    draft.record(
        TradePartlyCompleted(**common, sell=sell, credit_expected=credit * buy.quantity / bought, reason=short)
    )
