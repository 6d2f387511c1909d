"""A decision in the making: what has been decided so far is folded at once, so that the next step sees it. Pure."""

from decimal import Decimal
from typing import Any, TypeVar

from msgspec.structs import replace

from actors.deciders.coins import distinct
from actors.messages import Command, Decision
from events.base import Event
from events.numbers import payment_amount
from events.orders import LimitOrder, OtoOrder
from projections.states.user import StrategyState, TradeState, UserState, apply

# Positions are given by the journal. A draft's state is thrown away, so any value will do.
NO_POSITION = 0

OrderT = TypeVar("OrderT", OtoOrder, LimitOrder)


class Draft:
    """Collects the events and commands of one decision of a UserActor. Lives no longer than the call to `decide`."""

    def __init__(self, state: UserState, now: int) -> None:
        self.state = state
        self.now = now
        self.events: list[Event] = []
        self.commands: list[Command] = []

    def record(self, *events: Event) -> None:
        for event in events:
            self.events.append(event)
            self.state = apply(self.state, event, NO_POSITION, self.now)

    def command(self, *commands: Command) -> None:
        self.commands.extend(commands)

    def trade(self, trade_id: str) -> TradeState | None:
        """The trade in hand, if it is this one."""
        trade = self.state.trade
        return trade if trade is not None and trade.trade_id == trade_id else None

    def strategy(self, strategy_id: str) -> StrategyState | None:
        return self.state.strategies.get(strategy_id)

    def ids(self, trade: TradeState) -> dict[str, Any]:
        """The fields that every event of a trade's placement carries."""
        return {"user_id": self.state.user_id, "strategy_id": trade.strategy_id, "trade_id": trade.trade_id}

    def recognisable(self, order: OrderT, step: Decimal) -> OrderT:
        """The order with a (price, quantity) pair that no recent placement of the account has."""
        if isinstance(order, OtoOrder):
            price = order.working_price
            quantity = distinct(order.symbol, price, order.quantity, step, self.state.placements)
            return replace(order, quantity=quantity, amount=payment_amount(price, quantity))
        quantity = distinct(order.symbol, order.price, order.quantity, step, self.state.placements)
        return replace(order, quantity=quantity)

    def decision(self, before: UserState) -> Decision:
        trade = before.trade or self.state.trade
        return Decision(
            events=tuple(self.events),
            commands=tuple(self.commands),
            correlation_id=trade.trade_id if trade else "",
        )
