"""What is said of orders."""

from events.base import Event
from events.executions import FramesMissed
from events.numbers import plain
from events.orders import (
    LateFillObserved,
    LegClosed,
    LegTimedOut,
    OrderMissing,
    OrdersReconciled,
    OrderUnknown,
    OtoAccepted,
    OtoNotSent,
    OtoRejected,
    OtoUnresolved,
)
from events.unwinds import UnwindEnded, UnwindStarted
from events.values import CLOSED_STATUSES
from projections.sayings.saying import Running, Said, Saying, because
from projections.words.orders import LEG_NAMES, unaccepted


def _leg_closed(event: LegClosed, _running: Running) -> Said:
    leg = event.executed
    fields: dict[str, str | int] = {
        "order_id": leg.venue_order_id,
        "status": leg.order_status,
        "quote": plain(leg.quote),
    }
    return "debug", f"{LEG_NAMES[event.leg]} closed", fields


def _placed(event: OtoAccepted, _running: Running) -> Said:
    fields: dict[str, str | int] = {
        "working_order_id": event.working_order_id,
        "pending_order_id": event.pending_order_id,
    }
    return "debug", "OTO order placed", fields


def _timed_out(event: LegTimedOut, _running: Running) -> Said:
    return "warning", f"{LEG_NAMES[event.leg]} timed out", {"order_id": event.venue_order_id}


def _unresolved(event: OtoUnresolved, _running: Running) -> Said:
    return "warning", unaccepted(event), {"reason": event.message}


def _reconciled(event: OrdersReconciled, _running: Running) -> Said:
    if event.complete:
        return "debug", "open orders compared with the log", {"open_orders": event.open_orders}
    return "warning", "open orders could not be read", {"reason": event.message}


def _order_unknown(event: OrderUnknown, _running: Running) -> Said:
    fields: dict[str, str | int] = {"symbol": event.symbol, "side": event.side, "price": plain(event.price)}
    fields |= {"quantity": plain(event.quantity), "order_id": event.venue_order_id}
    state = "an executed order" if event.order_status in CLOSED_STATUSES else "an open order"
    return "warning", f"{state} at the venue that is not ours is left alone", fields


def _late_fill(event: LateFillObserved, _running: Running) -> Said:
    fields: dict[str, str | int] = {"order_id": event.executed.venue_order_id, "coins": plain(event.coins)}
    return "warning", f"{LEG_NAMES[event.leg]} filled after its end", fields


def _frames_missed(event: FramesMissed, _running: Running) -> Said:
    return "warning", "user stream is silent", {"order_id": ", ".join(event.venue_order_ids)}


ORDERS: dict[type[Event], Saying] = {
    OtoAccepted: _placed,
    LegClosed: _leg_closed,
    LegTimedOut: _timed_out,
    OtoRejected: because("warning", "placement rejected by the venue", "code", "message"),
    OtoNotSent: because("warning", "placement not sent", "message"),
    OrdersReconciled: _reconciled,
    OrderUnknown: _order_unknown,
    OrderMissing: because("warning", "the venue does not show our order", "venue_order_id", "symbol"),
    LateFillObserved: _late_fill,
    FramesMissed: _frames_missed,
    OtoUnresolved: _unresolved,
    UnwindStarted: because("info", "selling leftover coins", "trade_id", "quantity", "reason"),
    UnwindEnded: because("warning", "leftover coins not sold", "trade_id", "quantity", "reason"),
}
