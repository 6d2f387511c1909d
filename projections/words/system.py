"""Events of the program and its connections in words."""

from collections.abc import Callable, Sequence
from typing import Any

from events.base import Event
from events.numbers import plain
from events.system import (
    AccountParked,
    ActorFailed,
    ActorRestarted,
    LogCut,
    RunEnded,
    RunStarted,
    StreamClosed,
    StreamConnected,
    StreamFailed,
    StreamLost,
    StreamRenewed,
)
from projections.figures import counted, utc

SHOWN_DIGITS = 16
"""Of a hash, for people."""


def crash_before(event: RunStarted) -> str:
    """Of a start that found no seal."""
    when = f", its last event is of {utc(event.previous_event_at)}" if event.previous_event_at is not None else ""
    return f"the run before it has no end: it crashed, or its storage failed{when}"


def _run_started(event: RunStarted) -> str:
    accounts = ", ".join(map(str, event.accounts))
    before = "" if event.previous_run_sealed else f"; {crash_before(event)}"
    live = f"; {live_words(event)}" if event.hosts else ""
    return (
        f"run {event.run_id} started on {event.venue} for accounts {accounts} (pid {event.pid},"
        f" code {event.code_version}, Python {event.python_version}){live}{before}"
    )


def live_words(event: RunStarted) -> str:
    """Of a run on the real venue: what it is, where, for whom, and who allowed it."""
    accounts = ", ".join(map(str, event.accounts))
    allowed = {f"{one.by.name} (text {one.sha256[:SHOWN_DIGITS]})" for one in event.acknowledgements}
    return f"{live_at(event.hosts)}, for accounts {accounts}; acknowledged by {', '.join(sorted(allowed))}"


def live_at(hosts: Sequence[str]) -> str:
    """What everybody says of a run on the real venue, in the same words."""
    return f"LIVE: real orders with real money at {' and '.join(hosts)}"


def log_cut(event: LogCut) -> str:
    """Also for the operator at the start."""
    cut = "events" if event.events is None else counted(event.events, "event")
    what = f"cut off {cut} from position {event.first_position} on" if event.events != 0 else "no event is lost"
    return f"the end of the log was damaged ({event.reason}): {what}; what was found is kept in {event.quarantine}"


def _run_ended(event: RunEnded) -> str:
    lost = f"; {event.dead_letters} messages reached no actor" if event.dead_letters else ""
    return f"run {event.run_id} ended with exit code {event.exit_code}: {event.reason}{lost}"


def _connected(event: StreamConnected) -> str:
    tries = f" on attempt {event.attempt}" if event.attempt > 1 else ""
    return f"user stream connected and subscribed{tries}"


def _lost(event: StreamLost) -> str:
    return f"user stream lost (attempt {event.attempt}), next try in {plain(event.retry_in)} s: {event.reason}"


def _failed(event: StreamFailed) -> str:
    return f"user stream given up after {event.attempts} attempts: {event.reason}"


def _renewed(event: StreamRenewed) -> str:
    return "listen key renewed" + (", the venue gave another one" if event.replaced else "")


def _closed(event: StreamClosed) -> str:
    return f"user stream closed: {event.reason}"


def _actor_failed(event: ActorFailed) -> str:
    return f"actor {event.actor} failed: {event.error}"


def _actor_restarted(event: ActorRestarted) -> str:
    return f"actor {event.actor} restarted (restart {event.restarts})"


def _parked(event: AccountParked) -> str:
    return f"account parked until the operator acts: {event.reason}"


SYSTEM: dict[type[Event], Callable[[Any], str]] = {
    RunStarted: _run_started,
    LogCut: log_cut,
    RunEnded: _run_ended,
    StreamConnected: _connected,
    StreamLost: _lost,
    StreamFailed: _failed,
    StreamRenewed: _renewed,
    StreamClosed: _closed,
    ActorFailed: _actor_failed,
    ActorRestarted: _actor_restarted,
    AccountParked: _parked,
}
