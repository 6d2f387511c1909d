"""What must hold at every moment of a simulation, whatever goes wrong; each offence ends it."""

from collections import Counter, defaultdict
from decimal import Decimal

from events.base import Event, Recorded
from events.orders import OrderExecuted, OrderReported, OtoRequested, ReportIgnored, UnwindRequested
from events.system import AccountParked
from events.trades import (
    InventoryCleared,
    InventoryHeld,
    StrategyEnded,
    StrategyStarted,
    TradeAbandoned,
    TradeCompleted,
    TradePartlyCompleted,
    TradeStarted,
)
from events.values import StrategyTerms
from exchange.paper.model import OPEN, Order
from exchange.paper.venue import Venue

DAY_MS = 86_400_000
MOST_EVENTS_A_SECOND = 200
NEEDS_REASON = ("parked", "failed", "worn", "day_over", "stopped")


class Offence(AssertionError):
    """An invariant does not hold."""


def check(holds: object, words: str) -> None:
    if not holds:
        raise Offence(words)


class Watch:
    """Hears of every event when it is durable, and of every order when the venue has accepted it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self._position = 0
        self._versions: Counter[str] = Counter()
        self._live: dict[int, str] = {}
        self._settled: set[str] = set()
        self._intended: dict[tuple[str, str, Decimal, Decimal], list[str]] = defaultdict(list)
        self._known_orders: set[int] = set()
        self._held: set[tuple[int, str]] = set()
        self._terms: dict[tuple[int, str], StrategyTerms] = {}
        self._wear: dict[tuple[int, str, int], Decimal] = defaultdict(Decimal)
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
        match event:
            case OtoRequested():
                self._oto_requested(event)
            case UnwindRequested(order=order):
                key = str(event.user_id), order.symbol, order.price, order.quantity
                self._intended[key].append(f"{event.trade_id}/{event.attempt}")
            case TradeStarted():
                self._trade_started(event, at)
            case TradeCompleted() | TradePartlyCompleted() | TradeAbandoned():
                self._trade_over(event, at)
            case StrategyStarted(terms=terms):
                self._terms[terms.user_id, terms.strategy_id] = terms
            case InventoryHeld():
                self._held.add((event.user_id, event.asset))
            case InventoryCleared():
                self._held.discard((event.user_id, event.asset))
            case AccountParked():
                check(event.reason, f"account {event.user_id} is parked without a reason")
            case StrategyEnded():
                self.statuses[event.status] += 1
                check(event.reason or event.status not in NEEDS_REASON, f"{event.status} without a reason")
            case _:
                pass

    def _oto_requested(self, event: OtoRequested) -> None:
        user_id, order = event.user_id, event.order
        live = self._live.get(user_id)
        check(live is None, f"{event.trade_id} is placed while {live} is open")
        check(event.trade_id not in self._settled, f"{event.trade_id} is placed after its end")
        check((user_id, order.base_asset) not in self._held, f"{event.trade_id} buys what is held unsold")
        self._live[user_id] = event.trade_id
        self._intended[str(user_id), order.symbol, order.working_price, order.quantity].append(event.trade_id)

    def _trade_started(self, event: TradeStarted, at: int) -> None:
        terms = self._terms[event.user_id, event.strategy_id]
        wear = self._wear[event.user_id, event.strategy_id, at // DAY_MS]
        within = terms.max_wear_usdt is None or wear < terms.max_wear_usdt
        check(within, f"{event.trade_id} starts with {wear} USDT of wear, {terms.max_wear_usdt} allowed")

    def _trade_over(self, event: TradeCompleted | TradePartlyCompleted | TradeAbandoned, at: int) -> None:
        check(event.trade_id not in self._settled, f"{event.trade_id} ends twice")
        self._settled.add(event.trade_id)
        if self._live.get(event.user_id) == event.trade_id:
            del self._live[event.user_id]
        if not isinstance(event, TradeAbandoned):
            self._wear[event.user_id, event.strategy_id, at // DAY_MS] += event.wear

    # --- the venue ---

    def placed(self, venue: Venue) -> None:
        """An order has been accepted: was it meant to be, and is it alone?"""
        for account in [account for account in venue.orders._of_account if venue.orders._of_account[account]]:
            for order in venue.orders.all_of(account):
                if order.order_id in self._known_orders:
                    break
                self._known_orders.add(order.order_id)
                self._check_order(order)
            self._check_alone(venue, account)

    def _check_order(self, order: Order) -> None:
        if order.position == "OTO_PENDING":
            return
        intents = self._intended[order.account, order.symbol, order.price, order.quantity]
        check(intents, f"nobody meant order {order.order_id}: {order.side} {order.quantity} at {order.price}")
        intents.pop(0)

    @staticmethod
    def _check_alone(venue: Venue, account: str) -> None:
        live = {order.list_id or order.order_id for order in venue.orders.open_of(account)}
        check(len(live) <= 1, f"account {account} has {len(live)} live placements at the venue: {sorted(live)}")


def live_orders(venue: Venue) -> list[Order]:
    """Every order that still can fill."""
    return [order for order in venue.orders.open() if order.status in OPEN]
