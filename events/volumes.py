"""What the venue says an account has traded, and what one trade is worth."""

from decimal import Decimal

from events.base import Event
from events.values import SymbolRules, TokenVolume


class VolumeObserved(Event, frozen=True, kw_only=True):
    """The venue's figures of the current UTC day; a ticker that is absent stands at 0 (venue protocol notes, 9.1)."""

    user_id: int
    total: Decimal
    tokens: tuple[TokenVolume, ...]


class VolumeUnavailable(Event, frozen=True, kw_only=True):
    """The venue could not be asked."""

    user_id: int
    outcome: str
    message: str


class TargetReached(Event, frozen=True, kw_only=True):
    """The venue counts the target or more. `skipped` says that no trade of this run was needed."""

    user_id: int
    strategy_id: str
    current_volume: Decimal
    target_volume: Decimal
    skipped: bool


class CreditRateObserved(Event, frozen=True, kw_only=True):
    """What the venue counted per completed trade differs from what was expected by more than 10 %.

    Later plans of this strategy use `measured`.
    """

    user_id: int
    strategy_id: str
    batch: int
    trades: int
    expected: Decimal
    measured: Decimal


class MulPointChanged(Event, frozen=True, kw_only=True):
    """The venue changed a token's multiplier while a batch ran: the batch ends and is planned anew."""

    user_id: int
    strategy_id: str
    ticker: str
    before: int
    after: int


class SymbolRulesChanged(Event, frozen=True, kw_only=True):
    """The venue's filters of a strategy's symbol are not what they were: all that follows goes by these."""

    user_id: int
    strategy_id: str
    before: SymbolRules
    after: SymbolRules
