"""Streams folded again, beside the actors that wrote them."""

from typing import Any, cast

from actors import user
from actors.base import Decider, Ledger
from actors.journal import JournalClient
from projections.states.user import UserState
from tests.simulation.log import Log


class Refolds:
    """What the log adds up to. Each look goes on where the one before it left off: what is durable stays as it is, so
    that folding it from the beginning would give the same.
    """

    def __init__(self, log: Log) -> None:
        self._log = cast("JournalClient", log)
        self._ledgers: dict[str, Ledger[Any]] = {}

    def ledger(self, stream: str, decider: Decider[Any]) -> Ledger[Any]:
        """Folded up to the last event by now; from the beginning where the fold begins with other settings."""
        kept = self._ledgers.get(stream)
        if kept is None or kept._decider.initial != decider.initial:
            kept = self._ledgers[stream] = Ledger(stream, decider, self._log)
        kept.recover()
        return kept

    def user(self, user_id: int) -> UserState:
        state: UserState = self.ledger(f"user-{user_id}", user.pure(user_id)).state
        return state
