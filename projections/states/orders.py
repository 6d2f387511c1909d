"""What an OrderTracker knows of an account's orders: a fold of its own stream. Total."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain, islice
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from events.base import Event, Recorded
from events.executions import FramesAwaited, FramesMissed, OrderClosed, OrderExecuted, OrderReported, ReportIgnored
from events.values import CLOSED_STATUSES, Commission, Leg, OrderStatus, Side

T = TypeVar("T")
ZERO = Decimal(0)
# Late or repeated reports of an order come soon after its end; older closed orders are forgotten, a few at a time.
CLOSED_ORDERS_KEPT = 64
CLOSED_AT_A_TIME = 8


class OrderState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order. `reported_qty` is the venue's cumulative figure, `cum_qty` the sum of the fills counted here.

    `execution_ids` holds those of frames and fills alike, each counted once. `price`, `quantity`, `leg` and
    `order_list_id` are what a placement of ours is recognised by. `heard_at` is where in the log it was first heard of.
    """

    venue_order_id: str
    symbol: str
    side: Side
    order_status: OrderStatus
    reported_qty: Decimal
    heard_at: int = 0
    price: Decimal = ZERO
    quantity: Decimal = ZERO
    leg: Leg | None = None
    order_list_id: str | None = None
    cum_qty: Decimal = ZERO
    cum_quote: Decimal = ZERO
    commissions: tuple[Commission, ...] = ()
    execution_ids: tuple[int, ...] = ()
    closed: OrderClosed | None = None
    closed_at: int = 0


class OrdersState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account's open orders, and the last ones that closed, by venue_order_id in the order of their ends.

    Those that closed last are in `newly_closed`, until they are `CLOSED_AT_A_TIME`. So what an event copies is small:
    the many closed orders stay as they are but for one end in so many. `awaited` are the orders of which the stream
    still has to bring news, with the time by which it has to (ms).
    """

    user_id: int = 0
    open_orders: dict[str, OrderState] = {}
    newly_closed: dict[str, OrderState] = {}
    closed_orders: dict[str, OrderState] = {}
    awaited: dict[str, int] = {}


def evolve(state: OrdersState, recorded: Recorded) -> OrdersState:
    event = recorded.event
    fold = FOLDS.get(type(event))
    return fold(state, event, recorded.position) if fold else state


def apply(state: OrdersState, event: Event, position: int) -> OrdersState:
    fold = FOLDS.get(type(event))
    return fold(state, event, position) if fold else state


def complete(order: OrderState) -> bool:
    """Whether the order has ended and each of its fills is counted."""
    return order.order_status in CLOSED_STATUSES and order.cum_qty == order.reported_qty


def order_of(state: OrdersState, venue_order_id: str) -> OrderState | None:
    """The order, open or closed; None where it was never heard of, or is forgotten."""
    return (
        state.open_orders.get(venue_order_id)
        or state.newly_closed.get(venue_order_id)
        or state.closed_orders.get(venue_order_id)
    )


def all_orders(state: OrdersState) -> Iterator[OrderState]:
    return chain(state.open_orders.values(), state.closed_orders.values(), state.newly_closed.values())


def _put(state: OrdersState, order: OrderState) -> OrdersState:
    if order.closed is not None:
        return _put_closed(state, state.open_orders, order)
    orders = state.open_orders.copy()  # quicker than a display, which puts in one after the other
    orders[order.venue_order_id] = order
    return replace(state, open_orders=orders)


def _put_closed(state: OrdersState, still_open: dict[str, OrderState], order: OrderState) -> OrdersState:
    """The order closed last of all, be it anew."""
    closed, newly = _without(state.closed_orders, order.venue_order_id), state.newly_closed.copy()
    newly.pop(order.venue_order_id, None)
    if len(newly) >= CLOSED_AT_A_TIME:
        closed, newly = _joined(closed, newly), {}
    newly[order.venue_order_id] = order
    return replace(state, open_orders=still_open, newly_closed=newly, closed_orders=closed)


def _without(by_id: dict[str, T], venue_order_id: str) -> dict[str, T]:
    if venue_order_id not in by_id:
        return by_id
    return {key: one for key, one in by_id.items() if key != venue_order_id}


def _joined(closed: dict[str, OrderState], newly: dict[str, OrderState]) -> dict[str, OrderState]:
    joined = closed | newly
    for key in tuple(islice(joined, max(len(joined) - CLOSED_ORDERS_KEPT, 0))):
        del joined[key]
    return joined


def _reported(state: OrdersState, e: OrderReported, position: int) -> OrdersState:
    if e.source == "stream" and e.venue_order_id in state.awaited:
        state = _heard(state, e.venue_order_id)
    order = order_of(state, e.venue_order_id)
    if order is None:
        return _put(state, _first_seen(e, position))
    status = order.order_status if outdated(order, e.order_status, e.cum_qty) else e.order_status
    reported = max(order.reported_qty, e.cum_qty)
    ids = order.execution_ids + _own_id(e)
    return _put(state, replace(order, order_status=status, reported_qty=reported, execution_ids=ids))


def _own_id(e: OrderReported) -> tuple[int, ...]:
    """A fill's id is that of its OrderExecuted too, which counts it; a look's rows have none."""
    return (e.execution_id,) if e.execution_id and not e.last_qty else ()


def _first_seen(e: OrderReported, position: int) -> OrderState:
    return OrderState(
        venue_order_id=e.venue_order_id,
        symbol=e.symbol,
        side=e.side,
        order_status=e.order_status,
        reported_qty=e.cum_qty,
        heard_at=position,
        price=e.price,
        quantity=e.quantity,
        leg=e.leg,
        order_list_id=e.order_list_id,
        execution_ids=_own_id(e),
    )


def _heard(state: OrdersState, venue_order_id: str) -> OrdersState:
    """The stream brought a frame of this order, be it a late one."""
    return replace(state, awaited=_without(state.awaited, venue_order_id))


def _ignored(state: OrdersState, e: ReportIgnored, position: int) -> OrdersState:
    return _heard(state, e.venue_order_id)


def _awaited(state: OrdersState, e: FramesAwaited, position: int) -> OrdersState:
    return replace(state, awaited={**dict.fromkeys(e.venue_order_ids, e.until), **state.awaited})


def _missed(state: OrdersState, e: FramesMissed, position: int) -> OrdersState:
    return replace(state, awaited={})


def outdated(order: OrderState, order_status: str, cum_qty: Decimal) -> bool:
    """Whether a report is older than what is known: an end is never taken back, and quantities only grow, also where an
    order fills after its end.
    """
    if cum_qty < order.reported_qty:
        return True
    if order.order_status in CLOSED_STATUSES:
        return order_status not in CLOSED_STATUSES
    return order.order_status != "PENDING" and order_status == "PENDING"


def _executed(state: OrdersState, e: OrderExecuted, position: int) -> OrdersState:
    order = order_of(state, e.venue_order_id)
    if order is None or e.execution_id in order.execution_ids:
        return state
    return _put(
        state,
        replace(
            order,
            cum_qty=order.cum_qty + e.last_qty,
            cum_quote=order.cum_quote + e.last_quote,
            commissions=_with_commission(order.commissions, e.commission_asset, e.commission),
            execution_ids=(*order.execution_ids, e.execution_id),
        ),
    )


def _with_commission(before: tuple[Commission, ...], asset: str, amount: Decimal) -> tuple[Commission, ...]:
    if not before:
        return (Commission(asset=asset, amount=amount),)
    totals = {c.asset: c.amount for c in before}
    totals[asset] = totals.get(asset, ZERO) + amount
    return tuple(Commission(asset=a, amount=totals[a]) for a in sorted(totals))


def _closed(state: OrdersState, e: OrderClosed, position: int) -> OrdersState:
    order = order_of(state, e.venue_order_id)
    if order is None:
        return state
    still_open = _without(state.open_orders, e.venue_order_id)
    return _put_closed(state, still_open, replace(order, closed=e, closed_at=position))


FOLDS: dict[type[Event], Callable[[OrdersState, Any, int], OrdersState]] = {
    OrderReported: _reported,
    OrderExecuted: _executed,
    OrderClosed: _closed,
    ReportIgnored: _ignored,
    FramesAwaited: _awaited,
    FramesMissed: _missed,
}
