"""What the oracle last heard of one account's volume: a fold of `volume-N`. Total."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from events.base import Recorded
from events.values import TokenVolume
from events.volumes import VolumeObserved, VolumeUnavailable


class VolumeState(msgspec.Struct, frozen=True, kw_only=True):
    """`failures` counts queries in a row that came to nothing; `observed_at` (ms) is None before the first answer."""

    user_id: int = 0
    total: Decimal = Decimal(0)
    tokens: tuple[TokenVolume, ...] = ()
    observed_at: int | None = None
    failures: int = 0


def evolve(state: VolumeState, recorded: Recorded) -> VolumeState:
    match recorded.event:
        case VolumeObserved(total=total, tokens=tokens):
            return replace(state, total=total, tokens=tokens, observed_at=recorded.meta.ts_init, failures=0)
        case VolumeUnavailable():
            return replace(state, failures=state.failures + 1)
    return state
