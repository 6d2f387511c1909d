"""How leftover coins of a trade are sold at the current book."""

from decimal import Decimal

from events.base import Event
from events.orders import LimitOrder
from events.values import Outcome


class UnwindStarted(Event, frozen=True, kw_only=True):
    """Coins are left over that can be sold: a plain sale at the current book begins. `quantity` is what is held."""

    user_id: int
    strategy_id: str
    trade_id: str
    quantity: Decimal
    reason: str


class UnwindPriced(Event, frozen=True, kw_only=True):
    """How an attempt at a price went: the best bid seen, or why there was none. `attempt` counts from 1."""

    user_id: int
    trade_id: str
    attempt: int
    best_bid: Decimal | None
    message: str = ""


class UnwindRequested(Event, frozen=True, kw_only=True):
    """The intent to sell leftover coins, durable before anything is sent."""

    user_id: int
    strategy_id: str
    trade_id: str
    attempt: int
    order: LimitOrder


class UnwindAccepted(Event, frozen=True, kw_only=True):
    """The venue has the sale. `found` says that we learned it by looking, not from the reply."""

    user_id: int
    trade_id: str
    venue_order_id: str
    found: bool = False


class UnwindFailed(Event, frozen=True, kw_only=True):
    """The sale was not accepted: it is searched for, unless it was never sent or is known not to exist (`settled`)."""

    user_id: int
    trade_id: str
    outcome: Outcome
    code: str
    message: str
    settled: bool = False


class UnwindEnded(Event, frozen=True, kw_only=True):
    """No further sale is tried for this trade; what is left is recorded as dust or as held."""

    user_id: int
    trade_id: str
    quantity: Decimal
    reason: str
