"""Every event in plain words, for people who read the log: what happened, and why where the event says so."""

from collections.abc import Callable
from typing import Any

from events.base import Event, UnknownEvent
from events.strategies import StrategyStarted
from events.system import ActorFailed, ActorRestarted
from projections.words.accounts import ACCOUNTS
from projections.words.control import CONTROL
from projections.words.inventory import INVENTORY
from projections.words.orders import ORDERS
from projections.words.strategies import STRATEGIES
from projections.words.system import SYSTEM
from projections.words.trades import TRADES
from projections.words.volumes import VOLUMES

WORDS: dict[type[Event], Callable[[Any], str]] = {
    **ORDERS,
    **TRADES,
    **STRATEGIES,
    **INVENTORY,
    **ACCOUNTS,
    **VOLUMES,
    **SYSTEM,
    **CONTROL,
    UnknownEvent: lambda _: "an event that this version does not know; it is kept and skipped",
}
"""One function per event class."""


def in_words(event: Event) -> str:
    """Tell an event in one line."""
    return WORDS[type(event)](event)


def account_of(event: Event) -> int | None:
    """The account that an event concerns, None where it concerns the whole program or is of unknown kind."""
    if isinstance(event, StrategyStarted):
        return event.terms.user_id
    if isinstance(event, ActorFailed | ActorRestarted):
        # An account's actors are named for it: user-1, orders-1.
        number = event.actor.rpartition("-")[2]
        return int(number) if number.isdecimal() else None
    user_id = getattr(event, "user_id", None)
    return user_id if isinstance(user_id, int) else None
