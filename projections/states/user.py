"""What a UserActor knows: a fold of its own stream. Total: an event that it does not know changes nothing."""

from events.base import Event, Recorded
from projections.states import user_control, user_legs, user_reconciliation, user_strategies, user_trades
from projections.states.user_legs import ended_legs
from projections.states.user_model import (
    DAY_MS,
    OPEN_PHASES,
    PLACEMENTS_REMEMBERED,
    Fold,
    Held,
    Placement,
    Reconciliation,
    Refusal,
    SettledLeg,
    StrategyState,
    TradeState,
    UserState,
)
from projections.states.user_questions import (
    active,
    held_back,
    how_to_stop,
    idle,
    may_trade,
    newest_order,
    of_this_run,
    pauser,
    price_in_books,
    recent_placements,
    settled_legs,
    wait_after_look,
)

__all__ = [
    "DAY_MS",
    "OPEN_PHASES",
    "PLACEMENTS_REMEMBERED",
    "Held",
    "Placement",
    "Reconciliation",
    "Refusal",
    "SettledLeg",
    "StrategyState",
    "TradeState",
    "UserState",
    "active",
    "apply",
    "ended_legs",
    "evolve",
    "held_back",
    "how_to_stop",
    "idle",
    "may_trade",
    "newest_order",
    "of_this_run",
    "pauser",
    "price_in_books",
    "recent_placements",
    "settled_legs",
    "wait_after_look",
]

FOLDS: dict[type[Event], Fold] = {
    **user_strategies.FOLDS,
    **user_trades.FOLDS,
    **user_legs.FOLDS,
    **user_reconciliation.FOLDS,
    **user_control.FOLDS,
}


def evolve(state: UserState, recorded: Recorded) -> UserState:
    event = recorded.event
    fold = FOLDS.get(type(event))
    return fold(state, event, recorded.position, recorded.meta.ts_init) if fold else state


def apply(state: UserState, event: Event, position: int, at: int) -> UserState:
    """Folds an event that was decided at `at` (ms) and stands at `position`."""
    fold = FOLDS.get(type(event))
    return fold(state, event, position, at) if fold else state
