"""How the operator's pauses, and their end, change an account."""

from msgspec.structs import replace

from events import control
from events.base import Event
from projections.states.user_model import Fold, UserState
from projections.states.user_strategies import without_stream


def _account_paused(state: UserState, e: control.AccountPaused, position: int, at: int) -> UserState:
    return replace(state, paused={**state.paused, e.strategy_id: e.by})


def _account_resumed(state: UserState, e: control.AccountResumed, position: int, at: int) -> UserState:
    left = {key: by for key, by in state.paused.items() if e.strategy_id and key != e.strategy_id}
    state = replace(state, paused=left)
    if not e.unparked:
        return state
    # Its stream was closed when it was parked, or is not worth trusting.
    return replace(without_stream(state), parked="", restricted=False, turned_away=0)


FOLDS: dict[type[Event], Fold] = {
    control.AccountPaused: _account_paused,
    control.AccountResumed: _account_resumed,
}
