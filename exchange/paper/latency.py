"""How long the paper venue takes, in milliseconds (venue protocol notes, section 5.5)."""

from random import Random

import msgspec

from exchange.paper.model import Report, Side
from exchange.paper.settings import LatencyName

Range = tuple[int, int]


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Ranges to draw from: HTTP replies (placement, other), pushes after their cause, fills after activation."""

    placement: Range
    query: Range
    push_order: Range
    push_trade: Range
    buy_fill: Range
    sell_fill: Range

    def fill_delay(self, side: Side, rng: Random) -> int:
        return rng.randint(*(self.buy_fill if side == "BUY" else self.sell_fill))

    def push_delay(self, report: Report, rng: Random) -> int:
        return rng.randint(*(self.push_trade if report.step.execution_type == "TRADE" else self.push_order))


_FAST = Latency(
    placement=(1, 6),
    query=(0, 0),
    push_order=(1, 5),
    push_trade=(1, 5),
    buy_fill=(15, 40),
    sell_fill=(15, 40),
)
_OBSERVED = Latency(
    placement=(60, 400),
    query=(40, 160),
    push_order=(10, 14),
    push_trade=(158, 182),
    buy_fill=(600, 1100),
    sell_fill=(1000, 1600),
)


def latency(name: LatencyName) -> Latency:
    """`fast`: a whole OTO in about 0.1 s. `observed`: in about 2.3 s, as captured."""
    return {"fast": _FAST, "observed": _OBSERVED}[name]
