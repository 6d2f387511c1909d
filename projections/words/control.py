"""The operator's commands in words."""

from collections.abc import Callable
from typing import Any

from events.base import Event
from events.control import AccountPaused, AccountResumed, OperatorCommanded


def _commanded(event: OperatorCommanded) -> str:
    return f"{event.by} commands: {command_line(event)}"


def command_line(event: OperatorCommanded) -> str:
    """The command as it was typed."""
    if event.user_id is not None:
        return f"{event.command} --user {event.user_id}"
    return f"{event.command} --strategy {event.strategy_id}" if event.strategy_id else f"{event.command} --all"


def _paused(event: AccountPaused) -> str:
    hand = f"; trade {event.trade_id} is in hand" if event.trade_id else ""
    return f"{_of(event)}paused by {event.by}: no further trade begins{hand}"


def _resumed(event: AccountResumed) -> str:
    parked = "; the account is parked no more" if event.unparked else ""
    return f"{_of(event)}resumed by {event.by}: trades may begin{parked}"


def _of(event: AccountPaused | AccountResumed) -> str:
    return f"{event.strategy_id}: " if event.strategy_id else ""


CONTROL: dict[type[Event], Callable[[Any], str]] = {
    OperatorCommanded: _commanded,
    AccountPaused: _paused,
    AccountResumed: _resumed,
}
