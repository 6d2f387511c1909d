"""What becomes of the venue's answer to a volume query."""

from decimal import Decimal

from actors.messages.base import NOTHING, Decision, Message, TellUser
from actors.messages.volumes import VolumeNotRead, VolumeNotSeen, VolumeRead, VolumeSeen
from events.values import TokenVolume
from events.volumes import VolumeObserved, VolumeUnavailable
from projections.states.volume import VolumeState

State = VolumeState


def decide(state: State, message: Message, now: int) -> Decision:
    match message:
        case VolumeRead():
            return _seen(message)
        case VolumeNotRead():
            return _not_seen(message)
    return NOTHING


def next_deadline(state: State) -> int | None:
    return None


def volume_of(ticker: str, tokens: tuple[TokenVolume, ...]) -> Decimal:
    """A ticker that is not listed stands at 0 (venue protocol notes, 9.1)."""
    return next((row.volume for row in tokens if row.ticker == ticker), Decimal(0))


def _seen(read: VolumeRead) -> Decision:
    seen = VolumeSeen(
        strategy_id=read.strategy_id,
        position=0,
        asked=read.cause,
        volume=volume_of(read.ticker, read.tokens),
        mul_point=read.mul_point,
        rules=read.rules,
    )
    return Decision(
        events=(VolumeObserved(user_id=read.user_id, total=read.total, tokens=read.tokens),),
        commands=(TellUser(message=seen),),
        correlation_id=read.strategy_id,
    )


def _not_seen(read: VolumeNotRead) -> Decision:
    not_seen = VolumeNotSeen(
        strategy_id=read.strategy_id, outcome=read.outcome, message=read.message, retry_after_ms=read.retry_after_ms
    )
    return Decision(
        events=(VolumeUnavailable(user_id=read.user_id, outcome=read.outcome, message=read.message),),
        commands=(TellUser(message=not_seen),),
        correlation_id=read.strategy_id,
    )
