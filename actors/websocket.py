"""WebSocketActor: one account's user stream. It decides; reader threads do all that blocks.

Reports go from the reader's thread straight to the OrderTracker, also from a reader that is being replaced: the tracker
counts each once. Notices of a reader that was already replaced or closed change nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pykka

from actors.address import Address
from actors.base import Decider, EventSourcedActor, Seat, with_cause
from actors.deciders import connection as decider
from actors.journal import JournalClient
from actors.messages.base import Command, Message, Request, TellUser
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
from actors.messages.streams import CloseStream
from actors.stream_reader import Hearers, KeyClient, ListenKeys, StreamReader
from exchange.port import UserStream
from projections.states.connection import ConnectionSettings, ConnectionState, evolve

NO_KEY = ""
"""Equals no key, so that a renewal takes whatever key it is given for another."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Where frames come from and go to. `jitter` gives numbers from 0 to 1."""

    client: KeyClient
    open_stream: Callable[[], UserStream]
    jitter: Callable[[], Decimal]
    tracker: Address
    user: Address


def pure(user_id: int, settings: ConnectionSettings) -> Decider[ConnectionState]:
    initial = ConnectionState(user_id=user_id, settings=settings)
    return Decider(initial, decider.decide, evolve, decider.next_deadline)


class WebSocketActor(EventSourcedActor[ConnectionState]):
    def __init__(
        self, seat: Seat, user_id: int, settings: ConnectionSettings, journal: JournalClient, feed: Feed
    ) -> None:
        super().__init__(seat, f"connection-{user_id}", pure(user_id, settings), journal)
        self._feed = feed
        self._keys = ListenKeys(feed.client)
        self._generation = 0
        self._alive: dict[int, StreamReader] = {}
        self._current: StreamReader | None = None
        self._renewing: StreamReader | None = None
        self._held_back: ReaderEnded | None = None

    def handle(self, message: Message) -> None:
        match message:
            case ReaderSubscribed():
                if self._is(self._current, message.generation):
                    super().handle(message)
            case ReaderEnded():
                self._reader_ended(message)
            case KeyKept() | KeyMoved():
                self._key_answered(message)
            case _:
                super().handle(message)

    def carry_out(self, command: Command, cause: int | None) -> None:
        match command:
            case OpenReader() if self._current is None:
                self._current = self._start(None, cause)
            case RenewKey(reconnect=reconnect) if self._current is not None and self._renewing is None:
                self._renewing = self._start(NO_KEY if reconnect else self._current.key, cause)
            case KeepNewReader():
                self._swap_readers()
            case CloseReaders():
                self._close_readers(delete_key=True)
            case DropReaders():
                self._close_readers(delete_key=False)
            case TellUser(message=message):
                self._feed.user.tell(with_cause(message, cause))

    def retire(self) -> None:
        super().retire()
        self.handle(Request(command=CloseStream(reason="the run is over")))

    def idle(self) -> bool:
        return not self._alive

    def release(self) -> None:
        super().release()
        self._close_readers(delete_key=True)
        if self.idle():
            self._keys.close()

    def _start(self, kept_key: str | None, cause: int | None) -> StreamReader:
        self._generation += 1
        feed = self._feed
        hearers = Hearers(feed.tracker.tell, self._notify, feed.jitter)
        reader = StreamReader(self._generation, cause, self._keys, feed.open_stream(), hearers)
        self._alive[self._generation] = reader
        reader.start(kept_key)
        return reader

    def _notify(self, notice: Message) -> None:
        """Runs on the readers' threads."""
        try:
            self.actor_ref.tell(notice)
        except pykka.ActorDeadError:
            self.seat.dead_letters.add(self.seat.name, notice, "the actor has stopped")

    @staticmethod
    def _is(reader: StreamReader | None, generation: int) -> bool:
        return reader is not None and reader.generation == generation

    def _reader_ended(self, ended: ReaderEnded) -> None:
        self._alive.pop(ended.generation, None)
        if self._is(self._renewing, ended.generation):
            self._close_readers(delete_key=True)
            super().handle(ended)
        elif self._is(self._current, ended.generation):
            if self._renewing is not None:
                self._held_back = ended  # a venue may end the old key's stream before the new one is acknowledged
            else:
                self._current = None
                super().handle(ended)

    def _key_answered(self, answer: KeyKept | KeyMoved) -> None:
        if isinstance(answer, KeyKept):
            self._alive.pop(answer.generation, None)
        if not self._is(self._renewing, answer.generation):
            return
        super().handle(answer)
        if isinstance(answer, KeyKept):
            self._renewing = None
            if self._held_back is not None:
                ended, self._held_back = self._held_back, None
                self._reader_ended(ended)

    def _swap_readers(self) -> None:
        if self._current is not None:
            self._current.close(delete_key=False)
        self._current, self._renewing, self._held_back = self._renewing, None, None

    def _close_readers(self, *, delete_key: bool) -> None:
        self._current = self._renewing = self._held_back = None
        newest = max(self._alive, default=0)
        for generation, reader in self._alive.items():
            reader.close(delete_key=delete_key and generation == newest)
