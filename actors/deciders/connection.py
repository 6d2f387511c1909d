"""When an account's user stream is opened, renewed, tried again and given up."""

from decimal import Decimal

from actors.messages.base import NOTHING, Decision, Message, Recovered, Request, TellUser, Tick
from actors.messages.readers import (
    CloseReaders,
    DropReaders,
    KeepNewReader,
    KeyKept,
    KeyMoved,
    OpenReader,
    ReaderEnded,
    ReaderSubscribed,
    RenewKey,
)
from actors.messages.streams import CloseStream, EnsureStream, ReplaceStream, StreamDown, StreamMoved, StreamUp
from events.system import StreamClosed, StreamConnected, StreamFailed, StreamLost, StreamRenewed
from projections.states.connection import ConnectionSettings, ConnectionState

State = ConnectionState


def decide(state: State, message: Message, now: int) -> Decision:  # noqa: PLR0911 - a table of messages
    match message:
        case Request(command=EnsureStream()):
            return _ensure(state)
        case Request(command=CloseStream(reason=reason)):
            return _close(state, reason)
        case Request(command=ReplaceStream(reason=reason)):
            return _replace(state, reason)
        case Recovered():
            return _recovered(state)
        case Tick():
            return _tick(state, now)
        case ReaderSubscribed():
            return _subscribed(state)
        case ReaderEnded():
            return _ended(state, message)
        case KeyKept():
            return _renewed(state, replaced=False)
        case KeyMoved():
            return _renewed(state, replaced=True)
    return NOTHING


def next_deadline(state: State) -> int | None:
    return state.deadline


def retry_delay(settings: ConnectionSettings, failures: int, jitter: Decimal) -> Decimal:
    """Seconds to wait after so many failures in a row (from 1); `jitter` is from 0 to 1."""
    grown = min(settings.first_delay_s * (1 << min(failures - 1, 30)), settings.longest_delay_s)
    return max(grown * (1 - settings.jitter_share * jitter), settings.first_delay_s)


def _ensure(state: State) -> Decision:
    if state.phase == "up":
        return Decision(commands=(TellUser(message=StreamUp(position=state.position)),))
    if state.phase == "waiting":
        return NOTHING  # the next try is due, and its end will be told
    return Decision(commands=(OpenReader(),))


def _close(state: State, reason: str) -> Decision:
    if state.phase in ("closed", "failed"):
        return Decision(commands=(CloseReaders(),))  # one may just be trying
    return Decision(events=(StreamClosed(user_id=state.user_id, reason=reason),), commands=(CloseReaders(),))


def _replace(state: State, reason: str) -> Decision:
    """At once: the venue did not refuse anything. If the next stream cannot be had, the usual delays apply."""
    if state.phase != "up":
        return NOTHING
    lost = StreamLost(user_id=state.user_id, reason=reason, attempt=1, retry_in=Decimal(0))
    down = TellUser(message=StreamDown(position=0, reason=reason, final=False))
    return Decision(events=(lost,), commands=(DropReaders(), down))


def _recovered(state: State) -> Decision:
    """The readers went with the actor before. Whoever still wants the stream asks for it again."""
    if state.phase in ("closed", "failed"):
        return NOTHING
    return Decision(
        events=(StreamClosed(user_id=state.user_id, reason="it went with the actor or the program before"),)
    )


def _tick(state: State, now: int) -> Decision:
    if state.deadline is None or now < state.deadline:
        return NOTHING
    if state.phase == "waiting":
        return Decision(commands=(OpenReader(),))
    return Decision(commands=(RenewKey(reconnect=now >= state.reconnect_at),)) if state.phase == "up" else NOTHING


def _subscribed(state: State) -> Decision:
    connected = StreamConnected(user_id=state.user_id, attempt=max(state.tries, 1))
    return Decision(events=(connected,), commands=(TellUser(message=StreamUp(position=0)),))


def _ended(state: State, ended: ReaderEnded) -> Decision:
    """A stream that was up gets more tries than one that never was; a dead session gets none.

    A try that had to wait for the venue's time is none: the next comes when that is over.
    """
    waits = ended.retry_after_ms > 0
    attempt = 1 if state.phase == "up" else max(state.tries, 1) + (not waits)
    limit = state.settings.tries_in_a_row if state.established else state.settings.first_tries
    if ended.outcome == "unauthorised" or attempt > limit:
        return _give_up(state, ended, attempt - 1)
    delay = retry_delay(state.settings, attempt if state.established else max(attempt - 1, 1), ended.jitter)
    delay = max(delay, Decimal(ended.retry_after_ms) / 1000)
    lost = StreamLost(user_id=state.user_id, reason=ended.reason, attempt=attempt, retry_in=delay)
    down = StreamDown(
        position=0, reason=ended.reason, final=False, outcome=ended.outcome, retry_after_ms=ended.retry_after_ms
    )
    tells = state.phase == "up" or ended.outcome == "rate_limited"
    return Decision(events=(lost,), commands=(TellUser(message=down),) if tells else ())


def _give_up(state: State, ended: ReaderEnded, attempts: int) -> Decision:
    failed = StreamFailed(user_id=state.user_id, reason=ended.reason, attempts=attempts)
    outcome = ended.outcome if ended.outcome == "unauthorised" else None  # with any other it is the stream that failed
    down = TellUser(message=StreamDown(position=0, reason=ended.reason, final=True, outcome=outcome))
    return Decision(events=(failed,), commands=(CloseReaders(), down))


def _renewed(state: State, *, replaced: bool) -> Decision:
    if state.phase != "up":
        return NOTHING
    keep = (KeepNewReader(), TellUser(message=StreamMoved())) if replaced else ()
    return Decision(events=(StreamRenewed(user_id=state.user_id, replaced=replaced),), commands=keep)
