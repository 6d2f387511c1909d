"""What the operator commanded while no hand was on the keyboard of the run: who, and what it led to."""

from events.base import Event
from events.values import ControlCommand, Operator


class OperatorCommanded(Event, frozen=True, kw_only=True):
    """A command was given to a running supervisor. It is for one account, for one strategy, or (neither) for all."""

    command: ControlCommand
    by: Operator
    user_id: int | None = None
    strategy_id: str = ""


class AccountPaused(Event, frozen=True, kw_only=True):
    """No further trade begins until AccountResumed, also in later runs: of one strategy, or (none is named) of any.

    `trade_id` is the trade in hand, which is finished; empty where none is.
    """

    user_id: int
    by: Operator
    strategy_id: str = ""
    trade_id: str = ""


class AccountResumed(Event, frozen=True, kw_only=True):
    """The operator lifts a pause: that of one strategy, or (none is named) all of the account.

    `unparked` says that the account was parked, and may be taken up again.
    """

    user_id: int
    by: Operator
    strategy_id: str = ""
    unparked: bool = False
