"""How the legs of a trade end, and what an account remembers of them: a fill may come after the end."""

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from events import orders
from events.base import Event
from events.values import ExecutedLeg, TradeLeg
from projections.states.remembered import Remembered, remember
from projections.states.user_model import (
    DAY_MS,
    LONGEST_SILENCE_MS,
    SETTLED_LEGS_REMEMBERED,
    ZERO,
    Fold,
    SettledLeg,
    StrategyState,
    TradeState,
    UserState,
    in_hand,
    strategies_with,
    with_trade,
)
from projections.states.user_questions import price_in_books, settled_legs


def order_timeout(trade: TradeState) -> int:
    return trade.terms.order_timeout_ms if trade.terms else 0


def silence(trade: TradeState, looks: int = 0) -> int:
    """How long to wait for word of an order that may simply rest, after so many looks: twice as long each time."""
    first = trade.terms.silence_ms if trade.terms else LONGEST_SILENCE_MS
    if looks == 0:
        return first
    return min(first << min(looks, 20), max(first, LONGEST_SILENCE_MS))


def worn(s: StrategyState, wear: Decimal, bought: Decimal, at: int) -> StrategyState:
    """What trading has cost on the UTC day of `at`."""
    day = at // DAY_MS
    before = (s.wear, s.turnover) if s.wear_day == day else (ZERO, ZERO)
    return replace(s, wear_day=day, wear=before[0] + wear, turnover=before[1] + bought)


def ended_legs(trade: TradeState) -> tuple[tuple[TradeLeg, ExecutedLeg], ...]:
    """The trade's orders that have ended, or never became active, with what they came to."""
    legs: list[tuple[TradeLeg, ExecutedLeg]] = [("unwind", one) for one in trade.unwinds]
    if trade.working_order_id:
        legs.append(("working", trade.buy or _nothing(trade.working_order_id)))
    if trade.pending_order_id:
        legs.append(("pending", trade.sell or _nothing(trade.pending_order_id)))
    return tuple(legs)


def _nothing(venue_order_id: str) -> ExecutedLeg:
    return ExecutedLeg(
        venue_order_id=venue_order_id, order_status="CANCELED", quantity=ZERO, quote=ZERO, avg_px=ZERO, commissions=()
    )


def with_trade_over(state: UserState, strategy_id: str, s: StrategyState | None) -> UserState:
    """The trade in hand is over, and `s` is its strategy from now on. Its orders are remembered for a while."""
    strategies = state.strategies if s is None else strategies_with(state, strategy_id, s)
    settled = remember(state.settled, SETTLED_LEGS_REMEMBERED, *_settled(state.trade))
    return replace(state, trade=None, settled=settled, strategies=strategies)


def _settled(trade: TradeState | None) -> list[SettledLeg]:
    if trade is None or trade.terms is None:
        return []
    asset, price = trade.terms.rules.base_asset, price_in_books(trade)
    return [
        SettledLeg(
            trade_id=trade.trade_id,
            strategy_id=trade.strategy_id,
            asset=asset,
            since=trade.requested_at,
            leg=leg,
            price=price,
            executed=executed,
        )
        for leg, executed in ended_legs(trade)
    ]


def _leg_closed(state: UserState, e: orders.LegClosed, position: int, at: int) -> UserState:
    if e.leg == "pending":
        return with_trade(state, e.trade_id, sell=e.executed)
    if e.leg == "unwind":
        unwinds = (*state.trade.unwinds, e.executed) if state.trade else ()
        return with_trade(
            state, e.trade_id, unwinds=unwinds, phase="pricing", canceling="", looking=False, looks=0, look_at=at
        )
    trade = in_hand(state, e.trade_id)
    return state if trade is None else replace(state, trade=_bought(trade, e.executed, at))


def _bought(trade: TradeState, buy: ExecutedLeg, at: int) -> TradeState:
    return replace(
        trade,
        buy=buy,
        bought_at=at,
        phase="pending",
        deadline=at + order_timeout(trade),
        canceling="",
        looking=False,
        looks=0,
        look_at=at + silence(trade),
    )


def _late_fill(state: UserState, e: orders.LateFillObserved, position: int, at: int) -> UserState:
    """The trade in hand counts it by itself; the wear of one that is over has been booked already."""
    trade = state.trade
    if trade is not None and trade.trade_id == e.trade_id:
        return with_trade(state, e.trade_id, **_corrected(trade, e.leg, e.executed))
    settled = Remembered(added=tuple(_settled_anew(one, e) for one in settled_legs(state)))
    s = state.strategies.get(e.strategy_id)
    if s is None:
        return replace(state, settled=settled)
    strategies = strategies_with(state, e.strategy_id, worn(s, e.wear, ZERO, at))
    return replace(state, settled=settled, strategies=strategies)


def _settled_anew(one: SettledLeg, e: orders.LateFillObserved) -> SettledLeg:
    """A trade whose buy had bought nothing learns from its late fill what a coin has cost."""
    if one.trade_id == e.trade_id and one.price == 0 and e.leg == "working":
        one = replace(one, price=e.executed.avg_px)
    return replace(one, executed=e.executed) if one.executed.venue_order_id == e.executed.venue_order_id else one


def _corrected(trade: TradeState, leg: TradeLeg, executed: ExecutedLeg) -> dict[str, Any]:
    if leg == "unwind":
        same = executed.venue_order_id
        return {"unwinds": tuple(executed if one.venue_order_id == same else one for one in trade.unwinds)}
    return {"buy": executed} if leg == "working" else {"sell": executed}


FOLDS: dict[type[Event], Fold] = {
    orders.LegClosed: _leg_closed,
    orders.LateFillObserved: _late_fill,
}
