"""When what goes wrong at the paper venue: the fault plan as data.

A plan is a list of rules. Each says what to `do` (one of `exchange.paper.faults_actions`) and `when`: which calls,
frames or orders it is for, and which of those it strikes.
"""

from typing import Literal

from msgspec import Struct

from exchange.paper.faults_actions import FaultAction, Point
from exchange.paper.faults_bounds import Bounded, Count, Misfit, Seconds, Share
from exchange.paper.model import Side, Status

Endpoint = Literal[
    "get-listen-key",
    "userDataStream",
    "oto-order/place",
    "order/place",
    "order/cancel",
    "order/cancel-all",
    "get-open-order",
    "get-order-history-merge",
    "get-user-trades",
    "user-volume",
    "cloud-wallet/alpha",
    "get-wallet-asset",
    "aggTicker24",
    "token/list",
    "get-exchange-info",
    "ticker",
    "agg-trades",
    "fullDepth",
    "get-fee-rate",
]
"""The names under which the venue's ledger counts calls."""

Leg = Literal["working", "pending", "plain"]


class When(Bounded, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which occasions a rule is for, and which of those it strikes: every one, unless it says otherwise.

    `account`, `endpoint`, `symbol`, `side`, `leg`, `status` and the seconds `after` and `before` (since the plan was
    given) choose the occasions, which are counted from 1. `nth`, `every` (each so-many-th) or `probability` choose
    among them, and `at_most` bounds how often the rule strikes in all.
    """

    account: str | None = None
    endpoint: Endpoint | None = None
    symbol: str | None = None
    side: Side | None = None
    leg: Leg | None = None
    status: Status | None = None
    after: Seconds | None = None
    before: Seconds | None = None
    nth: Count | None = None
    every: Count | None = None
    probability: Share | None = None
    at_most: Count | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        chosen = [name for name in ("nth", "every", "probability") if getattr(self, name) is not None]
        if len(chosen) > 1:
            raise Misfit(chosen[0], " and ".join(chosen), "one of them")
        if self.after is not None and self.before is not None and self.after >= self.before:
            raise Misfit("before", str(self.before), f"more than after ({self.after})")


_ORDER = frozenset({"account", "symbol", "side", "leg"})

_CHOOSES: dict[Point, frozenset[str]] = {
    "request": frozenset({"account", "symbol", "endpoint"}),
    "frame": _ORDER | {"status"},
    **dict.fromkeys(("match", "activation", "cancel", "end"), _ORDER),
    **dict.fromkeys(("key", "volume", "balance", "clock"), frozenset({"account"})),
    "book": frozenset({"symbol"}),
    "timer": frozenset(),
}

_CHOICES = ("account", "symbol", "endpoint", "side", "leg", "status")


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong. `name` is for people."""

    do: FaultAction
    when: When = When()
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse a choice that could never apply, which would make a rule that never strikes."""
        given = [name for name in _CHOICES if getattr(self.when, name) is not None]
        idle = [name for name in given if name not in _CHOOSES[self.do.point]]
        if idle:
            known = ", ".join(sorted(_CHOOSES[self.do.point])) or "times"
            fault = self.do.__struct_config__.tag
            raise Misfit("when", ", ".join(idle), f"for {fault} only: {known}")


class FaultPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is to go wrong. `seed` decides what a probability strikes."""

    seed: int = 1
    rules: tuple[Rule, ...] = ()
