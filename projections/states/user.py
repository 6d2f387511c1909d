"""What a UserActor knows: a fold of its own stream. Total: an event that it does not know changes nothing."""

from events.base import Event, Recorded
from projections.states import user_strategies, user_trades
from projections.states.user_model import (
    DAY_MS,
    Fold,
    Held,
    Placement,
    StrategyState,
    TradeState,
    UserState,
    active,
    idle,
)

__all__ = [
    "DAY_MS",
    "Held",
    "Placement",
    "StrategyState",
    "TradeState",
    "UserState",
    "active",
    "apply",
    "evolve",
    "idle",
]

FOLDS: dict[type[Event], Fold] = {**user_strategies.FOLDS, **user_trades.FOLDS}


def evolve(state: UserState, recorded: Recorded) -> UserState:
    return apply(state, recorded.event, recorded.position, recorded.meta.ts_init)


def apply(state: UserState, event: Event, position: int, at: int) -> UserState:
    """Folds an event that was decided at `at` (ms) and stands at `position`."""
    fold = FOLDS.get(type(event))
    return fold(state, event, position, at) if fold else state
