"""What the tracker makes of the venue's reports: an account's orders, their fills and their ends."""

from decimal import Decimal
from typing import Literal

import msgspec

from events.base import Event
from events.values import Commission, Leg, OrderStatus, Side

Source = Literal["stream", "rest"]

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


class FramesAwaited(Event, frozen=True, kw_only=True):
    """A look showed news of these orders that the user stream has not brought; it has until `until` (ms) to do so."""

    user_id: int
    venue_order_ids: tuple[str, ...]
    until: int


class FramesMissed(Event, frozen=True, kw_only=True):
    """The user stream did not bring in time what the venue has of these orders: it delivers nothing."""

    user_id: int
    venue_order_ids: tuple[str, ...]


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
