"""From the venue's reports to what an account's orders came to. Pure.

A fill counts once, by its execution id, whether the stream or a look over REST brings it, in whatever order. An order
is closed when its status says so and the fills counted add up to the venue's cumulative quantity: so totals are
complete when OrderClosed is recorded, and reports may arrive in any order with the same result.
"""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal

from actors.messages.base import Decision, Message, TellUser, Tick
from actors.messages.orders import FrameRefused, OrderEnded, OrdersSeen, ReportReceived, WatchOrders
from actors.messages.placements import FindInFrames, FindOrder, OrderAnswered, OtoAnswered
from actors.messages.streams import StreamSilent
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
from events.reports import ExecutionReport, Fill, OrderSnapshot, order_reported
from projections.states.orders import OrdersState, OrderState, all_orders, apply, complete, order_of, outdated

AVERAGE_STEP = Decimal("0.000000001")
NO_POSITION = 0
# Frames came within 0.2 s of what they report (venue protocol notes, 5.2); one that is not here by then will not come.
PUSH_DELAY_MS = 1_000
ZERO = Decimal(0)


def next_deadline(state: OrdersState) -> int | None:
    """When the stream must have brought what a look has shown (ms); the trade's owner watches all other times."""
    return min(state.awaited.values(), default=None)


class _Draft:
    """The events of one decision, folded as they are decided."""

    def __init__(self, state: OrdersState, user_id: int) -> None:
        self.state = state
        self.user_id = user_id
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)
        self.state = apply(self.state, event, NO_POSITION)

    def order(self, venue_order_id: str) -> OrderState | None:
        return order_of(self.state, venue_order_id)

    def close_if_complete(self, venue_order_id: str) -> None:
        """Record the end of an order, again where a late fill changed what it came to."""
        order = self.order(venue_order_id)
        if order is None or not complete(order):
            return
        closed = _closed(order, self.user_id)
        if closed != order.closed:
            self.record(closed)


def decide(state: OrdersState, message: Message, now: int) -> Decision:
    draft = _Draft(state, state.user_id)
    match message:
        case ReportReceived():
            _report_received(draft, message.report)
        case FrameRefused():
            draft.record(FrameUnreadable(user_id=state.user_id, reason=message.frame.reason, raw=message.frame.raw))
        case OrdersSeen():
            _orders_seen(draft, message, now)
        case Tick():
            return _frames_missed(state, now)
        case FindOrder(wanted=wanted):
            return Decision(commands=_found(state, wanted))
        case WatchOrders():
            return Decision(commands=tuple(_ended(state, message)))
        case _:
            pass
    return Decision(events=tuple(draft.events))


def _found(state: OrdersState, wanted: FindInFrames) -> tuple[TellUser, ...]:
    """The placement of these values that is nobody else's, if the stream has brought one (venue protocol notes, 14)."""
    for order in all_orders(state):
        same = (order.symbol, order.side, order.price, order.quantity) == (
            *(wanted.symbol, wanted.side, wanted.price, wanted.quantity),
        )
        new = order.heard_at > wanted.after and order.venue_order_id not in wanted.known_order_ids
        if same and new and order.leg != "pending":
            return (TellUser(message=_answer(state, wanted, order)),)
    return ()


def _answer(state: OrdersState, wanted: FindInFrames, order: OrderState) -> Message:
    if wanted.attempt is not None:
        return OrderAnswered(
            trade_id=wanted.trade_id, attempt=wanted.attempt, venue_order_id=order.venue_order_id, found=True
        )
    return OtoAnswered(
        trade_id=wanted.trade_id,
        working_order_id=order.venue_order_id,
        pending_order_id=pending_leg_of(order, all_orders(state)),
        found=True,
    )


def pending_leg_of(working: OrderState | OrderSnapshot, others: Iterable[OrderState | OrderSnapshot]) -> str:
    """A leg that still waits may be in no list; a pair's ids were always consecutive (venue protocol notes, 6.4)."""
    for order in others:
        if order is not working and order.order_list_id is not None and order.order_list_id == working.order_list_id:
            return order.venue_order_id
    return str(int(working.venue_order_id) + 1)


def _report_received(draft: _Draft, report: ExecutionReport) -> None:
    order = draft.order(report.venue_order_id)
    known = order is not None and report.execution_id in order.execution_ids
    if known or (order is not None and _changes_nothing(order, report)):
        reason = "seen before" if known else "older than what is known"
        draft.record(
            ReportIgnored(
                user_id=draft.user_id,
                venue_order_id=report.venue_order_id,
                execution_id=report.execution_id,
                reason=reason,
            )
        )
        return
    draft.record(order_reported(draft.user_id, "stream", report))
    if report.execution_type == "TRADE" and report.last_qty > ZERO:
        draft.record(_executed(draft.user_id, report, report.commission_asset or ""))
    draft.close_if_complete(report.venue_order_id)


def _changes_nothing(order: OrderState, report: ExecutionReport) -> bool:
    is_fill = report.execution_type == "TRADE" and report.last_qty > ZERO
    return not is_fill and outdated(order, report.order_status, report.cum_qty)


def _frames_missed(state: OrdersState, now: int) -> Decision:
    late = tuple(key for key, until in state.awaited.items() if until <= now)
    if not late:
        return Decision()
    missed = FramesMissed(user_id=state.user_id, venue_order_ids=late)
    return Decision(events=(missed,), commands=(TellUser(message=StreamSilent()),))


def _orders_seen(draft: _Draft, message: OrdersSeen, now: int) -> None:
    for row in message.orders:
        order = draft.order(row.venue_order_id)
        if order is None or _is_news(order, row):
            draft.record(_seen(draft.user_id, row))
    for fill in message.fills:
        order = draft.order(fill.venue_order_id)
        if order is not None and fill.execution_id not in order.execution_ids:
            draft.record(_executed(draft.user_id, fill, fill.commission_asset))
    news = tuple(dict.fromkeys(e.venue_order_id for e in draft.events if isinstance(e, OrderReported)))
    if message.expects_frames and news:
        draft.record(FramesAwaited(user_id=draft.user_id, venue_order_ids=news, until=now + PUSH_DELAY_MS))
    for venue_order_id in dict.fromkeys(row.venue_order_id for row in message.orders):
        draft.close_if_complete(venue_order_id)


def _is_news(order: OrderState, row: OrderSnapshot) -> bool:
    if outdated(order, row.order_status, row.cum_qty):
        return False
    return (order.order_status, order.reported_qty) != (row.order_status, row.cum_qty)


def _ended(state: OrdersState, message: WatchOrders) -> list[TellUser]:
    orders = (order_of(state, key) for key in message.venue_order_ids)
    return [
        TellUser(message=OrderEnded(cause=o.closed_at, position=o.closed_at, closed=o.closed))
        for o in orders
        if o is not None and o.closed is not None
    ]


def _closed(order: OrderState, user_id: int) -> OrderClosed:
    average = order.cum_quote / order.cum_qty if order.cum_qty else ZERO
    return OrderClosed(
        user_id=user_id,
        venue_order_id=order.venue_order_id,
        symbol=order.symbol,
        side=order.side,
        order_status=order.order_status,
        cum_qty=order.cum_qty,
        cum_quote=order.cum_quote,
        # Truncated, as the venue does (venue protocol notes, 8.5).
        avg_px=average.quantize(AVERAGE_STEP, rounding=ROUND_DOWN),
        commissions=order.commissions,
    )


def _executed(user_id: int, fill: ExecutionReport | Fill, commission_asset: str) -> OrderExecuted:
    return OrderExecuted(
        user_id=user_id,
        venue_order_id=fill.venue_order_id,
        symbol=fill.symbol,
        side=fill.side,
        execution_id=fill.execution_id,
        match_id=fill.match_id,
        last_qty=fill.last_qty,
        last_px=fill.last_px,
        last_quote=fill.last_quote,
        commission=fill.commission,
        commission_asset=commission_asset,
    )


def _seen(user_id: int, row: OrderSnapshot) -> OrderReported:
    """An order row: it shows where the order stands, and no fill of its own."""
    report = ExecutionReport(
        venue_order_id=row.venue_order_id,
        order_list_id=row.order_list_id,
        leg=row.leg,
        symbol=row.symbol,
        side=row.side,
        order_status=row.order_status,
        execution_type="",
        price=row.price,
        quantity=row.quantity,
        last_qty=ZERO,
        last_px=ZERO,
        last_quote=ZERO,
        cum_qty=row.cum_qty,
        cum_quote=row.cum_quote,
        avg_px=row.avg_px,
        commission=ZERO,
        commission_asset=None,
        execution_id=0,
        match_id="",
        created_time=row.created_time,
        transact_time=row.update_time,
        raw=row.raw,
    )
    return order_reported(user_id, "rest", report)
