"""Adding to an account's own stream while no supervisor runs on the data directory."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from bin.lock import DataDirLock
from bin.sound_log import sound_log
from events.base import Event, Metadata, NewEvent
from events.journal import EventJournal
from projections.states.user import UserState, evolve

E = TypeVar("E", bound=Event)


def record_alone(data_dir: Path, user: int, decide: Callable[[UserState], Sequence[E]]) -> Sequence[E]:
    """Record what `decide` says to the account's state, and return it. Raises DataDirError, StorageFailed."""
    with DataDirLock(data_dir), sound_log(data_dir) as journal:
        return record(journal, user, decide)


def record(journal: EventJournal, user: int, decide: Callable[[UserState], Sequence[E]]) -> Sequence[E]:
    """The same where the caller holds the log."""
    stream, state, version = f"user-{user}", UserState(user_id=user), 0
    for recorded in journal.read_stream(stream):
        state, version = evolve(state, recorded), recorded.version
    events = decide(state)
    if events:
        now = time.time_ns() // 1_000_000
        meta = Metadata(correlation_id=stream, causation=None, ts_event=now, ts_init=now)
        journal.append(stream, version, [NewEvent(event=event, meta=meta) for event in events])
    return events
