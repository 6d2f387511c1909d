"""The business lines: what an operator follows a run by, in the vocabulary of the documents' log examples.

Volume queried, loops planned with all inputs, trade k/N with its credit, batch done, target reached. They are derived
from recorded events alone, so that nothing that decides also logs, and log file and display say the same.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from events.base import Event, Recorded
from events.strategies import BatchPlanned, StrategyResumed, StrategyStarted, VolumeChecked
from events.trades import TradeCompleted, TradePartlyCompleted, TradeStarted
from events.volumes import TargetReached
from projections.query import LiveRow
from projections.sayings.orders import ORDERS
from projections.sayings.saying import Level, Running, Saying
from projections.sayings.system import SYSTEM
from projections.sayings.trades import TRADES
from projections.words import account_of


class BusinessLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `at` is in ms since the epoch; `fields` holds numbers of money as plain decimal text."""

    position: int
    at: int
    level: Level
    text: str
    user_id: int | None
    strategy_id: str | None
    fields: Mapping[str, str | int]


Key = tuple[int, str]

SAYINGS: dict[type[Event], Saying] = {**TRADES, **ORDERS, **SYSTEM}
"""What is said of each event class; of the others, nothing."""


Before = Mapping[Key, Running]
NOTHING_BEFORE: Before = {}


def so_far(rows: Iterable[LiveRow]) -> dict[Key, Running]:
    """What the lines of strategies that are shown like this would remember."""
    return {
        (row.user_id, row.strategy_id): Running(
            row.token, row.target_volume, row.expected_volume or Decimal(0), row.batch_trades or None
        )
        for row in rows
    }


class BusinessLines:
    """Makes the lines of one run. Feed it every event in order, from the run's RunStarted on; not thread-safe.

    A strategy that is resumed goes on from what it was `before`.
    """

    def __init__(self, before: Before = NOTHING_BEFORE) -> None:
        self._running = dict(before)

    def line(self, recorded: Recorded) -> BusinessLine | None:
        """The line of an event, None where operators need not follow it."""
        event = recorded.event
        running = self._remember(event)
        say = SAYINGS.get(type(event))
        if say is None:
            return None
        level, text, fields = say(event, running)
        return BusinessLine(
            position=recorded.position,
            at=recorded.meta.ts_init,
            level=level,
            text=text,
            user_id=account_of(event),
            strategy_id=_key(event)[1] or None,
            fields=fields,
        )

    def _remember(self, event: Event) -> Running:
        key = _key(event)
        running = _advance(self._running.get(key, Running()), event)
        if key[1]:
            self._running[key] = running
        return running


def _key(event: Event) -> Key:
    strategy_id = event.terms.strategy_id if isinstance(event, StrategyStarted) else getattr(event, "strategy_id", "")
    return account_of(event) or 0, strategy_id


def _advance(running: Running, event: Event) -> Running:
    match event:
        case StrategyStarted(terms=terms):
            return Running(terms.ticker, terms.target_volume)
        case StrategyResumed(terms=terms):
            return running._replace(token=terms.ticker, target=terms.target_volume)
        case VolumeChecked(volume=volume) | TargetReached(current_volume=volume):
            return running._replace(volume=volume)
        case BatchPlanned(planned_trades=planned) | TradeStarted(planned_trades=planned):
            return running._replace(planned=planned)
        case TradeCompleted(credit_expected=credit) | TradePartlyCompleted(credit_expected=credit):
            return running._replace(volume=running.volume + credit)
        case _:
            return running
