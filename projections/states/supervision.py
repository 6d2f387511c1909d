"""What the supervisor knows of its run and its children: a fold of `system`. Total. Times are in ms."""

import msgspec
from msgspec.structs import replace

from events.base import Recorded
from events.system import AccountParked, ActorFailed, ActorRestarted, RunEnded, RunStarted


class RestartPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """More than `most_restarts` failures of one actor within `within_ms` park its account."""

    most_restarts: int = 5
    within_ms: int = 60_000
    first_backoff_ms: int = 100
    longest_backoff_ms: int = 10_000


class ChildRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An actor that has failed in this run: when, and when a fresh one is due."""

    name: str
    failures: tuple[int, ...] = ()
    restarts: int = 0
    restart_at: int | None = None


class SupervisionState(msgspec.Struct, frozen=True, kw_only=True):
    """`sealed` says that the last run in the log ended in order; it is True for an empty log. `accounts` are those of
    all runs.
    """

    policy: RestartPolicy = RestartPolicy()
    run_id: str = ""
    sealed: bool = True
    children: tuple[ChildRecord, ...] = ()
    parked: frozenset[int] = frozenset()
    accounts: frozenset[int] = frozenset()


def child(state: SupervisionState, name: str) -> ChildRecord:
    return next((one for one in state.children if one.name == name), ChildRecord(name=name))


def recent_failures(policy: RestartPolicy, failures: tuple[int, ...], now: int) -> tuple[int, ...]:
    return tuple(at for at in failures if now - at < policy.within_ms)


def backoff(policy: RestartPolicy, failures: int) -> int:
    """The wait in ms after so many recent failures (from 1): it doubles up to the longest."""
    grown: int = policy.first_backoff_ms << min(failures - 1, 30)
    return min(grown, policy.longest_backoff_ms)


def evolve(state: SupervisionState, recorded: Recorded) -> SupervisionState:
    match recorded.event:
        case RunStarted(run_id=run_id, accounts=accounts):
            known = state.accounts.union(accounts)
            return SupervisionState(policy=state.policy, run_id=run_id, sealed=False, accounts=known)
        case RunEnded():
            return replace(state, sealed=True)
        case ActorFailed(actor=name):
            return _failed(state, name, recorded.meta.ts_init)
        case ActorRestarted(actor=name, restarts=restarts):
            return _with(state, replace(child(state, name), restarts=restarts, restart_at=None))
        case AccountParked(user_id=user_id):
            return _parked(state, user_id)
    return state


def _failed(state: SupervisionState, name: str, at: int) -> SupervisionState:
    before = child(state, name)
    failures = (*recent_failures(state.policy, before.failures, at), at)
    restart_at = at + backoff(state.policy, len(failures))
    return _with(state, replace(before, failures=failures, restart_at=restart_at))


def _parked(state: SupervisionState, user_id: int) -> SupervisionState:
    """None of the account's actors is restarted; they are named `user-1`, `orders-1` and so on."""
    children = tuple(
        replace(one, restart_at=None) if one.name.endswith(f"-{user_id}") else one for one in state.children
    )
    return replace(state, children=children, parked=state.parked | {user_id})


def _with(state: SupervisionState, changed: ChildRecord) -> SupervisionState:
    others = tuple(one for one in state.children if one.name != changed.name)
    return replace(state, children=(*others, changed))
