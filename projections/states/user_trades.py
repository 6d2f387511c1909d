"""How events change the trade in hand, and what a finished trade leaves behind."""

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from events import accounts, inventory, orders, trades, unwinds
from events.base import Event
from events.values import Outcome
from projections.states.remembered import Remembered, remember
from projections.states.user_legs import order_timeout, silence, with_trade_over, worn
from projections.states.user_model import (
    CONFIRMED_WITHIN_MS,
    DAY_MS,
    LOOK_AGAIN_MS,
    OPEN_PHASES,
    PLACEMENTS_REMEMBERED,
    ZERO,
    Fold,
    Held,
    Placement,
    Refusal,
    StrategyState,
    TradeState,
    UserState,
    in_hand,
    strategies_with,
    with_strategy,
    with_trade,
)
from projections.states.user_questions import how_to_stop, wait_after_look


def _call_held_back(state: UserState, e: accounts.CallHeldBack, position: int, at: int) -> UserState:
    """As if it had not been asked: it is due when the venue may be asked again."""
    if e.call == "comparison":
        return replace(state, reconciliation=replace(state.reconciliation, phase="due", again_at=e.until))
    if e.call == "volume":
        return with_strategy(state, e.strategy_id, phase="settling", not_before=e.until)
    return with_trade(state, e.trade_id, looking=False, look_at=e.until)


def _trade_started(state: UserState, e: trades.TradeStarted, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    trade = TradeState(
        trade_id=e.trade_id,
        strategy_id=e.strategy_id,
        batch=e.batch,
        number=e.number,
        phase="quoting",
        terms=s.terms if s else None,
    )
    return _begun(state, trade, s and replace(s, number=e.number, last_trade=state.trade_count + 1, awaits_turn=False))


def _begun(state: UserState, trade: TradeState, s: StrategyState | None) -> UserState:
    """The trade is in hand; `s` is its strategy from now on."""
    count = state.trade_count + 1
    if s is None:
        return replace(state, trade=trade, trade_count=count)
    asset, traded = s.terms.rules.base_asset, state.traded
    if traded.get(asset) is not s.terms:
        traded = {**traded, asset: s.terms}
    strategies = strategies_with(state, trade.strategy_id, s)
    return replace(state, trade=trade, trade_count=count, strategies=strategies, traded=traded)


def _quote_observed(state: UserState, e: trades.QuoteObserved, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is None or s.batch_price is not None:
        return state
    return with_strategy(state, e.strategy_id, batch_price=e.price)


def _oto_requested(state: UserState, e: orders.OtoRequested, position: int, at: int) -> UserState:
    placements = _placed(state, e.order.symbol, e.order.working_price, e.order.quantity)
    trade = in_hand(state, e.trade_id)
    if trade is None:
        return replace(state, placements=placements)
    trade = replace(trade, phase="placing", order=e.order, requested_at=at, intent_at=position)
    return replace(state, placements=placements, trade=trade)


def _placed(state: UserState, symbol: str, price: Decimal, quantity: Decimal) -> Remembered[Placement]:
    """With one more placement."""
    return remember(state.placements, PLACEMENTS_REMEMBERED, Placement(symbol=symbol, price=price, quantity=quantity))


def _identified(state: UserState, venue_order_id: str) -> Remembered[Placement]:
    """The newest placement now has its id."""
    placements = state.placements
    if not placements.added:
        return placements
    newest = replace(placements.added[-1], venue_order_id=venue_order_id)
    return Remembered(placements.before, (*placements.added[:-1], newest))


def _search_begins(outcome: Outcome, at: int) -> dict[str, Any]:
    """At once, unless the venue wants to be left in peace, or to see the session's owner first."""
    looking = outcome not in ("rate_limited", "unauthorised")
    return {"looking": looking, "looks": 0, "look_at": at, "absent_for": 0, "absent_at": 0}


def _oto_unresolved(state: UserState, e: orders.OtoUnresolved, position: int, at: int) -> UserState:
    refusal = Refusal(outcome=e.outcome, code=e.code, message=e.message)
    return with_trade(state, e.trade_id, phase="searching", refusal=refusal, **_search_begins(e.outcome, at))


def _oto_accepted(state: UserState, e: orders.OtoAccepted, position: int, at: int) -> UserState:
    trade = in_hand(state, e.trade_id)
    return replace(
        state,
        placements=_identified(state, e.working_order_id),
        turned_away=0,
        trade=state.trade if trade is None else _working(trade, e, at),
    )


def _working(trade: TradeState, e: orders.OtoAccepted, at: int) -> TradeState:
    return replace(
        trade,
        phase="working",
        working_order_id=e.working_order_id,
        pending_order_id=e.pending_order_id,
        deadline=at + order_timeout(trade),
        looking=False,
        looks=0,
        look_at=at + silence(trade),
    )


def _cancel_requested(state: UserState, e: orders.CancelRequested, position: int, at: int) -> UserState:
    asked = {"canceling": e.venue_order_id, "cancel_answer": "", "confirming": False}
    return with_trade(state, e.trade_id, **asked, looking=True, looks=0)


def _cancel_answered(state: UserState, e: orders.CancelAnswered, position: int, at: int) -> UserState:
    """Where all is to end at once, many cancels are answered together: the frames come without being asked for."""
    state = with_trade(state, e.trade_id, cancel_answer=e.outcome)
    if e.outcome != "accepted" or state.stream != "up" or how_to_stop(state) != "now":
        return state
    return with_trade(state, e.trade_id, confirming=True, looking=False, look_at=at + CONFIRMED_WITHIN_MS)


def _look_requested(state: UserState, e: orders.LookRequested, position: int, at: int) -> UserState:
    return with_trade(state, e.trade_id, confirming=False, looking=True)


def _orders_looked_up(state: UserState, e: orders.OrdersLookedUp, position: int, at: int) -> UserState:
    trade = state.trade
    if trade is None:
        return state
    looks = trade.looks + 1
    resting = trade.phase in OPEN_PHASES and not trade.canceling
    wait = silence(trade, looks) if resting else _distance(looks)
    absence = _absence(trade, at) if e.complete else {}
    return with_trade(state, e.trade_id, looking=False, looks=looks, look_at=at + wait, **absence)


def _distance(looks: int) -> int:
    """How far the next look lies from the last of so many (ms)."""
    return wait_after_look(looks)


def _absence(trade: TradeState, at: int) -> dict[str, Any]:
    """Another complete look shows nothing. The time since the last one counts for no more than was meant to pass: while
    the process was away, or where its clock was set, nobody looked.
    """
    passed = min(at - trade.absent_at, _distance(trade.looks)) if trade.absent_at else 0
    return {"absent_for": trade.absent_for + max(passed, 0), "absent_at": at}


def _unwind_started(state: UserState, e: unwinds.UnwindStarted, position: int, at: int) -> UserState:
    return with_trade(state, e.trade_id, phase="pricing", canceling="", looking=True, looks=0)


def _unwind_priced(state: UserState, e: unwinds.UnwindPriced, position: int, at: int) -> UserState:
    return with_trade(state, e.trade_id, unwind_attempt=e.attempt, looking=False, look_at=at + LOOK_AGAIN_MS)


def _unwind_requested(state: UserState, e: unwinds.UnwindRequested, position: int, at: int) -> UserState:
    state = replace(state, placements=_placed(state, e.order.symbol, e.order.price, e.order.quantity))
    return with_trade(
        state,
        e.trade_id,
        phase="selling",
        unwind_order=e.order,
        unwind_order_id="",
        unwind_requested_at=at,
        intent_at=position,
    )


def _unwind_accepted(state: UserState, e: unwinds.UnwindAccepted, position: int, at: int) -> UserState:
    state = replace(state, placements=_identified(state, e.venue_order_id))
    trade = in_hand(state, e.trade_id)
    return state if trade is None else replace(state, trade=_unwinding(trade, e.venue_order_id, at))


def _unwinding(trade: TradeState, venue_order_id: str, at: int) -> TradeState:
    return replace(
        trade,
        phase="unwinding",
        unwind_order_id=venue_order_id,
        deadline=at + (trade.terms.unwind_timeout_ms if trade.terms else 0),
        looking=False,
        looks=0,
        look_at=at + silence(trade),
    )


def _unwind_failed(state: UserState, e: unwinds.UnwindFailed, position: int, at: int) -> UserState:
    if e.outcome != "unavailable" and not e.settled:
        return with_trade(
            state,
            e.trade_id,
            phase="seeking",
            refusal=Refusal(outcome=e.outcome, code=e.code, message=e.message),
            **_search_begins(e.outcome, at),
        )
    return with_trade(state, e.trade_id, phase="pricing", looking=False, looks=0, look_at=at + LOOK_AGAIN_MS)


def _dust_recorded(state: UserState, e: inventory.DustRecorded, position: int, at: int) -> UserState:
    return replace(state, dust={**state.dust, e.asset: e.total})


def _inventory_held(state: UserState, e: inventory.InventoryHeld, position: int, at: int) -> UserState:
    held = Held(ticker=e.ticker, quantity=e.quantity, value=e.value)
    return replace(state, dust={**state.dust, e.asset: ZERO}, held={**state.held, e.asset: held})


def _sweep_started(state: UserState, e: inventory.SweepStarted, position: int, at: int) -> UserState:
    """What is for sale stays in the books as it was, until the sweep is over."""
    s = state.strategies.get(e.strategy_id)
    trade = TradeState(
        trade_id=e.trade_id,
        strategy_id=e.strategy_id,
        batch=s.batch if s else 0,
        number=1,
        phase="pricing",
        terms=s.terms if s else None,
        requested_at=at,
        looking=True,
        price=e.price,
    )
    return _begun(state, trade, s and replace(s, number=1, awaits_turn=False))


def _coins_swept(state: UserState, e: inventory.CoinsSwept, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    return with_trade_over(state, e.strategy_id, s and worn(s, e.wear, ZERO, at))


def _inventory_cleared(state: UserState, e: inventory.InventoryCleared, position: int, at: int) -> UserState:
    return replace(state, held={asset: held for asset, held in state.held.items() if asset != e.asset})


def _trade_done(
    state: UserState, e: trades.TradeCompleted | trades.TradePartlyCompleted, position: int, at: int
) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is not None:
        s = worn(s, e.wear, e.buy.quote, at)
        bought_at = state.trade.bought_at if state.trade is not None else at
        credit = _credit(s, e, bought_at)
        if s.batch == e.batch:
            s = _counted(s, credit, at)
        elif state.trade is not None and _is_of_its_token(s, state.trade):
            s = replace(s, **credit)
    return with_trade_over(state, e.strategy_id, s)


def _is_of_its_token(s: StrategyState, trade: TradeState) -> bool:
    return trade.terms is not None and trade.terms.rules.base_asset == s.terms.rules.base_asset


def _credit(
    s: StrategyState, e: trades.TradeCompleted | trades.TradePartlyCompleted, bought_at: int
) -> dict[str, Decimal]:
    """Its credit belongs to the day of the buy. That of a trade from before the batch is awaited with the batch's: the
    volume that the batch began with may lack it.
    """
    bought_on = bought_at // DAY_MS
    if 0 < s.day < bought_on:
        return {"credit_later": s.credit_later + e.credit_expected}
    if 0 < bought_on < s.day:
        return {}
    since = {"credit_since": s.credit_since + e.credit_expected}
    of_batch = s.batch == e.batch and s.planned > 0
    return since if of_batch else since | {"credit_before": s.credit_before + e.credit_expected}


def _counted(s: StrategyState, credit: dict[str, Decimal], at: int) -> StrategyState:
    """With one more trade of its batch."""
    return replace(
        s,
        **credit,
        completed=s.completed + 1,
        failures_in_a_row=0,
        traded=True,
        not_before=at + s.terms.interval_ms,
    )


def _trade_abandoned(state: UserState, e: trades.TradeAbandoned, position: int, at: int) -> UserState:
    s = state.strategies.get(e.strategy_id)
    if s is not None and s.batch == e.batch and e.failed:
        s = replace(
            s,
            failed=s.failed + 1,
            failures_in_a_row=s.failures_in_a_row + 1,
            traded=True,
            not_before=at + e.wait_ms,
            last_failure=e.reason,
        )
    return with_trade_over(state, e.strategy_id, s)


FOLDS: dict[type[Event], Fold] = {
    accounts.CallHeldBack: _call_held_back,
    trades.TradeStarted: _trade_started,
    trades.QuoteObserved: _quote_observed,
    orders.OtoRequested: _oto_requested,
    orders.OtoUnresolved: _oto_unresolved,
    orders.OtoAccepted: _oto_accepted,
    orders.CancelRequested: _cancel_requested,
    orders.CancelAnswered: _cancel_answered,
    orders.LookRequested: _look_requested,
    orders.OrdersLookedUp: _orders_looked_up,
    unwinds.UnwindStarted: _unwind_started,
    unwinds.UnwindPriced: _unwind_priced,
    unwinds.UnwindRequested: _unwind_requested,
    unwinds.UnwindAccepted: _unwind_accepted,
    unwinds.UnwindFailed: _unwind_failed,
    inventory.DustRecorded: _dust_recorded,
    inventory.InventoryHeld: _inventory_held,
    inventory.InventoryCleared: _inventory_cleared,
    inventory.SweepStarted: _sweep_started,
    inventory.CoinsSwept: _coins_swept,
    trades.TradeCompleted: _trade_done,
    trades.TradePartlyCompleted: _trade_done,
    trades.TradeAbandoned: _trade_abandoned,
}
