"""An account's part of the self-match guard: a turn before each trade, given back when nothing of it can be live. Pure.

A plain sale may meet another account's buy too, so the turn lasts as long as the trade: through unanswered placements,
late fills of its legs and sales of leftover coins.
"""

from actors.deciders.draft import Draft
from actors.messages.base import Message
from actors.messages.strategies import StartStrategies
from actors.messages.turns import AskTurn, BlockTurn, ReturnTurn, TurnGranted, TurnNotYet
from events.strategies import TurnAwaited, TurnDelayed, TurnGivenUp
from projections.states.user import StrategyState, TradeState, UserState, active, may_trade


def has_turn(draft: Draft, s: StrategyState) -> bool:
    """Whether a trade of the strategy may begin now. Otherwise its turn has been asked for."""
    strategy_id = s.terms.strategy_id
    if not s.terms.self_match_guard or draft.granted == strategy_id:
        return True
    if not s.awaits_turn:
        user_id, symbol = draft.state.user_id, s.terms.rules.symbol
        draft.record(TurnAwaited(user_id=user_id, strategy_id=strategy_id, symbol=symbol))
        draft.command(AskTurn(user_id=user_id, strategy_id=strategy_id, symbol=symbol))
    return False


def granted(draft: Draft, message: TurnGranted) -> None:
    """The trade begins with what is due anyway, in this decision or not at all."""
    s = draft.strategy(message.strategy_id)
    if s is not None and s.awaits_turn and s.terms.rules.symbol == message.symbol:
        draft.granted = message.strategy_id
    elif draft.state.trade is None or draft.state.trade.strategy_id != message.strategy_id:
        draft.command(ReturnTurn(user_id=draft.state.user_id, strategy_id=message.strategy_id))


def not_yet(draft: Draft, message: TurnNotYet) -> None:
    s = draft.strategy(message.strategy_id)
    if s is None or not s.awaits_turn or s.terms.rules.symbol != message.symbol:
        return
    draft.record(
        TurnDelayed(
            user_id=draft.state.user_id,
            strategy_id=message.strategy_id,
            symbol=message.symbol,
            holder=message.holder,
            ahead=message.ahead,
            blocked=message.blocked,
        )
    )


def settle_turns(draft: Draft, before: UserState, message: Message) -> None:
    """What the decision means for turns that are had or waited for. Called last."""
    if not any(s.terms.self_match_guard for s in draft.state.strategies.values()):
        return
    for s in draft.state.strategies.values():
        if s.awaits_turn and (draft.granted == s.terms.strategy_id or not _waits(draft.state, s)):
            _give_up(draft, s)
    for strategy_id in _done(draft.state, before):
        draft.command(ReturnTurn(user_id=draft.state.user_id, strategy_id=strategy_id))
    if isinstance(message, StartStrategies) and draft.state.trade is None:
        # The actor before this one may have died before it gave back what it had.
        draft.command(ReturnTurn(user_id=draft.state.user_id))
    stuck = _stuck(draft.state)
    if draft.state.trade is not None and (stuck != _stuck(before) or isinstance(message, StartStrategies)):
        draft.command(BlockTurn(user_id=draft.state.user_id, reason=stuck))


def may_be_live(trade: TradeState) -> bool:
    """Whether an order of the trade may be open at the venue."""
    return trade.phase not in ("quoting", "pricing")


def _stuck(state: UserState) -> str:
    """Why the trade in hand will not end before the operator acts, empty while it may."""
    user, trade = state.user_id, state.trade
    if state.parked:
        return f"user {user} is parked with a trade in hand: {state.parked}"
    if trade is None or state.stopping != "now" or active(state):
        return ""
    left = f"user {user} has left {trade.trade_id} with an order whose end is not confirmed"
    return f"{left}; end the run (bin/run stop --all): the next one with user {user} settles it before it trades"


def _waits(state: UserState, s: StrategyState) -> bool:
    return not state.parked and state.stopping == "no" and s in active(state) and may_trade(state, s)


def _give_up(draft: Draft, s: StrategyState) -> None:
    draft.record(TurnGivenUp(user_id=draft.state.user_id, strategy_id=s.terms.strategy_id, symbol=s.terms.rules.symbol))


def _done(state: UserState, before: UserState) -> list[str]:
    """The strategies that had a trade or waited for one before, and do neither now."""
    trading = state.trade.strategy_id if state.trade is not None else ""
    waited = [name for name, s in before.strategies.items() if s.awaits_turn]
    traded = [before.trade.strategy_id] if before.trade is not None else []
    return [name for name in dict.fromkeys((*traded, *waited)) if name != trading and not _awaits(state, name)]


def _awaits(state: UserState, strategy_id: str) -> bool:
    s = state.strategies.get(strategy_id)
    return s is not None and s.awaits_turn
