"""What was asked of the venue and what the venue answered, order by order."""

from decimal import Decimal
from typing import Literal

import msgspec

from events.base import Event
from events.values import Commission, ExecutedLeg, Leg, OrderCount, OrderStatus, Outcome, Side, TradeLeg

NotSentReason = Literal["unavailable", "rate_limited"]
Source = Literal["stream", "rest"]


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


class LegClosed(Event, frozen=True, kw_only=True):
    """The account took note of how a leg of its trade ended; the causation is the tracker's OrderClosed."""

    user_id: int
    trade_id: str
    leg: TradeLeg
    executed: ExecutedLeg


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


class FramesAwaited(Event, frozen=True, kw_only=True):
    """A look showed news of these orders that the user stream has not brought; it has until `until` (ms) to do so."""

    user_id: int
    venue_order_ids: tuple[str, ...]
    until: int


class FramesMissed(Event, frozen=True, kw_only=True):
    """The user stream did not bring in time what the venue has of these orders: it delivers nothing."""

    user_id: int
    venue_order_ids: tuple[str, ...]


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


NO_AMOUNT = Decimal(0)
"""What is 0 in a report. Only this very object is left out of the JSON."""


class OrderReported(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The venue's report as received; made by `events.reports.order_reported`.

    `raw` is its JSON text without the subscription's name, which is a secret. It is a JSON string, which is not read
    with the event but where somebody wants it, by `events.reports.text_of`: few do, and it is long.

    `execution_id` is unique for each stream frame and for each fill; 0 where the venue gave none (an order row
    over REST). Times are the venue's, in ms.
    """

    user_id: int
    source: Source
    venue_order_id: str
    order_list_id: str | None
    leg: Leg | None
    symbol: str
    side: Side
    order_status: OrderStatus
    execution_type: str
    price: Decimal
    quantity: Decimal
    last_qty: Decimal = NO_AMOUNT
    last_px: Decimal = NO_AMOUNT
    last_quote: Decimal = NO_AMOUNT
    cum_qty: Decimal = NO_AMOUNT
    cum_quote: Decimal = NO_AMOUNT
    avg_px: Decimal = NO_AMOUNT
    commission: Decimal = NO_AMOUNT
    commission_asset: str | None
    execution_id: int
    match_id: str
    created_time: int
    transact_time: int
    raw: msgspec.Raw


class ReportIgnored(Event, frozen=True, kw_only=True):
    """A report that changed nothing: a duplicate, or older than what is known."""

    user_id: int
    venue_order_id: str
    execution_id: int
    reason: str


class FrameUnreadable(Event, frozen=True, kw_only=True):
    """A frame of the user stream that could not be understood, kept for inspection and skipped."""

    user_id: int
    reason: str
    raw: str


class OrderExecuted(Event, frozen=True, kw_only=True):
    """A fill, counted once by `execution_id`."""

    user_id: int
    venue_order_id: str
    symbol: str
    side: Side
    execution_id: int
    match_id: str
    last_qty: Decimal
    last_px: Decimal
    last_quote: Decimal
    commission: Decimal
    commission_asset: str


class OrderClosed(Event, frozen=True, kw_only=True):
    """An order reached its end; every fill that it had is counted in these totals."""

    user_id: int
    venue_order_id: str
    symbol: str
    side: Side
    order_status: OrderStatus
    cum_qty: Decimal
    cum_quote: Decimal
    avg_px: Decimal
    commissions: tuple[Commission, ...]
