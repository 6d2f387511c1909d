"""What is asked of a UserActor's knowledge."""

from decimal import Decimal

from events.orders import LimitOrder, OtoOrder
from events.values import Operator, Stopping
from projections.states.remembered import last
from projections.states.user_model import (
    LOOK_AGAIN_MS,
    LOOKS_AT_A_DISTANCE,
    PLACEMENTS_REMEMBERED,
    SETTLED_LEGS_REMEMBERED,
    Placement,
    SettledLeg,
    StrategyState,
    TradeState,
    UserState,
)


def recent_placements(state: UserState) -> tuple[Placement, ...]:
    """The account's last placements, the newest last."""
    return last(state.placements, PLACEMENTS_REMEMBERED)


def settled_legs(state: UserState) -> tuple[SettledLeg, ...]:
    """The orders of the account's last trades, the newest last."""
    return last(state.settled, SETTLED_LEGS_REMEMBERED)


def of_this_run(state: UserState) -> tuple[StrategyState, ...]:
    """The strategies of this run; none before it has begun."""
    return tuple(s for s in state.strategies.values() if s.run_id == state.run_id) if state.live else ()


def active(state: UserState) -> tuple[StrategyState, ...]:
    """The strategies of this run that have not ended."""
    return tuple(s for s in of_this_run(state) if s.phase != "ended")


def idle(state: UserState) -> bool:
    """Whether no strategy and no trade is left to work on."""
    return state.trade is None and not active(state)


def held_back(state: UserState) -> bool:
    """Whether the run may not hear yet that a strategy is over: what is still to be found out belongs to this run.

    That is what the comparison with the venue's open orders shows, and what the trade in hand comes to.
    """
    comparing = state.reconciliation.phase != "none" and state.stopping == "no"
    finishing = state.trade is not None and not active(state)
    return (comparing or finishing) and not state.parked


def pauser(state: UserState, strategy_id: str) -> Operator | None:
    """Who keeps the strategy from beginning a trade."""
    return state.paused.get("") or state.paused.get(strategy_id)


def may_trade(state: UserState, s: StrategyState) -> bool:
    """Whether the strategy has a trade, or its sweep, still to begin, and nobody keeps it from that."""
    if pauser(state, s.terms.strategy_id) is not None:
        return False
    return s.phase == "planning" if s.terms.sweep else s.phase == "trading" and s.number < s.planned


def how_to_stop(state: UserState) -> Stopping:
    """How the operator wants the trade in hand to end: with its account, or with its strategy alone."""
    s = state.strategies.get(state.trade.strategy_id) if state.trade is not None else None
    own = s.stopping if s is not None else "no"
    return own if state.stopping == "no" or own == "now" else state.stopping


def newest_order(trade: TradeState) -> OtoOrder | LimitOrder | None:
    """Of the same symbol are all orders of a trade."""
    return trade.order or trade.unwind_order


def price_in_books(trade: TradeState) -> Decimal:
    """What one of the trade's coins has cost, in the quote asset."""
    return trade.buy.avg_px if trade.buy else trade.price


def wait_after_look(looks: int) -> int:
    """How long (ms) until an order is looked for once more, after so many looks."""
    return LOOK_AGAIN_MS * (1 + looks // LOOKS_AT_A_DISTANCE)
