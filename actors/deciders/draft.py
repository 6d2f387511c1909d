"""A decision in the making: what has been decided so far is folded at once, so that the next step sees it. Pure."""

from functools import partial
from typing import Any, TypeVar

from msgspec.structs import replace

from actors.deciders.coins import distinct
from actors.deciders.filters import is_enough, is_enough_for_both
from actors.messages.base import Command, Decision
from actors.messages.orders import CancelOrder, LookUpOrders, ReconcileOrders
from actors.messages.placements import PlaceOrder, PlaceOto, SearchOrder, SearchOto
from actors.messages.prices import FetchBook, FetchQuote
from actors.messages.streams import EnsureStream
from actors.messages.volumes import QueryVolume
from events.accounts import CallHeldBack
from events.base import Event
from events.numbers import payment_amount
from events.orders import LimitOrder, OtoOrder
from events.values import HeldCall, SymbolRules
from projections.states.user import StrategyState, TradeState, UserState, apply, recent_placements

# Positions are given by the journal. A draft's state is thrown away, so any value will do.
NO_POSITION = 0

CALLS_THAT_WAIT: dict[type[Command], HeldCall] = {
    CancelOrder: "cancel",
    LookUpOrders: "look",
    SearchOto: "search",
    SearchOrder: "search",
    FetchBook: "book",
    ReconcileOrders: "comparison",
    QueryVolume: "volume",
}
"""What is asked of the venue in a trade's course, and asked anew when it may be asked again."""

CALLS: tuple[type[Command], ...] = (*CALLS_THAT_WAIT, FetchQuote, PlaceOto, PlaceOrder, EnsureStream)
"""All that is asked of the venue for the account."""

OrderT = TypeVar("OrderT", OtoOrder, LimitOrder)


class Draft:
    """Collects the events and commands of one decision of a UserActor. Lives no longer than the call to `decide`.

    `granted` is the strategy whose turn on its symbol has come with this decision's message.
    """

    def __init__(self, state: UserState, now: int) -> None:
        self.state = state
        self.now = now
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.granted = ""

    def record(self, *events: Event) -> None:
        for event in events:
            self.events.append(event)
            self.state = apply(self.state, event, NO_POSITION, self.now)

    @property
    def quiet(self) -> bool:
        """Whether the venue wants to be left in peace."""
        return self.now < self.state.quiet_until

    def command(self, *commands: Command) -> None:
        """The one gate before the venue: a parked account asks nothing, and a quieted one later.

        What was meant is in the log; the next run, or the end of the quiet, takes it up.
        """
        for command in commands:
            call = CALLS_THAT_WAIT.get(type(command))
            if not self.may_ask(type(command)):
                continue
            if call is not None and self.quiet:
                self.hold_back(call, command)
            else:
                self.commands.append(command)

    def may_ask(self, kind: type[Command]) -> bool:
        """Of a venue that wants to see the account's owner, an open order's cancel is asked where the terms say so."""
        if not self.state.parked or not issubclass(kind, CALLS):
            return True
        terms = self.state.trade.terms if self.state.trade is not None else None
        wanted = self.state.restricted and terms is not None and terms.on_restriction == "cancel"
        return wanted and kind is CancelOrder

    def hold_back(self, call: HeldCall, subject: Command | TradeState) -> None:
        """Not before the venue may be asked again; `subject` names the trade or the strategy, if it has one."""
        self.record(
            CallHeldBack(
                user_id=self.state.user_id,
                call=call,
                until=self.state.quiet_until,
                trade_id=getattr(subject, "trade_id", ""),
                strategy_id=getattr(subject, "strategy_id", "") if call == "volume" else "",
            )
        )

    def trade(self, trade_id: str) -> TradeState | None:
        """The trade in hand, if it is this one."""
        trade = self.state.trade
        return trade if trade is not None and trade.trade_id == trade_id else None

    def strategy(self, strategy_id: str) -> StrategyState | None:
        return self.state.strategies.get(strategy_id)

    def ids(self, trade: TradeState) -> dict[str, Any]:
        """The fields that every event of a trade's placement carries."""
        return {"user_id": self.state.user_id, "strategy_id": trade.strategy_id, "trade_id": trade.trade_id}

    def recognisable(self, order: OrderT, rules: SymbolRules) -> OrderT:
        """The order with a (price, quantity) pair that no recent placement of the account has."""
        placements = recent_placements(self.state)
        if isinstance(order, OtoOrder):
            both = partial(is_enough_for_both, order=order, rules=rules)
            quantity = distinct(order.working_price, order.quantity, both, rules, placements)
            return replace(order, quantity=quantity, amount=payment_amount(order.working_price, quantity))
        enough = partial(is_enough, price=order.price, rules=rules)
        return replace(order, quantity=distinct(order.price, order.quantity, enough, rules, placements))

    def decision(self, before: UserState) -> Decision:
        trade = before.trade or self.state.trade
        return Decision(
            events=tuple(self.events),
            commands=tuple(self.commands),
            correlation_id=trade.trade_id if trade else "",
        )
