"""Which accounts a command of the operator is for, and what each of them is told. Pure."""

from collections.abc import Iterable

from actors.messages.base import Message
from actors.messages.strategies import PauseTrading, ResumeTrading, StopTrading
from actors.messages.supervision import Commanded
from events.values import StrategyTerms


def addressed(commanded: Commanded, terms: Iterable[StrategyTerms]) -> tuple[int, ...]:
    """The accounts, in the order of their ids; none where this run has nothing of that name."""
    named = (
        one.user_id
        for one in terms
        if commanded.user_id in (None, one.user_id) and commanded.strategy_id in ("", one.strategy_id)
    )
    return tuple(sorted(set(named)))


def told(commanded: Commanded, cause: int | None) -> Message | None:
    """What each account is told; None where the command only asks."""
    by, strategy_id = commanded.by, commanded.strategy_id
    match commanded.command:
        case "pause":
            return PauseTrading(cause=cause, by=by, strategy_id=strategy_id)
        case "resume":
            return ResumeTrading(cause=cause, by=by, strategy_id=strategy_id, unparks=commanded.user_id is not None)
        case "stop" | "kill":
            now = commanded.command == "kill"
            reason = f"{'killed' if now else 'stopped'} by {by.name}"
            return StopTrading(cause=cause, now=now, reason=reason, strategy_id=strategy_id, by=by)
        case "status":
            return None
