"""From the faults that strike a frame to what becomes of it: `FrameFate`.

Pure; the streams and simulations carry it out.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from exchange.paper.faults_actions import Cut, Duplicate, LateFrame, LoseFrame, Mute, OddFrame, Swap


class FrameFate(msgspec.Struct, frozen=True):
    """What becomes of a frame.

    `cut` closes the account's connections with this code, and `mute` silences those that there are; either loses the
    frame. Otherwise `odd` frames come first, and then the frame itself, `copies` times (0: it is lost), `late` seconds
    late, or after the account's next frame if that comes within `swap` seconds.
    """

    copies: int = 1
    late: Decimal = Decimal(0)
    swap: Decimal | None = None
    odd: tuple[OddFrame, ...] = ()
    cut: int | None = None
    mute: bool = False


def frame_fate_of(actions: Iterable[object]) -> FrameFate:
    """All that strikes one frame, together."""
    fate = FrameFate()
    for action in actions:
        fate = _with(fate, action)
    return fate


def _with(fate: FrameFate, action: object) -> FrameFate:
    match action:
        case Cut(code=code):
            fate = replace(fate, cut=code)
        case Mute():
            fate = replace(fate, mute=True)
        case LoseFrame():
            fate = replace(fate, copies=0)
        case Duplicate(more=more):
            fate = replace(fate, copies=fate.copies + more if fate.copies else 0)
        case LateFrame(seconds=seconds):
            fate = replace(fate, late=fate.late + seconds)
        case Swap(seconds=seconds):
            fate = replace(fate, swap=seconds)
        case OddFrame(instead=instead):
            fate = replace(fate, odd=(*fate.odd, action), copies=0 if instead else fate.copies)
    return fate


def odd_frame(odd: OddFrame, frame: bytes) -> bytes:
    """What is sent for it, made from the true frame."""
    if odd.kind == "broken":
        return frame[: len(frame) * 2 // 3]
    if odd.kind == "unknown_event":
        return frame.replace(b'"executionReport"', b'"alphaNoticeOfTheDay"')
    return frame[:-1] + b',"padding":"' + b"x" * odd.bytes + b'"}'
