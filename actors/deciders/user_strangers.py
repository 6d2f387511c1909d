"""Orders at the venue that the log does not know, open ones and ones that have executed. Pure.

They are reported once and never touched: the owner may have placed them. One may also be a placement of ours that the
venue hid for longer than it was looked for.
"""

from actors.deciders.coins import known_ids
from actors.deciders.draft import Draft
from actors.deciders.user_trade import order_ids
from actors.messages.orders import ExecutedAbove, Reconciled
from events.executions import OrderClosed
from events.orders import OrderUnknown
from events.reports import OrderSnapshot
from events.values import OrderCount
from projections.states.user import (
    DAY_MS,
    PLACEMENTS_REMEMBERED,
    TradeState,
    UserState,
    newest_order,
    recent_placements,
)

COMPARED_TWICE_MS = 60_000
"""Orders from so long before the last comparison are looked through again: a list may show an order late."""


def own_tokens(state: UserState) -> dict[str, str]:
    """The symbols that this run trades, also with strategies that are over, with their base assets."""
    rules = [s.terms.rules for s in state.strategies.values() if s.run_id == state.run_id]
    tokens = {one.symbol: one.base_asset for one in rules}
    order = newest_order(state.trade) if state.trade is not None else None
    return tokens | ({order.symbol: order.base_asset} if order is not None else {})


def history_since(state: UserState, now: int) -> int:
    """From when on orders that have executed are to be compared: since the last comparison, within the last day.

    0 before the first one: what happened before the log began is none of its business.
    """
    last = state.reconciliation.compared_at
    return max(last - COMPARED_TWICE_MS, now - DAY_MS) if last else 0


def executed_to_compare(state: UserState) -> tuple[ExecutedAbove, ...]:
    """Of the symbols of this run, the orders that would be known if they were ours."""
    return tuple(
        ExecutedAbove(symbol=symbol, base_asset=asset, above=least)
        for symbol, asset in sorted(own_tokens(state).items())
        if (least := _forgotten_up_to(state, symbol)) is not None
    )


def report_unknown(draft: Draft, message: Reconciled) -> None:
    for row in (*message.open_orders, *(row for row in message.executed if _is_remembered(draft.state, row))):
        if not _is_ours(draft.state, row.venue_order_id) and not _may_be(row, draft.state.trade):
            draft.record(_unknown(draft.state.user_id, row))


def open_orders_of_others(state: UserState, message: Reconciled) -> tuple[OrderCount, ...]:
    """They take room from ours on a symbol (venue protocol notes, 8.3, MAX_NUM_ORDERS)."""
    symbols = [row.symbol for row in message.open_orders if not _is_ours(state, row.venue_order_id)]
    return tuple(OrderCount(symbol=symbol, count=symbols.count(symbol)) for symbol in sorted(set(symbols)))


def report_executed(draft: Draft, closed: OrderClosed) -> None:
    """The stream told of the end of an order that is no trade's. While a placement is unanswered it may be that one's:
    then the next comparison finds it, if it is not.
    """
    trade = draft.state.trade
    unanswered = trade is not None and trade.phase in ("placing", "searching", "selling", "seeking")
    if unanswered or closed.cum_qty == 0 or closed.symbol not in own_tokens(draft.state):
        return
    if _is_remembered(draft.state, closed) and not _is_ours(draft.state, closed.venue_order_id):
        draft.record(
            OrderUnknown(
                user_id=draft.state.user_id,
                venue_order_id=closed.venue_order_id,
                symbol=closed.symbol,
                side=closed.side,
                order_status=closed.order_status,
                price=closed.avg_px,
                quantity=closed.cum_qty,
                created_time=0,
                cum_qty=closed.cum_qty,
            )
        )


def _is_ours(state: UserState, venue_order_id: str) -> bool:
    return venue_order_id in known_ids(state) or (state.trade is not None and venue_order_id in order_ids(state.trade))


def _is_remembered(state: UserState, order: OrderSnapshot | OrderClosed) -> bool:
    """Whether it would be known if it were ours."""
    above = _forgotten_up_to(state, order.symbol)
    return above is not None and int(order.venue_order_id) > above


def _forgotten_up_to(state: UserState, symbol: str) -> int | None:
    """Of the older orders of a symbol the ids are forgotten, up to this one; None where all are."""
    placements = recent_placements(state)
    if len(placements) < PLACEMENTS_REMEMBERED:
        return 0
    ids = (int(one.venue_order_id) for one in placements if one.symbol == symbol and one.venue_order_id)
    return min(ids, default=None)


def _unknown(user_id: int, row: OrderSnapshot) -> OrderUnknown:
    return OrderUnknown(
        user_id=user_id,
        venue_order_id=row.venue_order_id,
        symbol=row.symbol,
        side=row.side,
        order_status=row.order_status,
        price=row.price,
        quantity=row.quantity,
        created_time=row.created_time,
        cum_qty=row.cum_qty,
    )


def _may_be(row: OrderSnapshot, trade: TradeState | None) -> bool:
    """Whether the row may be the unanswered placement that is being searched for; the search decides."""
    if trade is None:
        return False
    if trade.phase in ("placing", "searching") and trade.order is not None:
        working = (row.side, row.price, row.quantity) == ("BUY", trade.order.working_price, trade.order.quantity)
        return working or row.leg == "pending"
    if trade.phase in ("selling", "seeking") and trade.unwind_order is not None:
        order = trade.unwind_order
        return (row.side, row.price, row.quantity) == (order.side, order.price, order.quantity)
    return False
