"""The doctor's look at the log and at what it adds up to. Nothing is written."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bin.doctor_findings import Finding, failure, ok, skipped, warning
from bin.doctor_trade import trade_in_hand
from bin.lock import holder
from bin.log_venue import OtherVenue, keep_to_venue
from bin.query_health import health_table
from config.schema import VenueSettings
from events.catalog import EventUnreadable
from events.journal import EventJournal, SqliteJournal, StorageFailed
from events.numbers import plain
from events.system import RunEnded, RunStarted
from events.verifying import Tampered, Unreadable, verify
from projections.figures import counted, utc
from projections.states.user import UserState, evolve

MOST_LAG_S = 60
VENUE = "log's venue"
SOUND, VIEWS, SEALED, INVENTORY, PARKED, PEACE = (
    *("log sound", "views", "last run", "unsold inventory"),
    *("parked", "rate-limit quiet"),
)


def log_findings(data_dir: Path, users: Iterable[int]) -> Iterator[Finding]:
    path = data_dir / "events.sqlite"
    if not path.is_file():
        yield skipped(SOUND, f"{data_dir} has no log yet")
        return
    sound = log_sound(path)
    yield sound
    if sound.verdict == "failure":
        return
    try:
        with SqliteJournal(path, read_only=True) as journal:
            yield views(journal, data_dir)
            yield last_run(journal, data_dir)
            for user in users:
                yield from account(journal, user, time.time_ns() // 1_000_000, runs=holder(data_dir) is not None)
    except (StorageFailed, EventUnreadable) as error:
        yield failure(SOUND, str(error), "look at it with bin/run replay verify, and put a sound copy in its place")


def same_venue(data_dir: Path, venue: VenueSettings) -> Iterator[Finding]:
    """Whether the log is of the settings' venue; nothing where there is none that can be read."""
    path = data_dir / "events.sqlite"
    if not path.is_file():
        return
    try:
        with SqliteJournal(path, read_only=True) as journal:
            keep_to_venue(journal, venue)
    except OtherVenue as error:
        yield failure(VENUE, str(error), "practise and go live in directories of their own")
    except (StorageFailed, EventUnreadable):
        return  # what is wrong with it is told already
    else:
        yield ok(VENUE, "it is of the venue that the settings name")


def log_sound(path: Path) -> Finding:
    """Every event against the seals of its commits."""
    mend = f"bin/run replay verify --data-dir {path.parent} tells more; put a sound copy in its place"
    try:
        verified = verify(path)
    except Tampered as error:
        return failure(SOUND, f"not from position {error.position:,} on: {error}", mend)
    except Unreadable as error:
        return failure(SOUND, f"it cannot be read: {error}", mend)
    return ok(SOUND, f"{counted(verified.head.position, 'event')} in {counted(verified.commits, 'commit')}")


def views(journal: EventJournal, data_dir: Path) -> Finding:
    """One that is missing, outdated, or behind while nobody runs, is folded by the next who asks."""
    table, sound = health_table(journal, data_dir / "views.sqlite", time.time_ns() // 1_000_000)
    rows = [dict(zip((one.name for one in table.columns), cells, strict=True)) for cells in table.rows]
    if not sound:
        stopped = [f"{row['view']} at event {row['stopped_at']}: {row['error']}" for row in rows if row["error"]]
        mend = "bin/run rebuild; the events that it names say why"
        return failure(VIEWS, f"{'; '.join(stopped)}", mend)
    late = max((row["lag_seconds"] or 0 for row in rows if row["state"] == "behind"), default=0)
    if late > MOST_LAG_S and holder(data_dir) is not None:
        return warning(VIEWS, f"they lag by {late} s", "is the machine overloaded? bin/run query health tells more")
    return ok(VIEWS, "none has stopped or lags")


def last_run(journal: EventJournal, data_dir: Path) -> Finding:
    """Whether the newest run ended in order, or goes on."""
    runs = [one.event for one in journal.read_stream("system") if isinstance(one.event, RunStarted | RunEnded)]
    if not runs:
        return ok(SEALED, "there was none yet")
    if isinstance(runs[-1], RunEnded):
        return ok(SEALED, f"it ended in order: {runs[-1].reason}")
    if holder(data_dir) is not None:
        return ok(SEALED, "it goes on")
    words = f"{runs[-1].run_id} did not end in order: it was killed, or the machine stopped"
    return warning(
        SEALED, words, "start it again: it settles what was in hand, by looking at the venue, before it trades"
    )


def account(journal: EventJournal, user: int, now_ms: int, *, runs: bool) -> Iterator[Finding]:
    state = UserState(user_id=user)
    for recorded in journal.read_stream(f"user-{user}"):
        state = evolve(state, recorded)
    yield inventory(state)
    yield trade_in_hand(state, runs=runs)
    yield parked(state)
    if state.quiet_until > now_ms:
        words = f"the venue turned it away, and is left in peace until {utc(state.quiet_until)} UTC"
        yield warning(PEACE, words, "wait until then; fewer accounts at a time ask less", state.user_id)


def inventory(state: UserState) -> Finding:
    user = state.user_id
    coins = [f"{plain(one.quantity)} {one.ticker} worth {plain(one.value)} USDT" for one in state.held.values()]
    if not coins:
        return ok(INVENTORY, "none", user)
    mend = f"bin/run sweep --user {user} sells it; bin/run acknowledge --user {user} once you have dealt with it"
    return warning(INVENTORY, ", ".join(coins), mend, user)


def parked(state: UserState) -> Finding:
    user = state.user_id
    if state.restricted:
        mend = f"see to the account at the venue, then: bin/run resume --user {user}"
        return failure(PARKED, f"the venue wants to see its owner: {state.parked}", mend, user)
    if state.paused:
        return warning(PARKED, "it is paused", f"bin/run resume --user {user}", user)
    return ok(PARKED, "it may trade", user)
