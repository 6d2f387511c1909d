"""Between UserActor and VolumeOracle, and from the oracle's threads to itself: what an account has traded."""

from decimal import Decimal

from actors.messages.base import Command, Message
from events.values import Outcome, SymbolRules, TokenVolume


class QueryVolume(Command, frozen=True, kw_only=True):
    """To the oracle: answered with VolumeSeen or VolumeNotSeen. `rules` are those of the symbol that are known."""

    user_id: int
    strategy_id: str
    ticker: str
    base_asset: str
    rules: SymbolRules | None = None


class VolumeSeen(Message, frozen=True, kw_only=True):
    """The oracle's recorded answer to the QueryVolume that the event at `asked` led to. `rules` are those of the symbol
    where they are not the ones that it knew.
    """

    strategy_id: str
    position: int
    asked: int | None
    volume: Decimal
    mul_point: int
    rules: SymbolRules | None = None


class VolumeNotSeen(Message, frozen=True, kw_only=True):
    """The oracle could not answer QueryVolume."""

    strategy_id: str
    outcome: Outcome
    message: str
    retry_after_ms: int = 0


class VolumeRead(Message, frozen=True, kw_only=True):
    """What the venue answered to a volume query; `rules` where they are not those that the query knew."""

    user_id: int
    strategy_id: str
    ticker: str
    total: Decimal
    tokens: tuple[TokenVolume, ...]
    mul_point: int
    rules: SymbolRules | None = None


class VolumeNotRead(Message, frozen=True, kw_only=True):
    """The venue could not be asked."""

    user_id: int
    strategy_id: str
    outcome: Outcome
    message: str
    retry_after_ms: int = 0
