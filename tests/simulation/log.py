"""The log of a simulation: an in-memory journal whose appends may be the last thing that a process does."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from actors.address import Address
from actors.journal import JournalClient
from actors.messages.supervision import StorageLost
from events.base import NewEvent, Recorded
from events.journal import Append, InMemoryJournal, StorageFailed, accepted
from tests.simulation.hazards import InjectedFailure
from tests.simulation.stage import Stage


class Log:
    """What is durable: it outlives processes. `digest` is of every stored name and every byte, in order.

    `write` is given each event as one line of them.
    """

    def __init__(
        self, heard: Callable[[tuple[Recorded, ...]], object], write: Callable[[bytes], object] | None = None
    ) -> None:
        self.journal = InMemoryJournal()
        self._hash = hashlib.sha256()
        self._heard = heard
        self._write = write
        self._decoded: dict[str, list[Recorded]] = defaultdict(list)
        self.snapshots = None

    def append(self, stream: str, version: int, events: Sequence[NewEvent]) -> tuple[Recorded, ...]:
        append = self.journal.encoded(Append(stream=stream, expected_version=version, events=tuple(events)))
        recorded = accepted(self.journal.append_many((append,))[0])
        for one, (topic, state) in zip(recorded, append.states, strict=True):
            line = b"%d %s %d %s %s\n" % (one.position, stream.encode(), one.version, topic.encode(), state)
            self._hash.update(line)
            if self._write is not None:
                self._write(line)
        self._heard(recorded)
        return recorded

    def read_stream(self, stream: str, after_version: int = 0) -> Iterator[Recorded]:
        """As the journal's; each event is decoded from its bytes once, however often it is read."""
        known = self._decoded[stream]
        known.extend(self.journal.read_stream(stream, known[-1].version if known else 0))
        return iter(known[after_version:])

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def rows(self) -> list[dict[str, Any]]:
        """Each event as an auditor reads it: position, stream, version, topic, meta and data."""
        notes = self.journal._recorder.select_notifications(1, 10**9)
        return [
            {"position": row.id, "stream": row.originator_id, "version": row.originator_version, "topic": row.topic}
            | msgspec.json.decode(row.state)
            for row in notes
        ]


class LogClient(JournalClient):
    """The actors' journal for the life of one process."""

    def __init__(self, log: Log, stage: Stage, supervisor: Address) -> None:  # it has no ref: nobody waits
        self._log = log
        self._stage = stage
        self._supervisor = supervisor
        self._halted: StorageFailed | None = None
        self.snapshots = None

    def append(self, stream: str, expected_version: int, events: Sequence[NewEvent]) -> tuple[Recorded, ...]:
        """As JournalClient.append, with all that can go wrong at that instant."""
        self._stage.point(stream, "before an append")
        self._may_fail(stream)
        torn = self._stage.hazards.storage_fails_here()
        if torn and self._stage.world.chance.random() < 0.5:
            self._halt()
        if self._halted is not None:
            raise self._halted
        recorded = self._log.append(stream, expected_version, events)
        if torn:
            self._halt()
        self._stage.point(stream, "after an append")
        self._may_fail(stream)
        return recorded

    def read_stream(self, stream: str, after_version: int = 0) -> Iterator[Recorded]:
        return self._log.read_stream(stream, after_version)

    def _may_fail(self, stream: str) -> None:
        if stream != "system" and self._stage.hazards.fails_here():
            self._stage.world.note(stream, "fails")
            raise InjectedFailure("a defect")

    def _halt(self) -> None:
        self._halted = StorageFailed("the disk is full")
        self._stage.world.note("journal", "halts")
        self._supervisor.tell(StorageLost(error=str(self._halted)))
        raise self._halted
