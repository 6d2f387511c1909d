"""What happened to the program itself and to its connections."""

from decimal import Decimal

from events.base import Event
from events.values import Acknowledgement


class RunStarted(Event, frozen=True, kw_only=True):
    """A supervisor took this log. `previous_run_sealed` is False when the run before it did not end in order: it
    crashed, at or soon after `previous_event_at` (ms), the time of the last event before this one.

    `hosts` are those that the run contacts, and `acknowledgements` what allows it to trade there; both are empty on the
    paper venue.
    """

    run_id: str
    pid: int
    code_version: str
    python_version: str
    dependencies: tuple[str, ...]
    config_hash: str
    venue: str
    accounts: tuple[int, ...]
    previous_run_sealed: bool
    previous_event_at: int | None = None
    listen_key_renewal_ms: int = 25 * 60_000
    hosts: tuple[str, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()


class LogCut(Event, frozen=True, kw_only=True):
    """The end of this log was damaged, and was cut off before this run: `events` of them, from `first_position` on.

    None of what was cut can be trusted to be read, so `events` is None where they could not be counted, and 0 where
    only the file around them was damaged. The file as it was found is kept in `quarantine`, beside the log.
    """

    first_position: int
    events: int | None
    reason: str
    quarantine: str


class RunEnded(Event, frozen=True, kw_only=True):
    """The supervisor stopped in order. `dead_letters` are messages of the run that reached no actor."""

    run_id: str
    exit_code: int
    reason: str
    dead_letters: int = 0


class StreamConnected(Event, frozen=True, kw_only=True):
    """The account's user stream is subscribed and acknowledged; `attempt` counts the tries that it took."""

    user_id: int
    attempt: int


class StreamLost(Event, frozen=True, kw_only=True):
    """The user stream broke; the next try is in `retry_in` seconds."""

    user_id: int
    reason: str
    attempt: int
    retry_in: Decimal


class StreamFailed(Event, frozen=True, kw_only=True):
    """The user stream was given up after `attempts` tries in a row."""

    user_id: int
    reason: str
    attempts: int


class StreamRenewed(Event, frozen=True, kw_only=True):
    """The listen key was renewed; `replaced` says that the venue gave another one and the subscription moved."""

    user_id: int
    replaced: bool


class StreamClosed(Event, frozen=True, kw_only=True):
    """We closed the user stream."""

    user_id: int
    reason: str


class ActorFailed(Event, frozen=True, kw_only=True):
    """An actor died or hung; `error` is its type and message, without the values it worked on."""

    actor: str
    error: str


class ActorRestarted(Event, frozen=True, kw_only=True):
    """A fresh actor took the place of one that failed."""

    actor: str
    restarts: int


class AccountParked(Event, frozen=True, kw_only=True):
    """An account does nothing more until the operator acts.

    `restricted` says that the venue wants to see its owner (a verification challenge, an expired login, a restriction):
    then later runs do not take it up either, until AccountResumed.
    """

    user_id: int
    reason: str
    restricted: bool = False
