"""How an account begins and goes on: with strategies of a run, and with the trade that was in hand."""

from msgspec.structs import replace

from actors.deciders import user_control, user_placement, user_reconciliation, user_unwind
from actors.deciders.draft import Draft
from actors.deciders.user_trade import abandon, cancel_again, look_up
from actors.deciders.user_unwind import fetch_book, interrupted_sale
from actors.deciders.user_volume import RULES_BELIEVED_MS, check_again, plan_batch, query_volume, report_ended
from actors.messages.base import Recovered
from actors.messages.strategies import Admitted, AskAdmission, ResumeTrading, StartStrategies
from actors.messages.streams import EnsureStream
from events.accounts import AccountRecovered
from events.strategies import StrategyAdmitted, StrategyResumed, StrategyStarted
from events.values import StrategyTerms
from projections.states.user import StrategyState, TradeState, active, held_back, idle


def start_strategies(draft: Draft, message: StartStrategies) -> None:
    fresh = not draft.state.live or draft.state.run_id != message.run_id
    parked = bool(draft.state.parked)
    for terms in message.terms:
        s = draft.strategy(terms.strategy_id)
        if s is not None and s.phase == "ended" and s.run_id == message.run_id:
            continue  # told below, unless something of this run is still to be found out
        if s is not None and s.phase != "ended" and _same_but_for_rules(s.terms, terms):
            _resume(draft, message.run_id, terms)
        else:
            draft.record(StrategyStarted(run_id=message.run_id, terms=terms))
            _take_up(draft, draft.state.strategies[terms.strategy_id])
    user_control.stay_parked(draft)
    if parked and not draft.state.parked:
        _take_up_trade(draft, "a run begins")
    over = idle(draft.state) and draft.state.reconciliation.compared_in == message.run_id
    if fresh and not over and not draft.state.parked:
        user_reconciliation.reconcile(draft, "a run begins")
    for terms in message.terms if not held_back(draft.state) else ():
        report_ended(draft, terms.strategy_id)


def _same_but_for_rules(before: StrategyTerms, now: StrategyTerms) -> bool:
    """What the venue allows for the symbol may have changed meanwhile: the credit that is due from it has not."""
    return replace(before, rules=now.rules) == now and before.rules.base_asset == now.rules.base_asset


def _resume(draft: Draft, run_id: str, terms: StrategyTerms) -> None:
    user_id, strategy_id = terms.user_id, terms.strategy_id
    draft.record(StrategyResumed(run_id=run_id, user_id=user_id, strategy_id=strategy_id, terms=terms))
    _take_up(draft, draft.state.strategies[strategy_id])


def _take_up(draft: Draft, s: StrategyState) -> None:
    if s.phase == "checking":
        query_volume(draft, s)
    elif s.phase == "queued":
        draft.command(AskAdmission(user_id=draft.state.user_id, strategy_id=s.terms.strategy_id))


def admitted(draft: Draft, message: Admitted) -> None:
    s = draft.strategy(message.strategy_id)
    if s is None or s.phase != "queued" or s.admitted:
        return
    draft.record(StrategyAdmitted(user_id=draft.state.user_id, strategy_id=message.strategy_id))
    s = draft.state.strategies[message.strategy_id]
    if s.phase == "planning" and not s.terms.sweep:
        if draft.now - s.checked_at > RULES_BELIEVED_MS:
            check_again(draft, s, "its turn has come long after the last look")
        else:
            plan_batch(draft, s)
    elif draft.state.stream != "up":
        draft.command(EnsureStream())


def resumed(draft: Draft, message: ResumeTrading) -> None:
    if not user_control.resume(draft, message):
        return
    for s in active(draft.state):
        _take_up(draft, s)
    _take_up_trade(draft, "the operator resumes")
    user_reconciliation.reconcile(draft, "the operator resumes")


def recovered(draft: Draft, message: Recovered) -> None:
    """Take up what was in hand when the actor or the process before this one ended."""
    if draft.state.live:
        draft.record(AccountRecovered(user_id=draft.state.user_id))
    if not draft.state.parked:
        _take_up_trade(draft, "the account was started anew")


def _take_up_trade(draft: Draft, reason: str) -> None:
    trade = draft.state.trade
    if trade is None:
        return
    if trade.phase == "pricing":
        fetch_book(draft, trade, reason)
    elif trade.phase == "selling":
        interrupted_sale(draft, trade)
    elif trade.phase == "quoting":
        abandon(draft, trade, "interrupted before an order was placed", failed=False)
    elif trade.phase == "placing":
        user_placement.interrupted(draft, trade)
    elif trade.phase in ("searching", "seeking"):
        search_again(draft, trade, reason)
    elif trade.canceling:
        cancel_again(draft, trade)
    else:
        look_up(draft, reason)


def search_again(draft: Draft, trade: TradeState, reason: str) -> None:
    if trade.phase == "searching":
        user_placement.look_again(draft, trade, reason)
    else:
        user_unwind.seek_again(draft, trade, reason)
