"""The thread that holds one subscription to a user stream: listen key, subscribe, frames straight to their receiver."""

import logging
from collections.abc import Callable
from decimal import Decimal
from threading import Event, Lock, Thread
from typing import NamedTuple, Protocol

from actors.messages.base import Message
from actors.messages.orders import FrameRefused, ReportReceived
from actors.messages.readers import KeyKept, KeyMoved, ReaderEnded, ReaderSubscribed
from events.reports import ExecutionReport, UnreadableFrame
from exchange.errors import StreamClosed, VenueError, retry_after_ms
from exchange.port import UserStream

RECEIVE_TIMEOUT_S = 30.0


class KeyClient(Protocol):
    """The calls of exchange.port.VenueClient that a reader makes."""

    def create_listen_key(self) -> str: ...

    def delete_listen_key(self, listen_key: str) -> None: ...

    def close(self) -> None: ...


class ListenKeys:
    """Lets the readers of one account share a client: one call at a time."""

    def __init__(self, client: KeyClient) -> None:
        self._client = client
        self._lock = Lock()

    def create(self) -> str:
        with self._lock:
            return self._client.create_listen_key()

    def delete(self, key: str) -> None:
        with self._lock:
            self._client.delete_listen_key(key)

    def close(self) -> None:
        with self._lock:
            self._client.close()


class Hearers(NamedTuple):
    """`deliver` is given each report and unreadable frame, `notify` each notice; both on the reader's thread.

    `jitter` gives numbers from 0 to 1.
    """

    deliver: Callable[[Message], object]
    notify: Callable[[Message], object]
    jitter: Callable[[], Decimal]


class StreamReader:
    """One generation. It ends with exactly one notice to its actor, ReaderEnded or KeyKept, whatever happens.

    `cause` goes into every notice. `kept_key` makes it a renewal: it ends at once when the venue gives that key again.
    """

    def __init__(
        self,
        generation: int,
        cause: int | None,
        keys: ListenKeys,
        stream: UserStream,
        hearers: Hearers,
    ) -> None:
        self.generation = generation
        self.key: str | None = None
        self._cause = cause
        self._keys = keys
        self._stream = stream
        self._hearers = hearers
        self._closing = Event()
        self._delete_key = False

    def start(self, kept_key: str | None = None) -> None:
        name = f"stream-reader-{self.generation}"
        Thread(target=self._run, args=(kept_key,), name=name, daemon=True).start()

    def close(self, *, delete_key: bool) -> None:
        """Any thread; returns at once. `delete_key` also gives the key back to the venue."""
        self._delete_key = delete_key
        self._closing.set()
        self._stream.close()

    def _run(self, kept_key: str | None) -> None:
        notice = self._live(kept_key)
        self._stream.close()
        if self._delete_key and self.key is not None:
            self._delete(self.key)
        self._hearers.notify(notice)

    def _live(self, kept_key: str | None) -> Message:
        try:
            self.key = self._keys.create()
            if self.key == kept_key:
                return KeyKept(generation=self.generation, cause=self._cause)
            self._subscribe(self.key, renewal=kept_key is not None)
            self._read()
        except VenueError as error:
            return self._ended(error.message, error)
        except StreamClosed as error:
            return self._ended(str(error))
        except Exception as error:  # a defect in reading must not leave the account deaf
            logging.getLogger("otomat.stream_reader").exception("the stream reader failed")
            return self._ended(f"{type(error).__name__} in the stream reader")
        return self._ended("closed by us")

    def _subscribe(self, key: str, *, renewal: bool) -> None:
        self._stream.subscribe(key)
        up = KeyMoved if renewal else ReaderSubscribed
        self._hearers.notify(up(generation=self.generation, cause=self._cause))

    def _read(self) -> None:
        while not self._closing.is_set():
            item = self._stream.receive(RECEIVE_TIMEOUT_S)
            if isinstance(item, ExecutionReport):
                self._hearers.deliver(ReportReceived(report=item, ts_event=item.transact_time))
            elif isinstance(item, UnreadableFrame):
                self._hearers.deliver(FrameRefused(frame=item))

    def _delete(self, key: str) -> None:
        try:
            self._keys.delete(key)
        except VenueError as error:
            logging.getLogger("otomat.stream_reader").info("the listen key stays until it expires: %s", error.message)

    def _ended(self, reason: str, error: VenueError | None = None) -> ReaderEnded:
        return ended(self.generation, reason, error, self._hearers, self._cause)


def ended(generation: int, reason: str, error: VenueError | None, hearers: Hearers, cause: int | None) -> ReaderEnded:
    return ReaderEnded(
        generation=generation,
        reason=reason,
        outcome=error.outcome if error is not None else None,
        retry_after_ms=retry_after_ms(error) if error is not None else 0,
        jitter=hearers.jitter(),
        cause=cause,
    )
