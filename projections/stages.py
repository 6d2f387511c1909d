"""What part an event plays in the story of a trade."""

from typing import Any, Literal

from events.base import Event, Recorded
from events.executions import OrderClosed, OrderExecuted, OrderReported, ReportIgnored
from events.inventory import SweepStarted
from events.numbers import plain
from events.orders import (
    CancelAnswered,
    CancelRequested,
    LegClosed,
    LookRequested,
    OrdersLookedUp,
    OtoAccepted,
    OtoNotSent,
    OtoOrder,
    OtoRejected,
    OtoRequested,
    OtoUnresolved,
)
from events.strategies import BatchPlanned, StrategyResumed, StrategyStarted, VolumeChecked
from events.trades import QuoteObserved, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.unwinds import UnwindAccepted, UnwindFailed, UnwindPriced, UnwindRequested
from events.volumes import CreditRateObserved, VolumeObserved

Stage = Literal[
    "terms",
    "volume seen",
    "plan",
    "trade",
    "price",
    "intent",
    "request",
    "reply",
    "frame",
    "look",
    "fill",
    "end",
    "credit",
    "decided",
]
"""`frame` is a report of the user stream, `look` one that was asked for over REST."""

INTENTS = (OtoRequested, UnwindRequested)
UNSENT = (OtoNotSent,)
"""Answers that say that the venue never had the request."""

_STAGES: tuple[tuple[Stage, tuple[type[Event], ...]], ...] = (
    ("terms", (StrategyStarted, StrategyResumed)),
    ("volume seen", (VolumeObserved, VolumeChecked)),
    ("plan", (BatchPlanned,)),
    ("trade", (TradeStarted, SweepStarted)),
    ("price", (QuoteObserved, UnwindPriced)),
    ("intent", INTENTS),
    ("request", (CancelRequested, LookRequested)),
    ("reply", (OtoAccepted, OtoRejected, OtoNotSent, OtoUnresolved, UnwindAccepted, UnwindFailed)),
    ("reply", (CancelAnswered, OrdersLookedUp)),
    ("frame", (ReportIgnored,)),
    ("fill", (OrderExecuted,)),
    ("end", (OrderClosed, LegClosed)),
    ("credit", (TradeCompleted, TradePartlyCompleted, CreditRateObserved)),
)
_BY_KIND: dict[type[Event], Stage] = {kind: stage for stage, kinds in _STAGES for kind in kinds}


def stage_of(event: Event) -> Stage:
    """The part that an event plays in its own trade; whatever has no name of its own was decided."""
    if isinstance(event, OrderReported):
        return "frame" if event.source == "stream" else "look"
    return _BY_KIND.get(type(event), "decided")


def request_in_words(intent: Recorded) -> str:
    """What went to the venue once the intent, one of INTENTS, was durable."""
    return f"sent to the venue after {intent.position} was durable: {_order_in_words(intent.event)}"


def _order_in_words(intent: Event) -> str:
    order: Any = getattr(intent, "order", None)
    if isinstance(order, OtoOrder):
        buy = f"BUY {plain(order.quantity)} {order.symbol} at {plain(order.working_price)}"
        return f"{buy}, then SELL at {plain(order.pending_price)}, as one OTO"
    return f"{order.side} {plain(order.quantity)} {order.symbol} at {plain(order.price)}"
