"""Selling what an account was left with, because its operator wants it: one trade without a buy. Pure."""

from decimal import Decimal

from actors.deciders.draft import Draft
from actors.deciders.user_volume import end_strategy
from actors.messages import FetchBook
from events.numbers import floor_to, plain
from events.trades import SweepStarted
from projections.states.user import StrategyState

ZERO = Decimal(0)


def sweep(draft: Draft, s: StrategyState) -> None:
    """Begin to sell, or end where nothing is left that can be sold. Called between trades, with the stream up."""
    asset, terms, state = s.terms.rules.base_asset, s.terms, draft.state
    held = state.held.get(asset)
    total = state.dust.get(asset, ZERO) + (held.quantity if held else ZERO)
    if s.number > 0:
        _end(draft, s, held.quantity if held else ZERO)
        return
    # Dust was written off with the trades that left it.
    price = held.value / held.quantity if held and held.quantity else ZERO
    if floor_to(total, terms.rules.step_size) < terms.rules.min_qty:
        end_strategy(draft, terms.strategy_id, "swept", f"there is no {terms.ticker} that could be sold")
        return
    trade_id = f"{state.user_id}-{state.trade_count + 1:06d}"
    draft.record(
        SweepStarted(
            user_id=state.user_id,
            strategy_id=terms.strategy_id,
            trade_id=trade_id,
            asset=asset,
            ticker=terms.ticker,
            quantity=total,
            price=price,
        )
    )
    draft.command(FetchBook(trade_id=trade_id, symbol=terms.rules.symbol))


def _end(draft: Draft, s: StrategyState, left: Decimal) -> None:
    if left:
        words = f"{plain(left)} {s.terms.ticker} are still held: the book did not take them within the slippage allowed"
        end_strategy(draft, s.terms.strategy_id, "parked", words)
    else:
        end_strategy(draft, s.terms.strategy_id, "swept", "what could be sold is sold")
