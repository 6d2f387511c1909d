"""What is placed: only what the log intended before, one placement of an account at a time, each answered once."""

from collections import Counter, defaultdict
from decimal import Decimal

from events.accounts import AccountRecovered, TradingPaused, TradingResumed
from events.base import Event
from events.control import AccountPaused, AccountResumed
from events.inventory import InventoryCleared, InventoryHeld
from events.orders import LegClosed, OtoAccepted, OtoNotSent, OtoOrder, OtoRejected, OtoRequested
from events.strategies import StrategyResumed, StrategyStarted
from events.system import AccountParked
from events.trades import TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.unwinds import UnwindAccepted, UnwindRequested
from exchange.paper.model import Order
from exchange.paper.venue import Venue
from tests.simulation.offence import check

Key = tuple[str, str, Decimal, Decimal]
TradeOver = TradeCompleted | TradePartlyCompleted | TradeAbandoned


class Intents:
    """Hears of every event when it is durable, and looks at the venue whenever it has accepted an order."""

    def __init__(self) -> None:
        self._live: dict[int, str] = {}
        self._over: set[str] = set()
        self._answered: set[str] = set()
        self._closed: set[tuple[str, str, str]] = set()
        self._sales: Counter[str] = Counter()
        self._placements: dict[Key, list[str]] = defaultdict(list)
        self._pending: dict[Key, OtoOrder] = {}
        self._orders_seen: set[int] = set()
        self._held: set[tuple[int, str]] = set()
        self._streaming: set[int] = set()
        self._parked: set[int] = set()
        self._restricted: set[int] = set()
        self._paused: set[tuple[int, str]] = set()
        self._runs: dict[int, str] = {}

    # --- the log ---

    def heard(self, event: Event) -> None:
        match event:
            case OtoRequested():
                self._oto_requested(event)
            case OtoAccepted() | OtoRejected() | OtoNotSent():
                self._oto_answered(event)
            case UnwindRequested():
                self._sale_requested(event)
            case UnwindAccepted():
                self._sales[event.trade_id] -= 1
                check(self._sales[event.trade_id] >= 0, f"a sale of {event.trade_id} is accepted twice")
            case LegClosed():
                self._leg_closed(event)
            case AccountPaused():
                self._paused.add((event.user_id, event.strategy_id))
            case AccountResumed():
                self._resumed(event)
            case TradeCompleted() | TradePartlyCompleted() | TradeAbandoned():
                self._trade_over(event)
            case _:
                self._note(event)

    def _note(self, event: Event) -> None:
        """What allows trades, or forbids them."""
        match event:
            case InventoryHeld():
                self._held.add((event.user_id, event.asset))
            case InventoryCleared():
                self._held.discard((event.user_id, event.asset))
            case TradeStarted():
                check(event.user_id in self._streaming, f"{event.trade_id} starts while trading is paused")
                self._check_allowed(event)
            case AccountParked():
                (self._restricted if event.restricted else self._parked).add(event.user_id)
            case StrategyStarted(terms=terms):
                self._in_run(terms.user_id, event.run_id)
            case StrategyResumed():
                self._in_run(event.user_id, event.run_id)
            case TradingResumed():
                self._streaming.add(event.user_id)
            case TradingPaused() | AccountRecovered():
                self._streaming.discard(event.user_id)
            case _:
                pass

    def _in_run(self, user_id: int, run_id: str) -> None:
        """The operator has started again: a new run is a new chance."""
        if self._runs.get(user_id) != run_id:
            self._parked.discard(user_id)
        self._runs[user_id] = run_id

    def _resumed(self, event: AccountResumed) -> None:
        self._paused = {
            (user_id, strategy_id)
            for user_id, strategy_id in self._paused
            if user_id != event.user_id or event.strategy_id not in ("", strategy_id)
        }
        if event.unparked:
            self._parked.discard(event.user_id)
            self._restricted.discard(event.user_id)

    def _check_allowed(self, event: TradeStarted | OtoRequested) -> None:
        """What the operator has paused, and an account that must wait for its owner, begins nothing in any run."""
        paused = {(event.user_id, ""), (event.user_id, event.strategy_id)} & self._paused
        check(not paused, f"{event.trade_id} goes on although the operator has paused it")
        check(event.user_id not in self._restricted, f"{event.trade_id} goes on before its owner was asked")

    def _oto_requested(self, event: OtoRequested) -> None:
        user_id, order = event.user_id, event.order
        live = self._live.get(user_id)
        check(live is None, f"{event.trade_id} is placed while {live} is open")
        check(event.trade_id not in self._over, f"{event.trade_id} is placed after its end")
        check((user_id, order.base_asset) not in self._held, f"{event.trade_id} buys what is held unsold")
        check(user_id in self._streaming, f"{event.trade_id} is placed while trading is paused")
        check(user_id not in self._parked, f"{event.trade_id} is placed by a parked account")
        self._check_allowed(event)
        self._live[user_id] = event.trade_id
        key = str(user_id), order.symbol, order.working_price, order.quantity
        self._placements[key].append(event.trade_id)
        self._pending[key] = order

    def _oto_answered(self, event: OtoAccepted | OtoRejected | OtoNotSent) -> None:
        check(event.trade_id not in self._answered, f"the placement of {event.trade_id} is answered twice")
        check(self._live.get(event.user_id) == event.trade_id, f"{event.trade_id} is answered and was not placed")
        self._answered.add(event.trade_id)

    def _sale_requested(self, event: UnwindRequested) -> None:
        check(event.trade_id not in self._over, f"{event.trade_id} sells after its end")
        resting = self._parked | self._restricted
        check(event.user_id not in resting, f"{event.trade_id} sells for a parked account")
        order = event.order
        key = str(event.user_id), order.symbol, order.price, order.quantity
        self._placements[key].append(f"{event.trade_id}/{event.attempt}")
        self._sales[event.trade_id] += 1

    def _leg_closed(self, event: LegClosed) -> None:
        key = event.trade_id, event.leg, event.executed.venue_order_id
        check(key not in self._closed, f"the {event.leg} leg of {event.trade_id} ends twice")
        self._closed.add(key)

    def _trade_over(self, event: TradeOver) -> None:
        check(event.trade_id not in self._over, f"{event.trade_id} ends twice")
        self._over.add(event.trade_id)
        if self._live.get(event.user_id) == event.trade_id:
            del self._live[event.user_id]

    def held_back(self) -> set[int]:
        return self._restricted | {user_id for user_id, _ in self._paused}

    # --- the venue ---

    def placed(self, venue: Venue) -> None:
        """An order has been accepted: was it meant to be, and is it alone?"""
        for account in venue.orders.accounts():
            for order in venue.orders.all_of(account):
                if order.order_id in self._orders_seen:
                    break
                self._orders_seen.add(order.order_id)
                self._check_meant(order, venue)
            self._check_alone(account, venue)

    def _check_meant(self, order: Order, venue: Venue) -> None:
        if order.position == "OTO_PENDING":
            self._check_pending_leg(order, venue)
            return
        meant = self._placements[order.account, order.symbol, order.price, order.quantity]
        check(meant, f"nobody meant order {order.order_id}: {order.side} {order.quantity} at {order.price}")
        meant.pop(0)

    def _check_pending_leg(self, order: Order, venue: Venue) -> None:
        buy = venue.orders.get(order.partner_id)
        meant = self._pending.get((buy.account, buy.symbol, buy.price, buy.quantity)) if buy else None
        price = meant.pending_price if meant else None
        check(order.price == price, f"order {order.order_id} sells at {order.price}, meant was {price}")

    @staticmethod
    def _check_alone(account: str, venue: Venue) -> None:
        live = {order.list_id or order.order_id for order in venue.orders.open_of(account)}
        check(len(live) <= 1, f"account {account} has {len(live)} live placements at the venue: {sorted(live)}")
