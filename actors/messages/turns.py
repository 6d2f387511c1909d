"""Between UserActor and the supervisor: turns on a symbol."""

from actors.messages.base import Command, Message


class AskTurn(Command, frozen=True, kw_only=True):
    """To the supervisor: this strategy wants to trade the symbol. Answered with TurnGranted, perhaps much later."""

    user_id: int
    strategy_id: str
    symbol: str


class TurnGranted(Message, frozen=True, kw_only=True):
    """The symbol is this strategy's until it is given back."""

    strategy_id: str
    symbol: str


class TurnNotYet(Message, frozen=True, kw_only=True):
    """Another account, `holder`, has the symbol, and `ahead` others come first; `blocked` as in TurnDelayed."""

    strategy_id: str
    symbol: str
    holder: int
    ahead: int
    blocked: str = ""


class ReturnTurn(Command, frozen=True, kw_only=True):
    """To the supervisor: the strategy, or with no name every strategy of the account, neither trades nor waits."""

    user_id: int
    strategy_id: str = ""


class BlockTurn(Command, frozen=True, kw_only=True):
    """To the supervisor: the trade in hand will not end before the operator acts; with no reason it will again.

    The reason names the account, for those that wait.
    """

    user_id: int
    reason: str = ""
