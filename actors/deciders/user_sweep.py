"""Selling what an account was left with, because its operator wants it: one trade without a buy. Pure."""

from decimal import Decimal

from actors.deciders.coins import coins_before
from actors.deciders.draft import Draft
from actors.deciders.user_inventory import Left
from actors.deciders.user_volume import end_strategy
from actors.messages.prices import FetchBook
from events.inventory import SweepStarted
from events.numbers import floor_to, plain
from projections.states.user import StrategyState


def sweep(draft: Draft, s: StrategyState) -> None:
    """Begin to sell, or end where nothing is left that can be sold. Called between trades, with the stream up."""
    asset, terms, state = s.terms.rules.base_asset, s.terms, draft.state
    total = coins_before(state, asset)
    if floor_to(total, terms.rules.step_size) < terms.rules.min_qty:
        end_strategy(draft, terms.strategy_id, "swept", f"there is no {terms.ticker} that could be sold")
        return
    held = state.held.get(asset)
    trade_id = f"{state.user_id}-{state.trade_count + 1:06d}"
    draft.record(
        SweepStarted(
            user_id=state.user_id,
            strategy_id=terms.strategy_id,
            trade_id=trade_id,
            asset=asset,
            ticker=terms.ticker,
            quantity=total,
            price=held.value / held.quantity if held and held.quantity else Decimal(0),
        )
    )
    draft.command(FetchBook(trade_id=trade_id, symbol=terms.rules.symbol))


def sweep_is_over(draft: Draft, s: StrategyState, left: Left, *, sold: Decimal, because: str) -> None:
    """Ends the strategy whose sweep this was; `because` says why coins are left that could be sold."""
    if not s.terms.sweep or s.number == 0 or "now" in (draft.state.stopping, s.stopping):
        return
    coins = f"{plain(left.total)} {s.terms.ticker}"
    if because:
        what = "still held" if left.held_because else "left as dust"
        end_strategy(draft, s.terms.strategy_id, "parked", f"{coins} are {what}: {because}")
    elif sold > 0:
        end_strategy(draft, s.terms.strategy_id, "swept", "what could be sold is sold")
    else:
        end_strategy(
            draft, s.terms.strategy_id, "swept", f"nothing could be sold: {coins} are worth too little for an order"
        )
