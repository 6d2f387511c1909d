"""How the stream's ups and downs, and comparisons with the venue's open orders, change an account."""

from msgspec.structs import replace

from events import accounts, orders
from events.base import Event
from projections.states.user_model import NOTED_ORDERS_REMEMBERED, Fold, Reconciliation, UserState

FIRST_AGAIN_MS = 1_000
LONGEST_AGAIN_MS = 30_000


def _trading_paused(state: UserState, e: accounts.TradingPaused, position: int, at: int) -> UserState:
    return replace(state, stream="failed" if e.final else "down", stream_trouble=e.reason)


def _trading_resumed(state: UserState, e: accounts.TradingResumed, position: int, at: int) -> UserState:
    return replace(state, stream="up", stream_trouble="")


def _requested(state: UserState, e: orders.ReconciliationRequested, position: int, at: int) -> UserState:
    before = state.reconciliation
    asked = replace(before, phase="asked", number=before.number + 1, again_at=0)
    # So an actor that was started anew takes part in its run again, also when all its strategies are over.
    return replace(state, live=True, reconciliation=asked, stream="reconciling" if e.resumes else state.stream)


def _reconciled(state: UserState, e: orders.OrdersReconciled, position: int, at: int) -> UserState:
    before = state.reconciliation
    if e.complete:
        compared = Reconciliation(number=before.number, compared_at=at, compared_in=state.run_id)
        return replace(state, reconciliation=compared, others={one.symbol: one.count for one in e.others})
    wait = min(FIRST_AGAIN_MS << before.tries, LONGEST_AGAIN_MS)
    due = replace(before, phase="due", tries=before.tries + 1, again_at=at + wait)
    return replace(state, reconciliation=due)


def _noted(state: UserState, e: orders.OrderUnknown | orders.OrderMissing, position: int, at: int) -> UserState:
    return replace(state, noted=(*state.noted, e.venue_order_id)[-NOTED_ORDERS_REMEMBERED:])


FOLDS: dict[type[Event], Fold] = {
    accounts.TradingPaused: _trading_paused,
    accounts.TradingResumed: _trading_resumed,
    orders.ReconciliationRequested: _requested,
    orders.OrdersReconciled: _reconciled,
    orders.OrderUnknown: _noted,
    orders.OrderMissing: _noted,
}
