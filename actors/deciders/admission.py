"""Whose turn it is to trade (`max_concurrent_users`): first come, first served among those that fit.

Run-local: every UserActor asks again after a restart, so nothing of this is in the log.
"""

import msgspec
from msgspec.structs import replace


class Ask(msgspec.Struct, frozen=True):
    user_id: int
    strategy_id: str


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many users may trade at the same time: over all strategies, and in each; None is no limit."""

    overall: int | None = None
    per_strategy: tuple[tuple[str, int], ...] = ()

    def of(self, strategy_id: str) -> int | None:
        return dict(self.per_strategy).get(strategy_id)


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """`inside` trade, `waiting` are in the order in which they asked."""

    limits: Limits = Limits()
    inside: tuple[Ask, ...] = ()
    waiting: tuple[Ask, ...] = ()


def ask(state: Admission, user_id: int, strategy_id: str) -> tuple[Admission, tuple[Ask, ...]]:
    """The new state and who may begin now. One that asks again keeps its turn, or is told again that it may begin."""
    new = Ask(user_id, strategy_id)
    if new in state.inside:
        return state, (new,)
    if new not in state.waiting:
        state = replace(state, waiting=(*state.waiting, new))
    return _admit(state)


def leave(state: Admission, user_id: int, strategy_id: str) -> tuple[Admission, tuple[Ask, ...]]:
    """The new state and who may begin in the place that became free."""
    gone = Ask(user_id, strategy_id)
    inside = tuple(one for one in state.inside if one != gone)
    waiting = tuple(one for one in state.waiting if one != gone)
    return _admit(replace(state, inside=inside, waiting=waiting))


def _admit(state: Admission) -> tuple[Admission, tuple[Ask, ...]]:
    begun: tuple[Ask, ...] = ()
    for one in state.waiting:
        if _fits(state, one):
            state = replace(state, inside=(*state.inside, one))
            begun = (*begun, one)
    return replace(state, waiting=tuple(one for one in state.waiting if one not in begun)), begun


def _fits(state: Admission, new: Ask) -> bool:
    users = {one.user_id for one in state.inside}
    overall = state.limits.overall
    if overall is not None and new.user_id not in users and len(users) >= overall:
        return False
    limit = state.limits.of(new.strategy_id)
    same = sum(1 for one in state.inside if one.strategy_id == new.strategy_id)
    return limit is None or same < limit
