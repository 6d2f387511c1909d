"""What an event is about: which account, strategy, trade and orders.

An order's own events name no trade; the venue's answer to the trade's placement names the order.
"""

from collections.abc import Iterator
from typing import Any

from events.base import Event, Recorded
from events.inventory import SweepStarted
from events.orders import OtoAccepted
from events.strategies import StrategyResumed, StrategyStarted
from events.trades import TradeStarted
from events.unwinds import UnwindAccepted
from events.values import ExecutedLeg
from projections.words import account_of

NAMING = (StrategyStarted, StrategyResumed, TradeStarted, SweepStarted, OtoAccepted, UnwindAccepted)
"""Events that say to whom something belongs: a token to a strategy, a trade to a strategy, an order to a trade."""


STREAMS = ("connection", "orders", "user", "volume")
"""The kinds of an account's streams: `user-1` is one of account 1."""


def account(recorded: Recorded) -> int | None:
    """The account that a recorded event concerns. Of an event of unknown kind its stream tells: user-1, orders-1."""
    found = account_of(recorded.event)
    if found is not None:
        return found
    number = recorded.stream.rpartition("-")[2]
    return int(number) if number.isdecimal() else None


def orders_of(event: Event) -> tuple[str, ...]:
    """The venue's ids of all orders that an event names."""
    fields: Any = event
    names = ("venue_order_id", "working_order_id", "pending_order_id")
    single = [getattr(fields, name) for name in names if hasattr(fields, name)]
    return (*single, *getattr(fields, "venue_order_ids", ()), *(leg.venue_order_id for leg in _legs(fields)))


def _legs(event: Any) -> Iterator[ExecutedLeg]:
    yield from (leg for name in ("executed", "buy", "sell") if (leg := getattr(event, name, None)) is not None)
    yield from getattr(event, "unwinds", ())


def statuses_of(event: Event) -> tuple[str, ...]:
    """The statuses, of a strategy or of an order, that an event tells."""
    own = [getattr(event, name) for name in ("status", "order_status") if hasattr(event, name)]
    return (*own, *(leg.order_status for leg in _legs(event)))


class Subjects:
    """Who belongs to whom, as far as the log has been read."""

    def __init__(self) -> None:
        self.accounts: set[int] = set()
        self._tokens: dict[tuple[int, str], set[str]] = {}
        self._strategies: dict[tuple[int, str], str] = {}
        self._trades: dict[tuple[int, str], str] = {}

    def learn(self, event: Event) -> None:
        """Take in one of NAMING; others say nothing new."""
        if isinstance(event, StrategyStarted | StrategyResumed):
            terms = event.terms
            self.accounts.add(terms.user_id)
            self._tokens.setdefault((terms.user_id, terms.strategy_id), set()).add(terms.ticker)
        elif isinstance(event, TradeStarted | SweepStarted):
            self._strategies[event.user_id, event.trade_id] = event.strategy_id
        elif isinstance(event, OtoAccepted | UnwindAccepted):
            for order in orders_of(event):
                self._trades[event.user_id, order] = event.trade_id

    @property
    def strategies(self) -> set[str]:
        return {strategy for _, strategy in self._tokens}

    @property
    def tokens(self) -> set[str]:
        return set().union(*self._tokens.values())

    def has_trade(self, trade_id: str) -> bool:
        """Whether a trade of this id has begun."""
        return any(trade == trade_id for _, trade in self._strategies)

    def accounts_of(self, name: str) -> set[int]:
        """Accounts with a trade or an order of this id."""
        return {user for user, each in (*self._strategies, *self._trades) if each == name}

    def strategy_of_trade(self, user: int, trade_id: str) -> str:
        """Empty where nothing is known of it."""
        return self._strategies.get((user, trade_id), "")

    def trade_of_order(self, user: int, venue_order_id: str) -> str:
        """Empty where nothing is known of it."""
        return self._trades.get((user, venue_order_id), "")

    def trades(self, recorded: Recorded) -> set[str]:
        """The trades that an event is about: by its own word, by its orders, or else as a part of their decisions."""
        user, event = account(recorded), recorded.event
        if user is None:
            return set()
        named = {getattr(event, "trade_id", ""), *(self._trades.get((user, order), "") for order in orders_of(event))}
        found = {trade for trade in named if (user, trade) in self._strategies}
        return found or self._decided_within(user, recorded)

    def _decided_within(self, user: int, recorded: Recorded) -> set[str]:
        """An account decides for all its strategies while a trade is in hand; what names another one is not of it."""
        trade = recorded.meta.correlation_id
        strategy = self._strategies.get((user, trade))
        return {trade} if strategy and getattr(recorded.event, "strategy_id", strategy) == strategy else set()

    def strategies_of(self, recorded: Recorded) -> set[str]:
        """The strategies that an event is about."""
        user, event = account(recorded), recorded.event
        if user is None:
            return set()
        terms = getattr(event, "terms", None)
        named = {getattr(event, "strategy_id", ""), getattr(terms, "strategy_id", ""), recorded.meta.correlation_id}
        named |= {self._strategies[user, trade] for trade in self.trades(recorded)}
        return {strategy for strategy in named if (user, strategy) in self._tokens}

    def tokens_of(self, recorded: Recorded) -> set[str]:
        """The tokens that an event is about."""
        event, user = recorded.event, account(recorded)
        named = {getattr(event, "ticker", ""), *(each.ticker for each in getattr(event, "tokens", ()))}
        if user is not None:
            named = named.union(*(self._tokens[user, strategy] for strategy in self.strategies_of(recorded)))
        return named - {""}

    def is_of_nobody(self, recorded: Recorded) -> bool:
        """Whether it is about an order of which no trade is known (yet)."""
        user = account(recorded)
        orders = orders_of(recorded.event)
        return user is not None and bool(orders) and not any((user, order) in self._trades for order in orders)
