"""Order events in words."""

from collections.abc import Callable
from typing import Any

from events.base import Event
from events.executions import (
    FramesAwaited,
    FramesMissed,
    FrameUnreadable,
    OrderClosed,
    OrderExecuted,
    OrderReported,
    ReportIgnored,
)
from events.numbers import plain
from events.orders import (
    CancelAnswered,
    CancelRequested,
    LateFillObserved,
    LegClosed,
    LegTimedOut,
    LookRequested,
    OrderMissing,
    OrdersLookedUp,
    OrdersReconciled,
    OrderUnknown,
    OtoAccepted,
    OtoDenied,
    OtoNotSent,
    OtoRejected,
    OtoRequested,
    OtoUnresolved,
    ReconciliationRequested,
)
from events.unwinds import UnwindAccepted, UnwindEnded, UnwindFailed, UnwindPriced, UnwindRequested, UnwindStarted
from events.values import CLOSED_STATUSES, Commission

LEG_NAMES = {"working": "buy", "pending": "sell", "unwind": "sale of leftover coins"}


def _requested(event: OtoRequested) -> str:
    order = event.order
    return (
        f"{event.trade_id}: decided to buy {plain(order.quantity)} {order.base_asset} ({order.symbol}) at"
        f" {plain(order.working_price)} or better for {plain(order.amount)} {order.quote_asset},"
        f" then to sell at {plain(order.pending_price)} or better"
    )


def _denied(event: OtoDenied) -> str:
    return f"{event.trade_id}: refused by us, nothing was sent: {event.reason}"


def _accepted(event: OtoAccepted) -> str:
    how = "found at the venue" if event.found else "accepted by the venue"
    return f"{event.trade_id}: {how}, buy order {event.working_order_id}, sell order {event.pending_order_id}"


def _rejected(event: OtoRejected) -> str:
    return f"{event.trade_id}: rejected by the venue: {event.message} (code {event.code})"


def _not_sent(event: OtoNotSent) -> str:
    wish = f", to be tried again in {event.retry_after_ms} ms" if event.retry_after_ms else ""
    why = {"unavailable": "the venue could not be reached", "rate_limited": "the venue's rate limit"}[event.reason]
    return f"{event.trade_id}: not sent because of {why}: {event.message}{wish}"


UNACCEPTED: dict[str, str] = {
    "rejected": "refused",
    "rate_limited": "turned away by a rate limit",
    "unauthorised": "refused with the session",
}
"""How a placement was answered that is looked for all the same; any other outcome is unknown."""


def unaccepted(event: OtoUnresolved) -> str:
    """What is known of a placement before the look."""
    said = UNACCEPTED.get(event.outcome)
    return f"placement {said}, believed after a look" if said else "placement of unknown outcome"


def _unresolved(event: OtoUnresolved) -> str:
    said = UNACCEPTED.get(event.outcome)
    what = f"sent, and {said}" if said else "sent, outcome unknown"
    return f"{event.trade_id}: {what}: {event.message}; looking for it at the venue"


def _timed_out(event: LegTimedOut) -> str:
    return f"{event.trade_id}: the {LEG_NAMES[event.leg]} order {event.venue_order_id} was not filled in time"


def _cancel_requested(event: CancelRequested) -> str:
    return f"{event.trade_id}: decided to cancel order {event.venue_order_id}: {event.reason}"


def _cancel_answered(event: CancelAnswered) -> str:
    detail = f": {event.message}" if event.message else ""
    return f"{event.trade_id}: cancel of order {event.venue_order_id} was answered: {event.outcome}{detail}"


def _leg_closed(event: LegClosed) -> str:
    leg = event.executed
    return (
        f"{event.trade_id}: the {LEG_NAMES[event.leg]} ended {leg.order_status},"
        f" {plain(leg.quantity)} for {plain(leg.quote)}"
    )


def _unwind_started(event: UnwindStarted) -> str:
    return f"{event.trade_id}: {plain(event.quantity)} coins are left over and are to be sold: {event.reason}"


def _unwind_priced(event: UnwindPriced) -> str:
    if event.best_bid is None:
        return f"{event.trade_id}: sale {event.attempt} has no price: {event.message}"
    return f"{event.trade_id}: the best bid for sale {event.attempt} is {plain(event.best_bid)}"


def _unwind_requested(event: UnwindRequested) -> str:
    order = event.order
    return (
        f"{event.trade_id}: decided to sell {plain(order.quantity)} {order.base_asset} ({order.symbol}) at"
        f" {plain(order.price)} or better, attempt {event.attempt}"
    )


def _unwind_accepted(event: UnwindAccepted) -> str:
    how = "was found at the venue" if event.found else "was accepted by the venue"
    return f"{event.trade_id}: the sale {how}, order {event.venue_order_id}"


def _unwind_failed(event: UnwindFailed) -> str:
    code = f" ({event.code})" if event.code else ""
    return f"{event.trade_id}: the sale was not accepted, {event.outcome}: {event.message}{code}"


def _unwind_ended(event: UnwindEnded) -> str:
    return f"{event.trade_id}: no further sale is tried, {plain(event.quantity)} coins are left: {event.reason}"


def _look_requested(event: LookRequested) -> str:
    return f"{event.trade_id}: asking the venue what became of the orders: {event.reason}"


def _looked_up(event: OrdersLookedUp) -> str:
    what = "every list was read" if event.complete else "not every list could be read"
    detail = f": {event.message}" if event.message else ""
    return f"{event.trade_id}: the venue was asked what became of the orders, which settled nothing; {what}{detail}"


def _reconciliation_requested(event: ReconciliationRequested) -> str:
    return f"asking the venue for all open orders of {', '.join(event.symbols)}: {event.reason}"


def _reconciled(event: OrdersReconciled) -> str:
    if not event.complete:
        return f"the open orders could not all be read: {event.message}"
    return f"the open orders at the venue were compared with the log: {event.open_orders} open"


def _unknown(event: OrderUnknown) -> str:
    state = "ended" if event.order_status in CLOSED_STATUSES else "open"
    return (
        f"order {event.venue_order_id}: {state} at the venue and unknown to this log, {event.side}"
        f" {plain(event.quantity)} {event.symbol} at {plain(event.price)} ({event.order_status}); it is left alone"
    )


def _missing(event: OrderMissing) -> str:
    return (
        f"{event.trade_id}: order {event.venue_order_id} ({event.symbol}) is open by this log,"
        " and the venue shows it nowhere"
    )


def _frames_awaited(event: FramesAwaited) -> str:
    return f"the venue has news of order {', '.join(event.venue_order_ids)} that the user stream has not brought yet"


def _frames_missed(event: FramesMissed) -> str:
    return f"the user stream did not bring news that the venue has of order {', '.join(event.venue_order_ids)}"


def _late_fill(event: LateFillObserved) -> str:
    return (
        f"{event.trade_id}: the {LEG_NAMES[event.leg]} order {event.executed.venue_order_id} came to"
        f" {plain(event.executed.quantity)} after it had ended: {plain(event.coins)} {event.asset} more than counted"
    )


def _reported(event: OrderReported) -> str:
    fill = f", last fill {plain(event.last_qty)} at {plain(event.last_px)}" if event.last_qty else ""
    return (
        f"order {event.venue_order_id}: the venue reports ({event.source}) {event.side} {event.symbol}"
        f" {event.order_status}, {plain(event.cum_qty)} of {plain(event.quantity)} filled{fill}"
    )


def _ignored(event: ReportIgnored) -> str:
    return f"order {event.venue_order_id}: report {event.execution_id} changed nothing: {event.reason}"


def _unreadable(event: FrameUnreadable) -> str:
    return f"a frame of the user stream could not be understood and was skipped: {event.reason}"


def _executed(event: OrderExecuted) -> str:
    return (
        f"order {event.venue_order_id}: {event.side} {plain(event.last_qty)} {event.symbol} filled at"
        f" {plain(event.last_px)} for {plain(event.last_quote)},"
        f" commission {plain(event.commission)} {event.commission_asset} (execution {event.execution_id})"
    )


def _closed(event: OrderClosed) -> str:
    return (
        f"order {event.venue_order_id}: ended {event.order_status}, {event.side} {plain(event.cum_qty)}"
        f" {event.symbol} for {plain(event.cum_quote)} at {plain(event.avg_px)} on average"
        f"{_commissions(event.commissions)}"
    )


def _commissions(commissions: tuple[Commission, ...]) -> str:
    if not commissions:
        return ""
    return ", commissions " + " + ".join(f"{plain(each.amount)} {each.asset}" for each in commissions)


ORDERS: dict[type[Event], Callable[[Any], str]] = {
    OtoRequested: _requested,
    OtoDenied: _denied,
    OtoAccepted: _accepted,
    OtoRejected: _rejected,
    OtoNotSent: _not_sent,
    OtoUnresolved: _unresolved,
    LegTimedOut: _timed_out,
    CancelRequested: _cancel_requested,
    CancelAnswered: _cancel_answered,
    LegClosed: _leg_closed,
    UnwindStarted: _unwind_started,
    UnwindPriced: _unwind_priced,
    UnwindRequested: _unwind_requested,
    UnwindAccepted: _unwind_accepted,
    UnwindFailed: _unwind_failed,
    UnwindEnded: _unwind_ended,
    LookRequested: _look_requested,
    OrdersLookedUp: _looked_up,
    ReconciliationRequested: _reconciliation_requested,
    OrdersReconciled: _reconciled,
    OrderUnknown: _unknown,
    OrderMissing: _missing,
    FramesAwaited: _frames_awaited,
    FramesMissed: _frames_missed,
    LateFillObserved: _late_fill,
    OrderReported: _reported,
    ReportIgnored: _ignored,
    FrameUnreadable: _unreadable,
    OrderExecuted: _executed,
    OrderClosed: _closed,
}
