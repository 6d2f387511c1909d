"""Which rule of a fault plan strikes on which occasion. `meet` is pure; `Faults` holds its state for a venue.

An occasion is anything that a rule can be about (`faults_actions.Point`). What then happens is up to whoever asks:
the server for calls, the streams for frames, the desk for orders, and a simulation for all of them.
"""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from exchange.alpha.listings import SymbolRules
from exchange.paper.chance import chance
from exchange.paper.faults_actions import FaultAction, Point, SetMulPoint, SetOffline, SetRules
from exchange.paper.faults_plan import Endpoint, FaultPlan, Leg, Rule, When
from exchange.paper.matching import Book
from exchange.paper.model import Order, Side, Status
from exchange.paper.past import Past

_FAR_FUTURE = Decimal(10**12)


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a rule may strike; fields that its point has not are empty. `at` is in ms."""

    point: Point
    at: int
    account: str = ""
    endpoint: Endpoint | str = ""
    symbol: str = ""
    side: Side | str = ""
    leg: Leg | str = ""
    status: Status | str = ""


def of_order(point: Point, order: Order, now: int) -> Occasion:
    """The occasion that something happens to an order, or is told of it."""
    leg = {"OTO_WORKING": "working", "OTO_PENDING": "pending"}.get(order.position or "", "plain")
    return Occasion(
        point=point,
        at=now,
        account=order.account,
        symbol=order.symbol,
        side=order.side,
        leg=leg,
        status=order.status if point == "frame" else "",
    )


class Counts(msgspec.Struct, frozen=True):
    """How many occasions a rule was for, and how many of them it struck."""

    seen: int = 0
    struck: int = 0


class FaultState(msgspec.Struct, frozen=True):
    """A plan under way: since when (ms), and one `Counts` for each rule. `salt` tells one start of it from another."""

    plan: FaultPlan
    began_at: int
    counts: tuple[Counts, ...]
    salt: int = 0


def begin(plan: FaultPlan, now: int, salt: int = 0) -> FaultState:
    return FaultState(plan, now, tuple(Counts() for _ in plan.rules), salt)


def meet(state: FaultState, occasion: Occasion) -> tuple[FaultState, tuple[FaultAction, ...]]:
    """The plan after the occasion, and what is to be done about it, in the order of the rules."""
    counts = list(state.counts)
    actions: list[FaultAction] = []
    for index, rule in enumerate(state.plan.rules):
        if rule.do.point != occasion.point or not _is_for(rule.when, occasion, occasion.at - state.began_at):
            continue
        seen, struck = counts[index].seen + 1, counts[index].struck
        if _strikes(state, index, rule, seen, struck):
            struck += 1
            actions.append(rule.do)
        counts[index] = Counts(seen, struck)
    return replace(state, counts=tuple(counts)), tuple(actions)


def _is_for(when: When, occasion: Occasion, elapsed_ms: int) -> bool:
    elapsed = Decimal(elapsed_ms) / 1000
    if elapsed < (when.after or 0) or elapsed >= (_FAR_FUTURE if when.before is None else when.before):
        return False
    chosen = (
        (when.account, occasion.account),
        (when.endpoint, occasion.endpoint),
        (when.symbol, occasion.symbol),
        (when.side, occasion.side),
        (when.leg, occasion.leg),
        (when.status, occasion.status),
    )
    return all(wanted is None or wanted == found for wanted, found in chosen)


def _strikes(state: FaultState, index: int, rule: Rule, seen: int, struck: int) -> bool:
    when = rule.when
    if struck >= _most(rule):
        return False
    if when.nth is not None:
        return seen == when.nth
    if when.every is not None:
        return seen % when.every == 0
    if when.probability is not None:
        drawn = chance(state.plan.seed, "fault", state.salt, index, seen).randrange(10**9)
        return drawn < when.probability * 10**9
    return True


def _most(rule: Rule) -> int | Decimal:
    """How often a rule may strike: a knob is turned once unless the rule says otherwise."""
    if rule.when.at_most is not None:
        return rule.when.at_most
    return 1 if isinstance(rule.do, SetMulPoint | SetOffline | SetRules) else _FAR_FUTURE


class LateFill(msgspec.Struct, frozen=True):
    """What is to fill of an order whose cancel was answered, or which has ended, and when (ms)."""

    at: int
    share: Decimal


class ShownBook(msgspec.Struct, frozen=True):
    """A symbol's book as it is told, and its time (ms)."""

    book: Book
    at: int


class Faults:
    """The venue's plan, if it has one, and what strikes have left behind. One thread.

    Without a plan `active` is false and nobody asks further. What a plan has done to orders, keys and tokens stays
    when the plan is taken away. Nothing here outlives the process: after a restart a plan of the settings counts anew.
    """

    def __init__(self) -> None:
        self._state: FaultState | None = None
        self.past = Past()
        self.resting: set[int] = set()
        self.late_fills: dict[int, LateFill] = {}
        self.fills_after_end: dict[int, LateFill] = {}
        self.offline: set[str] = set()
        self.relisted: dict[str, SymbolRules] = {}
        self.stale_books: dict[str, ShownBook] = {}

    @property
    def active(self) -> bool:
        return self._state is not None

    @property
    def state(self) -> FaultState | None:
        return self._state

    def start(self, plan: FaultPlan, now: int, salt: int = 0) -> None:
        """Follow this plan from now on, in place of any other."""
        self._state = begin(plan, now, salt)

    def stop(self) -> None:
        self._state = None

    def meet(self, occasion: Occasion) -> tuple[FaultAction, ...]:
        """What is to go wrong on this occasion; nothing without a plan."""
        if self._state is None:
            return ()
        self._state, actions = meet(self._state, occasion)
        return actions
