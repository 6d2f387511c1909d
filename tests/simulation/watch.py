"""What must hold at every moment of a simulation, whatever goes wrong; each offence ends it."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import NamedTuple

from events.base import Event, Recorded
from events.executions import OrderExecuted, OrderReported, ReportIgnored
from events.orders import LateFillObserved
from events.strategies import StrategyEnded, StrategyResumed, StrategyStarted
from events.system import AccountParked
from events.trades import TradeCompleted, TradePartlyCompleted, TradeStarted
from events.values import StrategyTerms
from exchange.paper.venue import Venue
from tests.simulation.intents import Intents
from tests.simulation.offence import check
from tests.simulation.peace import Peace
from tests.simulation.sums import Sums

ZERO = Decimal(0)

DAY_MS = 86_400_000
MOST_EVENTS_A_SECOND = 200
NEEDS_REASON = ("parked", "failed", "worn", "day_over", "stopped")


class Spent(NamedTuple):
    """What a strategy's trades of a day cost, and what they bought, in USDT."""

    wear: Decimal = ZERO
    turnover: Decimal = ZERO


Spending = TradeCompleted | TradePartlyCompleted | LateFillObserved


class Watch:
    """Hears of every event when it is durable, and of every order when the venue has accepted it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self._position = 0
        self._versions: Counter[str] = Counter()
        self.sums = Sums()
        self.peace = Peace()
        self._intents = Intents()
        self._terms: dict[tuple[int, str], StrategyTerms] = {}
        self._spent_on: dict[tuple[int, str, int], Spent] = defaultdict(Spent)
        self._second: tuple[str, int] = ("", 0)
        self._in_second: Counter[tuple[str, int]] = Counter()

    # --- the log ---

    def heard(self, events: tuple[Recorded, ...]) -> None:
        for one in events:
            self._in_order(one)
            self._not_too_many(one)
            self.counts[type(one.event).__name__] += 1
            self._check(one.event, one.meta.ts_init)

    def _in_order(self, one: Recorded) -> None:
        self._position += 1
        self._versions[one.stream] += 1
        check(one.position == self._position, f"position {one.position} follows {self._position - 1}")
        version = self._versions[one.stream]
        check(one.version == version, f"version {one.version} of {one.stream} follows {version - 1}")

    def _not_too_many(self, one: Recorded) -> None:
        if isinstance(one.event, OrderReported | OrderExecuted | ReportIgnored):
            return  # as many as the venue makes of a thin book
        second = (one.stream, one.meta.ts_init // 1000)
        self._in_second[second] += 1
        check(self._in_second[second] <= MOST_EVENTS_A_SECOND, f"{one.stream} records ever more within one second")
        if len(self._in_second) > 100:
            self._in_second = Counter({second: self._in_second[second]})

    def _check(self, event: Event, at: int) -> None:
        self._intents.heard(event)
        self.peace.heard(event)
        self.sums.heard(event)
        match event:
            case TradeStarted():
                self._trade_started(event, at)
            case TradeCompleted() | TradePartlyCompleted():
                self._spent(event, event.wear, event.buy.quote, at)
            case LateFillObserved():
                self._spent(event, event.wear, ZERO, at)
            case StrategyStarted(terms=terms) | StrategyResumed(terms=terms):
                self._terms[terms.user_id, terms.strategy_id] = terms
            case AccountParked():
                check(event.reason, f"account {event.user_id} is parked without a reason")
            case StrategyEnded():
                self.statuses[event.status] += 1
                check(event.reason or event.status not in NEEDS_REASON, f"{event.status} without a reason")
            case _:
                pass

    def _trade_started(self, event: TradeStarted, at: int) -> None:
        """A limit is passed by one trade at most: none begins when it is reached."""
        terms = self._terms[event.user_id, event.strategy_id]
        spent = self._spent_on[event.user_id, event.strategy_id, at // DAY_MS]
        within = terms.max_wear_usdt is None or spent.wear < terms.max_wear_usdt
        check(within, f"{event.trade_id} starts with {spent.wear} USDT of wear, {terms.max_wear_usdt} allowed")
        most = terms.max_wear_bps
        within = most is None or spent.turnover == 0 or spent.wear * 10_000 < most * spent.turnover
        check(within, f"{event.trade_id} starts with {spent} USDT of wear, {most} bps allowed")

    def _spent(self, event: Spending, wear: Decimal, turnover: Decimal, at: int) -> None:
        key = event.user_id, event.strategy_id, at // DAY_MS
        before = self._spent_on[key]
        self._spent_on[key] = Spent(before.wear + wear, before.turnover + turnover)

    def held_back(self) -> set[int]:
        """Accounts that only the operator's word lets go on."""
        return self._intents.held_back()

    def placed(self, venue: Venue) -> None:
        """The venue has accepted an order."""
        if any(one.self_match_guard for one in self._terms.values()):
            _check_alone(venue)
        self._intents.placed(venue)


def _check_alone(venue: Venue) -> None:
    """One account's orders are open on a symbol; those that wait for a leg are, too."""
    accounts: dict[str, set[str]] = defaultdict(set)
    for order in venue.orders.open():
        accounts[order.symbol].add(order.account)
    for symbol, found in accounts.items():
        check(len(found) == 1, f"the accounts {sorted(found)} have orders open on {symbol} at the same time")
