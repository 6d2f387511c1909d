"""What becomes of an actor that failed: a fresh one after a wait, or its account is parked."""

from msgspec.structs import replace

from actors.messages.base import NOTHING, Decision, Message, Tick
from actors.messages.supervision import (
    ChildFailed,
    Commanded,
    Halt,
    RunBegins,
    RunEnds,
    StartChild,
    StopAccount,
    StorageLost,
    TellAccounts,
    VenueLost,
)
from events.control import OperatorCommanded
from events.system import AccountParked, ActorFailed, ActorRestarted, RunEnded
from projections.states.supervision import SupervisionState, child, recent_failures

State = SupervisionState


def decide(state: State, message: Message, now: int) -> Decision:  # noqa: PLR0911 - a table of messages
    match message:
        case RunBegins(run=run):
            started = replace(run, previous_run_sealed=state.sealed)
            return Decision(events=(started,), correlation_id=run.run_id)
        case RunEnds(exit_code=exit_code, reason=reason, dead_letters=dead_letters):
            ended = RunEnded(run_id=state.run_id, exit_code=exit_code, reason=reason, dead_letters=dead_letters)
            return Decision(events=(ended,), correlation_id=state.run_id)
        case ChildFailed():
            return _failed(state, message, now)
        case Commanded():
            return _commanded(state, message)
        case StorageLost(error=reason) | VenueLost(reason=reason):
            storage = isinstance(message, StorageLost)  # then nothing can be recorded about it
            return Decision(commands=(Halt(reason=reason, storage=storage, venue=not storage),))
        case Tick():
            return _restart_due(state, now)
    return NOTHING


def next_deadline(state: State) -> int | None:
    if state.sealed:
        return None
    return min((one.restart_at for one in state.children if one.restart_at is not None), default=None)


def _commanded(state: State, commanded: Commanded) -> Decision:
    """Recorded for its own sake; the accounts record what it leads to."""
    event = OperatorCommanded(
        command=commanded.command, by=commanded.by, user_id=commanded.user_id, strategy_id=commanded.strategy_id
    )
    return Decision(events=(event,), commands=(TellAccounts(commanded=commanded),), correlation_id=state.run_id)


def _failed(state: State, failed: ChildFailed, now: int) -> Decision:
    if failed.account in state.parked:
        return NOTHING
    failure = ActorFailed(actor=failed.name, error=failed.error)
    recent = recent_failures(state.policy, child(state, failed.name).failures, now)
    if len(recent) < state.policy.most_restarts:
        return Decision(events=(failure,), correlation_id=state.run_id)
    reason = f"{failed.name} failed {len(recent) + 1} times within {state.policy.within_ms // 1000} s: {failed.error}"
    if failed.account is None:
        return Decision(events=(failure,), commands=(Halt(reason=reason),), correlation_id=state.run_id)
    parked = AccountParked(user_id=failed.account, reason=reason)
    stop = StopAccount(user_id=failed.account, reason=reason)
    return Decision(events=(failure, parked), commands=(stop,), correlation_id=state.run_id)


def _restart_due(state: State, now: int) -> Decision:
    due = [one for one in state.children if one.restart_at is not None and one.restart_at <= now]
    return Decision(
        events=tuple(ActorRestarted(actor=one.name, restarts=one.restarts + 1) for one in due),
        commands=tuple(StartChild(name=one.name) for one in due),
        correlation_id=state.run_id,
    )
