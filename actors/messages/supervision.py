"""To the supervisor, and the commands of its decider to its own shell: the run, its actors and the operator."""

from actors.messages.base import Command, Message
from events.system import RunStarted
from events.values import ControlCommand, Operator


class RunBegins(Message, frozen=True, kw_only=True):
    """First message to the supervisor. `previous_run_sealed` of the event is filled in from the log."""

    run: RunStarted


class RunEnds(Message, frozen=True, kw_only=True):
    """Last message to the supervisor, when every child has stopped."""

    exit_code: int
    reason: str
    dead_letters: int = 0


class ChildFailed(Message, frozen=True, kw_only=True):
    """An actor died, hung or could not start. `urn` tells the actor from those that came after it, "" if none began.

    `account` is None for an actor that serves all accounts.
    """

    name: str
    account: int | None
    urn: str
    error: str


class ChildStopped(Message, frozen=True, kw_only=True):
    """An actor ended in order."""

    name: str
    urn: str


class CheckChildren(Message, frozen=True, kw_only=True):
    """Look whether every child is alive and moving."""


class StorageLost(Message, frozen=True, kw_only=True):
    """The journal could not write or read: nothing may be traded any more."""

    error: str


class VenueLost(Message, frozen=True, kw_only=True):
    """The venue that was started for this run has ended: nobody answers any more."""

    reason: str


class Commanded(Message, frozen=True, kw_only=True):
    """The operator's command from outside of the run: for one account, for one strategy, or (neither) for all."""

    command: ControlCommand
    by: Operator
    user_id: int | None = None
    strategy_id: str = ""


class StartChild(Command, frozen=True, kw_only=True):
    """Start a fresh actor in the place of the one that failed, and those that depend on it."""

    name: str


class StopAccount(Command, frozen=True, kw_only=True):
    """Stop all actors of a parked account; its strategies are over."""

    user_id: int
    reason: str


class TellAccounts(Command, frozen=True, kw_only=True):
    """Have the accounts that a command is for carry it out."""

    commanded: Commanded


class Halt(Command, frozen=True, kw_only=True):
    """Give the whole run up; `storage` says that the log cannot be written, `venue` that the venue has ended."""

    reason: str
    storage: bool = False
    venue: bool = False
