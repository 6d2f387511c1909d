"""The journal's actor: the only writer. What waits in its inbox is committed together.

There is no linger timer. While a commit syncs the disk, appends gather in the inbox; the next commit takes all of them.
So a lone append never waits for company, and under load the cost of a sync is shared by all that came meanwhile.
"""

import queue
import sys
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from types import TracebackType
from typing import Any

import pykka
from pykka import ActorRef, Future

from events.base import NewEvent, Recorded
from events.journal import Append, EventJournal, Outcome, StorageFailed
from projections.snapshots import Snapshots

APPEND_TIMEOUT_S = 10.0
LARGEST_COMMIT = 1000

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]
Envelope = Any  # pykka keeps its envelope private: it has `message` and `reply_to`


class AppendUnanswered(StorageFailed):
    """No answer in time. The append may still become durable: recover from the stream before deciding anything."""


class Reply(Future[Any]):
    """A one-shot answer. pykka's own waits on a condition, which costs about a tenth of the throughput."""

    def __init__(self) -> None:
        super().__init__()
        self._unanswered = Lock()
        self._unanswered.acquire()
        self._value: Any = None
        self._error: BaseException | None = None

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as pykka declares it
        """The answer, or raise it. Raises pykka.Timeout."""
        if self._get_hook is not None:
            return super().get(timeout=timeout)
        if not self._unanswered.acquire(timeout=-1 if timeout is None else max(timeout, 0)):
            raise pykka.Timeout(f"{timeout} seconds")
        self._unanswered.release()
        if self._error is not None:
            raise self._error
        return self._value

    def set(self, value: object = None) -> None:
        """Answer. Raises RuntimeError when called again."""
        self._value = value
        self._unanswered.release()

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        """Answer with an exception: the given one, or the one being handled."""
        self._error = (exc_info or sys.exc_info())[1]
        self._unanswered.release()


class GatheringInbox:
    """A pykka inbox that can also hand out, at once, the appends that wait at its head."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Envelope] = queue.SimpleQueue()
        self._held: Envelope | None = None

    def put(self, envelope: Envelope, /) -> None:
        """Any thread."""
        self._queue.put(envelope)

    def get(self) -> Envelope:
        """The next envelope, waiting for it. The actor's thread."""
        held, self._held = self._held, None
        return held or self._queue.get()

    def empty(self) -> bool:
        """Whether `get` would wait. The actor's thread."""
        return self._held is None and self._queue.empty()

    def take_appends(self, limit: int) -> Iterator[Envelope]:
        """The appends that wait now, up to the first other message. The actor's thread."""
        for _ in range(limit):
            if self.empty():
                return
            envelope = self.get()
            if not isinstance(envelope.message, Append):
                self._held = envelope
                return
            yield envelope


class JournalActor(pykka.ThreadingActor):
    """Records appends. Asked `Append`, it answers with tuple[Recorded, ...] or raises what EventJournal.append raises.

    A conflicting append fails alone. A storage failure fails all that wait, and every append from then on: nothing may
    be traded unrecorded. `on_halt` is then called once, on this actor's thread. Appends are asked, never told: one that
    fails with nobody to answer would end the actor.
    """

    actor_inbox: GatheringInbox

    def __init__(self, journal: EventJournal, on_halt: Callable[[StorageFailed], None]) -> None:
        super().__init__()
        self._journal = journal
        self._on_halt = on_halt
        self._halted: StorageFailed | None = None

    @staticmethod
    def _create_actor_inbox() -> Any:  # noqa: ANN401 - pykka keeps the type of inboxes private
        return GatheringInbox()

    @staticmethod
    def _create_future() -> Future[Any]:
        return Reply()

    def on_receive(self, message: Append) -> tuple[Recorded, ...]:
        """Record an append with those that wait behind it. pykka answers the first; the others are answered here."""
        gathered = list(self.actor_inbox.take_appends(LARGEST_COMMIT - 1))
        appends = [message, *(envelope.message for envelope in gathered)]
        first, *others = self._append(appends)
        for envelope, outcome in zip(gathered, others, strict=True):
            _answer(envelope.reply_to, outcome)
        if isinstance(first, BaseException):
            raise first
        return first

    def _append(self, appends: Sequence[Append]) -> list[Outcome | StorageFailed]:
        if self._halted is None:
            try:
                return list(self._journal.append_many(appends))
            except StorageFailed as error:
                self._halted = error
                self._on_halt(error)
        return [StorageFailed(str(self._halted)) for _ in appends]


def _answer(reply: Future[Any] | None, outcome: Outcome | StorageFailed) -> None:
    if reply is None:
        return
    if isinstance(outcome, BaseException):
        reply.set_exception((type(outcome), outcome, None))
    else:
        reply.set(outcome)


class JournalClient:
    """What other actors hold of the journal: durable appends through its actor, and reads past it. Any thread."""

    def __init__(
        self,
        ref: ActorRef[JournalActor],
        journal: EventJournal,
        timeout_s: float = APPEND_TIMEOUT_S,
        snapshots: Snapshots | None = None,
    ) -> None:
        self._ref = ref
        self._journal = journal
        self._timeout_s = timeout_s
        self.snapshots = snapshots

    def append(self, stream: str, expected_version: int, events: Sequence[NewEvent]) -> tuple[Recorded, ...]:
        """Record events together and wait until they are durable.

        Raises VersionConflict, EventNotStorable; StorageFailed, also when the journal has stopped; AppendUnanswered.
        """
        append = self._journal.encoded(Append(stream=stream, expected_version=expected_version, events=tuple(events)))
        try:
            recorded: tuple[Recorded, ...] = self._ref.ask(append, block=True, timeout=self._timeout_s)
        except pykka.Timeout as error:
            raise AppendUnanswered(f"stream {stream}: no answer within {self._timeout_s} s") from error
        except pykka.ActorDeadError as error:
            raise StorageFailed(f"stream {stream}: the journal has stopped") from error
        return recorded

    def read_stream(self, stream: str, after_version: int = 0) -> Iterator[Recorded]:
        """One stream's events in order."""
        return self._journal.read_stream(stream, after_version)
