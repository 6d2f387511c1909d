"""What is said of the run, its streams and actors, and of accounts as a whole."""

from events.accounts import AccountQuieted
from events.base import Event
from events.control import AccountPaused, AccountResumed, OperatorCommanded
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
)
from projections.figures import utc
from projections.sayings.saying import Level, Running, Said, Saying, because
from projections.words.control import command_line
from projections.words.system import crash_before, live_words


def _run_started(event: RunStarted, _running: Running) -> Said:
    fields: dict[str, str | int] = {"run_id": event.run_id, "venue": event.venue, "pid": event.pid}
    live = f"; {live_words(event)}" if event.hosts else ""
    if event.previous_run_sealed:
        return "warning" if live else "info", f"run started{live}", fields
    return "warning", f"run started{live}; {crash_before(event)}", fields


def _quieted(event: AccountQuieted, _running: Running) -> Said:
    return "warning", "the venue turned the account away", {"until": utc(event.until), "reason": event.reason}


def _commanded(event: OperatorCommanded, _running: Running) -> Said:
    level: Level = "debug" if event.command == "status" else "info"
    return level, f"command: {command_line(event)}", {"by": str(event.by)}


def _paused(event: AccountPaused, _running: Running) -> Said:
    return "warning", f"paused by {event.by.name}", {"in_hand": event.trade_id} if event.trade_id else {}


def _resumed(event: AccountResumed, _running: Running) -> Said:
    return "info", f"resumed by {event.by.name}" + (", and parked no more" if event.unparked else ""), {}


SYSTEM: dict[type[Event], Saying] = {
    RunStarted: _run_started,
    LogCut: because("error", "the damaged end of the log was cut off", "first_position", "quarantine", "reason"),
    RunEnded: because("info", "run ended", "run_id", "exit_code", "reason", "dead_letters"),
    StreamConnected: because("info", "user stream connected", "attempt"),
    StreamLost: because("warning", "user stream lost", "reason", "attempt"),
    StreamFailed: because("error", "user stream given up", "reason", "attempts"),
    StreamClosed: because("info", "user stream closed", "reason"),
    OperatorCommanded: _commanded,
    AccountPaused: _paused,
    AccountResumed: _resumed,
    AccountQuieted: _quieted,
    AccountParked: because("error", "account parked", "reason"),
    ActorFailed: because("error", "actor failed", "actor", "error"),
    ActorRestarted: because("warning", "actor restarted", "actor", "restarts"),
}
