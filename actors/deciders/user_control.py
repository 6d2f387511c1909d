"""The operator's pause and its end, and an account that only the operator's word takes up again. Pure."""

from actors.deciders.draft import Draft
from actors.deciders.user_trade import cancel_open_leg
from actors.deciders.user_volume import end_all, report_all_ended
from actors.messages.strategies import PauseTrading, ResumeTrading
from events.control import AccountPaused, AccountResumed
from events.strategies import StrategyResumed
from events.values import Operator
from projections.states.user import TradeState, UserState, held_back, of_this_run, pauser


def pause(draft: Draft, message: PauseTrading) -> None:
    """A trade in hand goes on; one that has only asked for a price is called off, as by a stop."""
    if message.strategy_id in draft.state.paused:
        return
    trade = draft.state.trade
    in_hand = trade.trade_id if trade is not None and message.strategy_id in ("", trade.strategy_id) else ""
    draft.record(
        AccountPaused(user_id=draft.state.user_id, by=message.by, strategy_id=message.strategy_id, trade_id=in_hand)
    )


def why_not_placed(draft: Draft, trade: TradeState) -> str:
    """What the operator said while the trade asked for a price, empty where nothing stands against it."""
    by = pauser(draft.state, trade.strategy_id)
    return f"paused by {by.name}" if by is not None else ""


def resumed(state: UserState, by: Operator, *, strategy_id: str = "", unparks: bool = False) -> AccountResumed | None:
    """What is recorded, also where no supervisor runs; None where nothing keeps the account from trading."""
    unparks = unparks and bool(state.parked)
    paused = strategy_id in state.paused if strategy_id else bool(state.paused)
    if not paused and not unparks:
        return None
    return AccountResumed(user_id=state.user_id, by=by, strategy_id=strategy_id, unparked=unparks)


def resume(draft: Draft, message: ResumeTrading) -> bool:
    """Whether the account was parked, and is taken up again. Otherwise the run is told again what is over."""
    event = resumed(draft.state, message.by, strategy_id=message.strategy_id, unparks=message.unparks)
    if event is not None:
        draft.record(event)
    if event is None or not event.unparked or not draft.state.live:
        if not held_back(draft.state):
            report_all_ended(draft)
        return False
    for s in of_this_run(draft.state):
        if s.status == "parked":
            draft.record(
                StrategyResumed(
                    run_id=draft.state.run_id,
                    user_id=draft.state.user_id,
                    strategy_id=s.terms.strategy_id,
                    terms=s.terms,
                )
            )
    return True


def stay_parked(draft: Draft) -> None:
    """A run has begun, and what the account was parked for is its owner's to settle first."""
    if draft.state.restricted:
        end_all(draft, "parked", draft.state.parked)


def cancel_for_owner(draft: Draft) -> None:
    """The one thing that is still asked for a restricted account, where its settings want that."""
    terms = draft.state.trade.terms if draft.state.trade is not None else None
    if draft.state.restricted and terms is not None and terms.on_restriction == "cancel":
        cancel_open_leg(draft, "the account is parked")
