"""Between the supervisor and UserActor: strategies to trade, and the operator's wishes about them."""

from decimal import Decimal

from actors.messages.base import Command, Message
from events.values import Operator, StrategyStatus, StrategyTerms


class StartStrategies(Message, frozen=True, kw_only=True):
    """Begin, or go on with, these strategies. From the supervisor, once per run."""

    run_id: str
    terms: tuple[StrategyTerms, ...]


class AskAdmission(Command, frozen=True, kw_only=True):
    """To the supervisor: this strategy wants to trade. Answered with Admitted, perhaps much later."""

    user_id: int
    strategy_id: str


class Admitted(Message, frozen=True, kw_only=True):
    """The supervisor grants a strategy its turn to trade (`max_concurrent_users`)."""

    strategy_id: str


class ReportEnded(Command, frozen=True, kw_only=True):
    """To the supervisor: a strategy of this account is over. `idle` says that no other strategy or trade is left."""

    user_id: int
    strategy_id: str
    status: StrategyStatus
    current_volume: Decimal | None
    reason: str
    idle: bool


class StopTrading(Message, frozen=True, kw_only=True):
    """Finish the trade in hand and stop; with `now`, cancel what is open and leave. All, or one strategy alone."""

    now: bool = False
    reason: str = "stopped by the operator"
    strategy_id: str = ""
    by: Operator | None = None


class PauseTrading(Message, frozen=True, kw_only=True):
    """Finish the trade in hand and begin no further one until ResumeTrading: none, or none of one strategy."""

    by: Operator
    strategy_id: str = ""


class ResumeTrading(Message, frozen=True, kw_only=True):
    """Begin trades again; with `unparks` also where the account is parked, for whatever reason."""

    by: Operator
    strategy_id: str = ""
    unparks: bool = False
