"""Why an order or a trade came about and what became of it: which of its account's events tell of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from events.base import Recorded
from events.inventory import CoinsSwept, SweepStarted
from events.strategies import (
    BatchCompleted,
    BatchPlanned,
    StrategyEnded,
    StrategyResumed,
    StrategyStarted,
    VolumeChecked,
)
from events.trades import TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.volumes import CreditRateObserved, TargetReached, VolumeObserved
from projections.causes import Around, Step, Tree, position
from projections.replay import Reasons, Told
from projections.subjects import Subjects, orders_of

AGREES = (StrategyStarted, StrategyResumed)
BEGINS = (TradeStarted, SweepStarted)
ENDS = (TradeCompleted, TradePartlyCompleted, TradeAbandoned, CoinsSwept)


class AccountLog:
    """An account's events in the order of the log, ready to be explained."""

    def __init__(self, log: Iterable[Recorded]) -> None:
        reasons = Reasons()
        self._log = [reasons.told(one) for one in log]
        self._at = {one.recorded.position: one for one in self._log}
        self.subjects = Subjects()
        for one in self._log:
            self.subjects.learn(one.recorded.event)

    def trade(self, trade_id: str) -> tuple[Step, ...]:
        """All of a trade: the volume and the plan that it came from, its orders, its credit, and what followed.

        Empty where the account has no such trade.
        """
        own = [one for one in self._log if trade_id in self.subjects.trades(one.recorded)]
        return Tree(self._at, own, self._around(trade_id, own)).steps() if own else ()

    def order(self, venue_order_id: str) -> tuple[Step, ...]:
        """The part of its trade's tree that leads to the order or comes from it; of an order that is not known to be
        of one of our trades, all that the log says. Empty where it says nothing.
        """
        named = [one for one in self._log if venue_order_id in orders_of(one.recorded.event)]
        if not named:
            return ()
        user = getattr(named[0].recorded.event, "user_id", 0)
        trade_id = self.subjects.trade_of_order(user, venue_order_id)
        steps = self.trade(trade_id) if trade_id else Tree(self._at, named, Around()).steps()
        return _part(steps, venue_order_id)

    def _around(self, trade_id: str, own: Sequence[Told]) -> Around:
        begin = _first(own, BEGINS, trade_id)
        end = _last(own, ENDS, trade_id)
        before = self._before(begin) if begin is not None else ()
        credit = self._after(end) if end is not None else ()
        return Around(before=before, begin=begin, end=end, credit=credit)

    def _before(self, begin: Told) -> tuple[Told, ...]:
        """The terms, the volume and the plan that a trade came from, and the terms that a later run took up again."""
        before = [one for one in self._log if position(one) < position(begin) and _same(one, begin)]
        planned = self._planned(before) if isinstance(begin.recorded.event, TradeStarted) else ()
        first = position(planned[0]) if planned else position(begin)
        agreed = _last([one for one in before if position(one) < first], AGREES)
        resumed = _last([one for one in before if position(one) > first], AGREES)
        return tuple(one for one in (agreed, *planned, resumed) if one is not None)

    def _planned(self, before: Sequence[Told]) -> tuple[Told, ...]:
        """What the venue said, what the strategy took note of, and the plan that it made of that."""
        plan = _last(before, (BatchPlanned,))
        if plan is None:
            return ()
        checked = _last([one for one in before if position(one) < position(plan)], (VolumeChecked,))
        return tuple(one for one in (self._observed(checked), checked, plan) if one is not None)

    def _observed(self, checked: Told | None) -> Told | None:
        """What the venue said that the strategy took note of."""
        if checked is None:
            return None
        cause = self._at.get(checked.recorded.meta.causation or 0)
        if cause is not None and isinstance(cause.recorded.event, VolumeObserved):
            return cause
        return _last([one for one in self._log if position(one) < position(checked)], (VolumeObserved,))

    def _after(self, end: Told) -> tuple[Told, ...]:
        """The end of the batch, the figures that followed until they stood still, and what was made of them."""
        after = [one for one in self._log if position(one) > position(end) and _same(one, end)]
        over = next((n for n, one in enumerate(after) if _ends_batch(one)), len(after))
        batch = after[: over + 1]
        found = [_last(batch, (kind,)) for kind in (BatchCompleted, VolumeChecked, CreditRateObserved, TargetReached)]
        credit = [one for one in found if one is not None]
        observed = self._observed(found[1])
        if observed is not None and position(observed) > position(end):
            credit.append(observed)
        return (*credit, *batch[over:])


def _strategy(one: Told) -> str | None:
    event: Any = one.recorded.event
    return getattr(event, "strategy_id", None) or getattr(getattr(event, "terms", None), "strategy_id", None)


def _same(one: Told, other: Told) -> bool:
    return _strategy(one) == _strategy(other)


def _ends_batch(one: Told) -> bool:
    return isinstance(one.recorded.event, BatchPlanned | StrategyEnded | StrategyStarted)


def _first(log: Iterable[Told], kinds: tuple[type, ...], trade_id: str = "") -> Told | None:
    return next((one for one in log if _is(one, kinds, trade_id)), None)


def _last(log: Sequence[Told], kinds: tuple[type, ...], trade_id: str = "") -> Told | None:
    return _first(reversed(log), kinds, trade_id)


def _is(one: Told, kinds: tuple[type, ...], trade_id: str) -> bool:
    event = one.recorded.event
    return isinstance(event, kinds) and (not trade_id or getattr(event, "trade_id", "") == trade_id)


def _part(steps: Sequence[Step], venue_order_id: str) -> tuple[Step, ...]:
    """What leads to an order or comes from it."""
    kept = {one.number for one in steps if venue_order_id in _orders(one)}
    own = {one.number for one in steps if _orders(one) and set(_orders(one)) == {venue_order_id}}
    own |= {
        one.number for one in steps if one.number in kept and one.told and isinstance(one.told.recorded.event, ENDS)
    }
    for one in steps:
        if one.parent in own:
            own.add(one.number)
    kept |= own
    for one in reversed(steps):
        if one.number in kept and one.parent is not None:
            kept.add(one.parent)
    return tuple(one for one in steps if one.number in kept)


def _orders(step: Step) -> tuple[str, ...]:
    return orders_of(step.told.recorded.event) if step.told is not None else ()
