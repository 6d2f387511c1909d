"""Turns on symbols as the supervisor grants them (`self_match_guard`), and who has one from before the run.

Everything here runs on the supervisor's thread.
"""

from collections.abc import Callable, Iterable

from actors.base import Ledger
from actors.deciders import self_match
from actors.deciders.self_match import Turn, Turns
from actors.deciders.user_turns import may_be_live
from actors.journal import JournalClient
from actors.messages.base import Command, Message
from actors.messages.turns import AskTurn, BlockTurn, ReturnTurn, TurnGranted, TurnNotYet
from actors.user import pure
from projections.states.user import UserState

Tell = Callable[[int, Message], object]
"""Tells the UserActor of an account."""


class SymbolTurns:
    """Who has a turn, who waits, and who is told of it."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._turns = Turns()
        self._asked: dict[Turn, int | None] = {}

    def take_up(self, journal: JournalClient, ours: frozenset[int], others: Iterable[int]) -> None:
        """Hold the turns of trades that were in hand before this run: of `ours`, which it goes on with, and of others
        as far as an order of them may be open. Raises StorageFailed.
        """
        for user_id in sorted(ours.union(others)):
            state = _recovered(user_id, journal)
            trade = state.trade
            if trade is None or trade.terms is None or not (user_id in ours or may_be_live(trade)):
                continue
            turn = Turn(user_id, trade.strategy_id, trade.terms.rules.symbol)
            self._turns = self_match.hold(self._turns, turn)
            if user_id not in ours:
                why = f"user {user_id} is not part of this run, and an order of its trade {trade.trade_id} may be open"
                self._turns, _ = self_match.block(self._turns, user_id, why)

    def handle(self, command: Command, cause: int | None) -> None:
        match command:
            case AskTurn(user_id=user_id, strategy_id=strategy_id, symbol=symbol):
                turn = Turn(user_id, strategy_id, symbol)
                self._asked[turn] = cause
                self._grant(*self_match.ask(self._turns, turn))
                self._tell_delay(turn)
            case ReturnTurn(user_id=user_id, strategy_id=strategy_id):
                self._grant(*self_match.give_back(self._turns, user_id, strategy_id))
            case BlockTurn(user_id=user_id, reason=reason):
                self._block(user_id, reason)

    def account_stopped(self, user_id: int, reason: str) -> None:
        """Its actors are gone: what it has in hand stays in hand, and it waits for nothing any more."""
        for one in [one for one in self._turns.waiting if one.user_id == user_id]:
            self._grant(*self_match.give_back(self._turns, user_id, one.strategy_id))
        self._block(user_id, f"user {user_id} is parked: {reason}")

    def _block(self, user_id: int, reason: str) -> None:
        if self._turns.blocked.get(user_id, "") == reason:
            return
        self._grant(*self_match.block(self._turns, user_id, reason))
        for one in self_match.waiting_for(self._turns, user_id):
            self._tell_delay(one)

    def _grant(self, after: Turns, granted: tuple[Turn, ...]) -> None:
        self._turns = after
        for one in granted:
            cause = self._asked.get(one)
            self._tell(one.user_id, TurnGranted(strategy_id=one.strategy_id, symbol=one.symbol, cause=cause))

    def _tell_delay(self, turn: Turn) -> None:
        delay = self_match.delay(self._turns, turn)
        if delay is None:
            return
        told = TurnNotYet(
            strategy_id=turn.strategy_id,
            symbol=turn.symbol,
            holder=delay.holder,
            ahead=delay.ahead,
            blocked=delay.blocked,
            cause=self._asked.get(turn),
        )
        self._tell(turn.user_id, told)


def _recovered(user_id: int, journal: JournalClient) -> UserState:
    ledger = Ledger(f"user-{user_id}", pure(user_id), journal)
    ledger.recover()
    return ledger.state
