"""From the beginning of a trade to the intent to place its OTO: by a price that is sound, or not at all. Pure."""

from decimal import Decimal

from actors.deciders.answers import held_by_venue
from actors.deciders.draft import Draft
from actors.deciders.filters import broken_rule
from actors.deciders.pricing import moved_percentage, order_by, too_old
from actors.deciders.user_reconciliation import reconcile
from actors.deciders.user_trade import abandon, complete_batch
from actors.deciders.user_volume import end_strategy, park_if_unauthorised
from actors.messages.placements import PlaceOto
from actors.messages.prices import FetchQuote, QuoteNotSeen, QuoteSeen
from events.numbers import plain
from events.orders import OtoDenied, OtoOrder, OtoRequested
from events.trades import QuoteObserved, TradeStarted
from events.volumes import MulPointChanged
from projections.states.user import StrategyState, TradeState


def start_trade(draft: Draft, s: StrategyState) -> None:
    trade_id = f"{draft.state.user_id}-{draft.state.trade_count + 1:06d}"
    draft.record(
        TradeStarted(
            user_id=draft.state.user_id,
            strategy_id=s.terms.strategy_id,
            trade_id=trade_id,
            batch=s.batch,
            number=s.number + 1,
            planned_trades=s.planned,
        )
    )
    by_book = s.terms.price_source == "book"
    symbol = s.terms.rules.symbol if by_book else ""
    draft.command(FetchQuote(trade_id=trade_id, alpha_id=s.terms.rules.base_asset, symbol=symbol))


def quote_seen(draft: Draft, message: QuoteSeen) -> None:
    trade = draft.trade(message.trade_id)
    s = draft.strategy(trade.strategy_id) if trade else None
    if trade is None or s is None or trade.phase != "quoting":
        return
    draft.record(
        QuoteObserved(
            **draft.ids(trade),
            price=message.price,
            mul_point=message.mul_point,
            asked_at=message.asked_at,
            book=message.book,
        )
    )
    hindrance = _hindrance(draft)
    if hindrance:
        abandon(draft, trade, f"{hindrance} before an order was placed", failed=False)
    elif s.terms.rules.base_asset in draft.state.held:
        abandon(draft, trade, f"{s.terms.ticker} of an earlier trade turned out to be held unsold", failed=False)
    elif message.price <= 0:
        abandon(draft, trade, "the venue has no price for the token")
    elif not message.tradable:
        abandon(draft, trade, "the venue has taken the token offline", failed=False)
        end_strategy(draft, trade.strategy_id, "failed", f"{s.terms.ticker} is not tradable any more")
    elif message.mul_point != s.mul_point:
        _replan(draft, trade, s, message.mul_point)
    else:
        _request_oto(draft, trade, s, message)


def _hindrance(draft: Draft) -> str:
    """What came between a trade's beginning and its order."""
    if draft.state.parked:
        return "the account was parked"
    if draft.state.stream != "up":
        return "the user stream went down"
    return "the venue turned the account away" if draft.quiet else ""


def quote_not_seen(draft: Draft, message: QuoteNotSeen) -> None:
    trade = draft.trade(message.trade_id)
    if trade is None or trade.phase != "quoting":
        return
    abandon(draft, trade, f"no price: {message.message}", failed=not held_by_venue(message))
    park_if_unauthorised(draft, message)


def _request_oto(draft: Draft, trade: TradeState, s: StrategyState, seen: QuoteSeen) -> None:
    order = _order(draft, s, seen)
    if isinstance(order, OtoOrder):
        draft.record(OtoRequested(**draft.ids(trade), order=order))
        draft.command(PlaceOto(trade_id=trade.trade_id, order=order))
        return
    draft.record(OtoDenied(**draft.ids(trade), reason=order))
    abandon(draft, trade, order)
    if draft.state.others.get(s.terms.rules.symbol):
        reconcile(draft, "a placement was denied while orders that are not ours stand on its symbol")


def _order(draft: Draft, s: StrategyState, seen: QuoteSeen) -> OtoOrder | str:
    """The placement, or why there is none."""
    terms, price = s.terms, seen.price
    refused = too_old(seen.asked_at, terms.max_price_age_ms, draft.now) or _moved(s, price)
    made = refused or order_by(terms, price, seen.book, draft.now)
    if isinstance(made, str):
        return made
    order = draft.recognisable(made, terms.rules)
    others = draft.state.others.get(terms.rules.symbol, 0)
    return broken_rule(order, terms.rules, price, others=others) or order


def _moved(s: StrategyState, price: Decimal) -> str | None:
    moved, limit = moved_percentage(s.batch_price or price, price), s.terms.max_price_volatility_percentage
    if moved <= limit:
        return None
    return f"the price moved {moved:.2f} % since the batch began, more than {plain(limit)} %"


def _replan(draft: Draft, trade: TradeState, s: StrategyState, mul_point: int) -> None:
    abandon(draft, trade, "the plan no longer holds", failed=False)
    complete_batch(draft, trade.strategy_id, "the multiplier changed")
    draft.record(
        MulPointChanged(
            user_id=draft.state.user_id,
            strategy_id=s.terms.strategy_id,
            ticker=s.terms.ticker,
            before=s.mul_point,
            after=mul_point,
        )
    )
