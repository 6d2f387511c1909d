"""Known ways to break the code, each of which the simulation has to notice."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from actors.deciders import (
    coins,
    limits,
    user,
    user_beginnings,
    user_control,
    user_inventory,
    user_legs,
    user_placement,
    user_reconciliation,
    user_stop,
    user_strangers,
    user_trade,
    user_unwind,
    user_volume,
)
from actors.deciders.draft import Draft
from actors.deciders.planning import credit_wait
from actors.messages.orders import CancelDone
from actors.messages.placements import OtoAnswered, OtoFailed, OtoNotFound, PlaceOto
from actors.messages.prices import QuoteSeen
from events.accounts import TradingPaused
from events.executions import OrderExecuted
from events.orders import LegClosed
from events.system import AccountParked
from events.values import ExecutedLeg, StrategyTerms, TradeLeg
from projections.states import orders as orders_state
from projections.states import user as user_state
from projections.states import user_questions, user_trades
from projections.states.user import StrategyState, TradeState, UserState, active
from tests.simulation.log import Log

ZERO = Decimal(0)
Mutant = Callable[[pytest.MonkeyPatch], None]
HANDLERS: dict[Any, Any] = user.HANDLERS
USER_FOLDS: dict[Any, Any] = user_state.FOLDS
ORDER_FOLDS: dict[Any, Any] = orders_state.FOLDS
CREDIT = user_trades._credit


def fills_are_counted_again(patch: pytest.MonkeyPatch) -> None:
    """Executions are not told apart by their ids."""
    fold = ORDER_FOLDS[OrderExecuted]

    def forgetful(state: Any, event: Any, position: int) -> Any:
        after = fold(state, event, position)
        order = orders_state.order_of(after, event.venue_order_id)
        return after if order is None else orders_state._put(after, replace(order, execution_ids=()))

    patch.setitem(ORDER_FOLDS, OrderExecuted, forgetful)


def an_unanswered_placement_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    def again(draft: Draft, message: OtoFailed) -> None:
        trade = draft.trade(message.trade_id)
        if message.outcome == "unknown" and trade is not None and trade.order is not None:
            draft.command(PlaceOto(trade_id=trade.trade_id, order=trade.order))
        else:
            user_placement.oto_failed(draft, message)

    patch.setitem(HANDLERS, OtoFailed, again)


def absence_is_believed_at_the_first_look(patch: pytest.MonkeyPatch) -> None:
    """Also when a list could not be read, and without any time to settle."""
    patch.setattr(user_placement, "settle_time", lambda *_: 0)

    def believed(draft: Draft, message: OtoNotFound) -> None:
        user_placement.oto_not_found(draft, replace(message, complete=True))

    patch.setitem(HANDLERS, OtoNotFound, believed)


def a_trade_is_settled_from_intentions(patch: pytest.MonkeyPatch) -> None:
    """A buy that ended has bought what was ordered."""
    note = user_legs._note

    def intended(draft: Draft, trade: TradeState, leg: TradeLeg, executed: ExecutedLeg) -> bool:
        if leg == "working" and executed.quantity and trade.order is not None:
            executed = replace(executed, quantity=trade.order.quantity)
        return note(draft, trade, leg, executed)

    patch.setattr(user_legs, "_note", intended)


def fees_in_coins_are_overlooked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(coins, "fees", lambda *_: ZERO)


def trading_goes_on_without_a_stream(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(USER_FOLDS, TradingPaused, lambda state, *_: state)


def leftover_coins_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Neither sold nor declared."""

    def silent(draft: Draft, trade: TradeState, terms: StrategyTerms, held_because: str = "") -> None:
        s = draft.strategy(trade.strategy_id)
        if s is not None and trade.buy is not None:
            user_unwind._record_result(draft, trade, trade.buy, s.credit_per_trade, ZERO)

    patch.setattr(user_unwind, "_finish", silent)


def held_coins_do_not_block_the_next_buy(patch: pytest.MonkeyPatch) -> None:
    """Neither between trades nor when a trade has got its price."""
    patch.setattr(user, "end_what_must_end", _without_held_coins(limits.end_what_must_end))
    patch.setitem(HANDLERS, QuoteSeen, _without_held_coins(HANDLERS[QuoteSeen]))


def a_trade_that_waits_for_its_price_buys_beside_held_coins(patch: pytest.MonkeyPatch) -> None:
    """An order of the trade before filled after its end, meanwhile."""
    patch.setitem(HANDLERS, QuoteSeen, _without_held_coins(HANDLERS[QuoteSeen]))


def dust_counts_in_the_books(patch: pytest.MonkeyPatch) -> None:
    """It is not charged to the trade that leaves it, and yet what it fetches later is a gain."""
    patch.setattr(user_inventory.Left, "counts", property(lambda left: left.value))


def _without_held_coins(step: Callable[[Draft, Any], None]) -> Callable[[Draft, Any], None]:
    def blind(draft: Draft, about: Any) -> None:
        held, draft.state = draft.state.held, replace(draft.state, held={})
        step(draft, about)
        draft.state = replace(draft.state, held=held)

    return blind


def the_wear_limit_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(limits, "_check_wear", lambda *_: None)


def a_cancel_is_believed_to_be_the_end(patch: pytest.MonkeyPatch) -> None:
    """Its success is taken for proof that nothing more was bought or sold."""

    def believed(draft: Draft, message: CancelDone) -> None:
        trade = draft.trade(message.trade_id)
        if message.outcome != "accepted" or trade is None or trade.canceling != message.venue_order_id:
            user_trade.cancel_done(draft, message)
            return
        leg: TradeLeg = "working" if message.venue_order_id == trade.working_order_id else "pending"
        nothing = ExecutedLeg(
            venue_order_id=message.venue_order_id,
            order_status="CANCELED",
            quantity=ZERO,
            quote=ZERO,
            avg_px=ZERO,
            commissions=(),
        )
        draft.record(LegClosed(user_id=draft.state.user_id, trade_id=trade.trade_id, leg=leg, executed=nothing))
        user_legs._settle(draft)

    patch.setitem(HANDLERS, CancelDone, believed)
    _overlook_what_comes_later(patch)


def a_second_oto_is_placed_beside_the_first(patch: pytest.MonkeyPatch) -> None:
    def twice(draft: Draft, message: OtoAnswered) -> None:
        trade = draft.trade(message.trade_id)
        user_placement.oto_answered(draft, message)
        if trade is not None and trade.order is not None:
            other = replace(trade.order, pending_price=trade.order.pending_price * 2)
            draft.command(PlaceOto(trade_id=trade.trade_id, order=other))

    patch.setitem(HANDLERS, OtoAnswered, twice)


def a_quote_is_acted_upon_although_the_stream_is_down(patch: pytest.MonkeyPatch) -> None:
    quote_seen = HANDLERS[QuoteSeen]

    def blind(draft: Draft, message: QuoteSeen) -> None:
        stream, draft.state = draft.state.stream, replace(draft.state, stream="up")
        quote_seen(draft, message)
        draft.state = replace(draft.state, stream=stream)

    patch.setitem(HANDLERS, QuoteSeen, blind)


def a_version_is_left_out(patch: pytest.MonkeyPatch) -> None:
    """The journal stores the twentieth append one version too far."""
    append, appends = Log.append, count(1)

    def leaping(log: Log, stream: str, version: int, events: Any) -> Any:
        if next(appends) == 20:
            version += 1
            log.journal._versions[stream] = version
        return append(log, stream, version, events)

    patch.setattr(Log, "append", leaping)


def an_ended_strategy_is_not_compared(patch: pytest.MonkeyPatch) -> None:
    """Only the symbols of strategies that still trade: where there are none, nobody is ever told of the end."""

    def traded(state: UserState) -> dict[str, str]:
        return {s.terms.rules.symbol: s.terms.rules.base_asset for s in active(state)}

    patch.setattr(user_strangers, "own_tokens", traded)


def a_run_ends_before_its_trade(patch: pytest.MonkeyPatch) -> None:
    """What an earlier run left in hand is not waited for."""

    def comparing(state: UserState) -> bool:
        return state.reconciliation.phase != "none" and state.stopping == "no" and not state.parked

    for module in (user_beginnings, user_stop, user_volume, user_reconciliation):
        patch.setattr(module, "held_back", comparing)


def a_figure_that_fell_is_believed(patch: pytest.MonkeyPatch) -> None:
    """The first look of a run counts for more than all looks before it."""
    arrived = user_volume._credit_has_arrived

    def believed(s: StrategyState, volume: Decimal, now: int) -> bool:
        return s.credit_due == 0 or arrived(s, volume, now)

    patch.setattr(user_volume, "_credit_has_arrived", believed)


def a_part_lowers_the_credit_of_the_whole(patch: pytest.MonkeyPatch) -> None:
    """What trades counted that bought only in part is taken for what whole ones will count."""
    note = user_volume._note_credit_rate

    def average(draft: Draft, s: StrategyState, volume: Decimal, *, settled: bool) -> None:
        note(draft, replace(s, credit_per_trade=ZERO), volume, settled=settled)

    patch.setattr(user_volume, "_note_credit_rate", average)


def a_trades_credit_less_a_hair_is_not_waited_for(patch: pytest.MonkeyPatch) -> None:
    """Only where all that a trade counts is missing is it waited for; the others may have counted a little more."""

    def short(expected: Decimal, counted: Decimal, credit_per_trade: Decimal, delay_ms: int) -> int:
        return credit_wait(expected, counted, credit_per_trade * 2, delay_ms)

    patch.setattr(user_volume, "credit_wait", short)


def an_earlier_trades_credit_is_not_awaited(patch: pytest.MonkeyPatch) -> None:
    """A trade that was in hand when a batch was planned counts for nobody, and its credit stands in for a late one."""

    def of_batch(s: StrategyState, e: Any, bought_at: int) -> dict[str, Decimal]:
        return CREDIT(s, e, bought_at) if s.batch == e.batch else {}

    patch.setattr(user_trades, "_credit", of_batch)


def a_pause_is_overlooked(patch: pytest.MonkeyPatch) -> None:
    """It is recorded, and trades begin as before."""
    for module in (user_questions, user_control):
        patch.setattr(module, "pauser", lambda *_: None)


def an_owner_is_not_waited_for(patch: pytest.MonkeyPatch) -> None:
    """What the venue wants an account's owner for is forgotten with the run."""
    fold = USER_FOLDS[AccountParked]

    def forgetful(state: UserState, event: AccountParked, position: int, at: int) -> Any:
        return fold(state, replace(event, restricted=False), position, at)

    patch.setitem(USER_FOLDS, AccountParked, forgetful)


def _overlook_what_comes_later(patch: pytest.MonkeyPatch) -> None:
    note = user_legs._note

    def first(draft: Draft, trade: TradeState, leg: TradeLeg, executed: ExecutedLeg) -> bool:
        known = user_legs._known(trade, leg, executed.venue_order_id)
        return known is None and note(draft, trade, leg, executed)

    patch.setattr(user_legs, "_note", first)
    patch.setattr(user_legs, "_late_for_settled", lambda *_: None)


def nobody_asks_what_only_the_tracker_knows(patch: pytest.MonkeyPatch) -> None:
    """A fill after an order's end was counted, and the process was killed before the account was told."""
    patch.setattr(user_reconciliation, "_ask_of_ended", lambda _: None)
