"""What the shells tell each other and themselves about the machinery; trading itself is in `actors.messages`."""

from decimal import Decimal

from actors.messages import Command, Message
from events.system import RunStarted
from events.values import ControlCommand, Operator, Outcome, SymbolRules, TokenVolume


class Request(Message, frozen=True, kw_only=True):
    """Carry out this command; answers carry `cause` on."""

    command: Command


class Retire(Message, frozen=True, kw_only=True):
    """Finish what was told before, and stop. It does not overtake."""


# --- about the user stream, to UserActor and from it ------------------------------------------------------------------


class StreamMoved(Message, frozen=True, kw_only=True):
    """Another subscription has taken the place of the one before, without a gap if the venue allowed it."""


class StreamSilent(Message, frozen=True, kw_only=True):
    """The tracker has proof that the stream delivers nothing: the venue has news that no frame brought."""


class ReplaceStream(Command, frozen=True, kw_only=True):
    """To WebSocketActor: the stream is dead, whatever its socket answers; open another."""

    reason: str


# --- WebSocketActor to itself: notices of its reader threads; `jitter` is drawn from 0 to 1 -------------------------


class ReaderSubscribed(Message, frozen=True, kw_only=True):
    """The reader of this generation is subscribed and acknowledged."""

    generation: int


class ReaderEnded(Message, frozen=True, kw_only=True):
    """The reader of this generation is over: not subscribed, or the stream lost. `outcome` is that of a failed call."""

    generation: int
    reason: str
    jitter: Decimal
    outcome: Outcome | None = None
    retry_after_ms: int = 0


class KeyKept(Message, frozen=True, kw_only=True):
    """The renewal gave the same listen key: the reader in use stays."""

    generation: int


class KeyMoved(Message, frozen=True, kw_only=True):
    """The renewal gave another listen key, and a new reader is subscribed to it."""

    generation: int


# --- commands of the connection decider to its own shell ------------------------------------------------------------


class OpenReader(Command, frozen=True, kw_only=True):
    """Ask for a listen key and subscribe, on a thread of its own. Nothing happens when one is at it already."""


class RenewKey(Command, frozen=True, kw_only=True):
    """Ask for a listen key; when it is another, subscribe to it. A failure counts as the loss of the stream.

    `reconnect` asks for a new connection also when the key is the same.
    """

    reconnect: bool = False


class KeepNewReader(Command, frozen=True, kw_only=True):
    """The reader on the new key takes over; close the one before."""


class DropReaders(Command, frozen=True, kw_only=True):
    """Close every reader and leave its listen key: the next reader may be given the same."""


class CloseReaders(Command, frozen=True, kw_only=True):
    """Close every reader and delete its listen key."""


# --- VolumeOracle to itself -----------------------------------------------------------------------------------------


class VolumeRead(Message, frozen=True, kw_only=True):
    """What the venue answered to a volume query; `rules` where they are not those that the query knew."""

    user_id: int
    strategy_id: str
    ticker: str
    total: Decimal
    tokens: tuple[TokenVolume, ...]
    mul_point: int
    rules: SymbolRules | None = None


class VolumeNotRead(Message, frozen=True, kw_only=True):
    """The venue could not be asked."""

    user_id: int
    strategy_id: str
    outcome: Outcome
    message: str
    retry_after_ms: int = 0


# --- turns on a symbol, between UserActor and the supervisor ---------------------------------------------------------


class AskTurn(Command, frozen=True, kw_only=True):
    """To the supervisor: this strategy wants to trade the symbol. Answered with TurnGranted, perhaps much later."""

    user_id: int
    strategy_id: str
    symbol: str


class ReturnTurn(Command, frozen=True, kw_only=True):
    """To the supervisor: the strategy, or with no name every strategy of the account, neither trades nor waits."""

    user_id: int
    strategy_id: str = ""


class BlockTurn(Command, frozen=True, kw_only=True):
    """To the supervisor: the trade in hand will not end before the operator acts; with no reason it will again.

    The reason names the account, for those that wait.
    """

    user_id: int
    reason: str = ""


class TurnGranted(Message, frozen=True, kw_only=True):
    """The symbol is this strategy's until it is given back."""

    strategy_id: str
    symbol: str


class TurnNotYet(Message, frozen=True, kw_only=True):
    """Another account, `holder`, has the symbol, and `ahead` others come first; `blocked` as in TurnDelayed."""

    strategy_id: str
    symbol: str
    holder: int
    ahead: int
    blocked: str = ""


# --- to the supervisor ----------------------------------------------------------------------------------------------


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


class CheckChildren(Message, frozen=True, kw_only=True):
    """Look whether every child is alive and moving."""


# --- commands of the supervision decider to its own shell -----------------------------------------------------------


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
