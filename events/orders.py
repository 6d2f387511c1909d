"""What was asked of the venue and what the venue answered, order by order."""

from decimal import Decimal
from typing import Literal

import msgspec

from events.base import Event
from events.values import ExecutedLeg, OrderCount, OrderStatus, Outcome, Side, TradeLeg

NotSentReason = Literal["unavailable", "rate_limited"]


class OtoOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A placement: buy `quantity` at `working_price` or better; when that is filled, sell at `pending_price` or better.

    `amount` is price x quantity truncated to 8 decimals (venue protocol notes, 6.3).
    """

    symbol: str
    base_asset: str
    quote_asset: str
    working_price: Decimal
    quantity: Decimal
    amount: Decimal
    pending_price: Decimal


class LimitOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A plain limit order."""

    symbol: str
    base_asset: str
    quote_asset: str
    side: Side
    price: Decimal
    quantity: Decimal


class OtoRequested(Event, frozen=True, kw_only=True):
    """The intent to place, durable before anything is sent."""

    user_id: int
    strategy_id: str
    trade_id: str
    order: OtoOrder


class OtoDenied(Event, frozen=True, kw_only=True):
    """We refused to place; nothing was sent."""

    user_id: int
    strategy_id: str
    trade_id: str
    reason: str


class OtoAccepted(Event, frozen=True, kw_only=True):
    """The venue has both legs. `found` says that we learned it by looking, not from the reply."""

    user_id: int
    strategy_id: str
    trade_id: str
    working_order_id: str
    pending_order_id: str
    found: bool = False


class OtoRejected(Event, frozen=True, kw_only=True):
    """The venue refused; it holds no order of this placement."""

    user_id: int
    strategy_id: str
    trade_id: str
    code: str
    message: str


class OtoNotSent(Event, frozen=True, kw_only=True):
    """The request never left, or the venue turned it away unread. `retry_after_ms` is the venue's wish, 0 if none."""

    user_id: int
    strategy_id: str
    trade_id: str
    reason: NotSentReason
    message: str
    retry_after_ms: int = 0


class OtoUnresolved(Event, frozen=True, kw_only=True):
    """Sent, and not accepted: settled only by looking, never by sending again.

    A refusal is not believed before a look: venues have been seen to answer with an error and to hold the order. Then
    `outcome` and `code` are those of the refusal.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    message: str
    outcome: Outcome = "unknown"
    code: str = ""


class LegTimedOut(Event, frozen=True, kw_only=True):
    """An order was still open when its time was up; its cancel is requested with this event."""

    user_id: int
    strategy_id: str
    trade_id: str
    leg: TradeLeg
    venue_order_id: str


class LegClosed(Event, frozen=True, kw_only=True):
    """The account took note of how a leg of its trade ended; the causation is the tracker's OrderClosed."""

    user_id: int
    trade_id: str
    leg: TradeLeg
    executed: ExecutedLeg


class LateFillObserved(Event, frozen=True, kw_only=True):
    """An order that had ended came to something else than what was noted; `executed` are its totals now.

    `coins` is what the account has more of the base asset than was counted, less where it sold more; `wear` is what it
    lost more by it, with held coins at their value in the books; 0 while the trade is in hand, which books it when it
    is over.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    leg: TradeLeg
    executed: ExecutedLeg
    asset: str
    coins: Decimal
    wear: Decimal


class CancelRequested(Event, frozen=True, kw_only=True):
    """The intent to cancel an order, durable before anything is sent."""

    user_id: int
    trade_id: str
    venue_order_id: str
    reason: str


class CancelAnswered(Event, frozen=True, kw_only=True):
    """How the cancel call ended. It never proves the order's end: a look does."""

    user_id: int
    trade_id: str
    venue_order_id: str
    outcome: Literal["accepted", "rejected", "unavailable", "rate_limited", "unknown", "unauthorised"]
    message: str = ""


class LookRequested(Event, frozen=True, kw_only=True):
    """The venue is asked over REST what became of a trade's orders."""

    user_id: int
    trade_id: str
    reason: str


class OrdersLookedUp(Event, frozen=True, kw_only=True):
    """A look over REST ended without settling the trade. `complete` says that every read succeeded."""

    user_id: int
    trade_id: str
    complete: bool
    message: str


class ReconciliationRequested(Event, frozen=True, kw_only=True):
    """The venue is asked for the open orders of these symbols and for the orders in hand.

    `resumes` says that the user stream is up again and trading waits for the answer.
    """

    user_id: int
    reason: str
    symbols: tuple[str, ...]
    resumes: bool


class OrdersReconciled(Event, frozen=True, kw_only=True):
    """The answer was compared with the log. `complete` says that every read succeeded; `message` says what did not.

    `others` counts the open orders that are not ours.
    """

    user_id: int
    complete: bool
    open_orders: int
    message: str = ""
    others: tuple[OrderCount, ...] = ()


class OrderUnknown(Event, frozen=True, kw_only=True):
    """An order is open at the venue, or has executed `cum_qty` there, that this log does not know.

    It may be the owner's own: it is never touched. Where only the stream told of its end, `price` and `quantity` are
    what it executed, and `created_time` is 0.
    """

    user_id: int
    venue_order_id: str
    symbol: str
    side: Side
    order_status: OrderStatus
    price: Decimal
    quantity: Decimal
    created_time: int
    cum_qty: Decimal = Decimal(0)


class OrderMissing(Event, frozen=True, kw_only=True):
    """An order is open by this log, and the venue shows it nowhere although every list was read."""

    user_id: int
    trade_id: str
    venue_order_id: str
    symbol: str
