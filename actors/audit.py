"""Makes every recorded decision again from what was received, with today's deciders, and compares.

Each append of an actor is one decision: its first event carries the message that it was decided from. State, message
and time are all that a decider sees, so the same events must come out, or the code or the log has been changed.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from actors import order_tracker, supervisor, user, volume_oracle, websocket
from actors.base import Decider
from actors.received import MessageUnreadable, read
from events.base import Event, Metadata, Recorded
from events.system import RunStarted
from projections.states.connection import ConnectionSettings, ConnectionState
from projections.states.supervision import RestartPolicy


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that comes out otherwise today. `error` says why it could not be made at all."""

    position: int
    stream: str
    message: str
    recorded: tuple[Event, ...]
    decided: tuple[Event, ...]
    error: str = ""


class Audit:
    """One pass over a log, in the order of positions. `unchecked` counts appends that say nothing to check against:
    written by another program, by an older version without messages, or of a stream that no decider writes.
    """

    def __init__(self) -> None:
        self.events = 0
        self.checked = 0
        self.unchecked = 0
        self._streams: dict[str, _Stream | None] = {}
        self._connection = ConnectionSettings()

    def differences(self, log: Iterable[Recorded]) -> Iterator[Difference]:
        """Each as soon as it is found. A stream is followed as it was recorded, whatever was decided otherwise."""
        for append in _appends(log):
            self.events += len(append)
            self._note_settings(append[0].event)
            stream = self._stream(append[0].stream)
            found = stream.check(append) if stream is not None and append[0].meta.received else None
            if stream is None or not append[0].meta.received:
                self.unchecked += 1
            else:
                self.checked += 1
            if stream is not None:
                stream.follow(append)
            if found is not None:
                yield found

    def _note_settings(self, event: Event) -> None:
        """Each run has its own, and its actors fold with them."""
        if not isinstance(event, RunStarted):
            return
        self._connection = ConnectionSettings(renew_after_ms=event.listen_key_renewal_ms)
        for stream in self._streams.values():
            if stream is not None and isinstance(stream.state, ConnectionState):
                stream.state = replace(stream.state, settings=self._connection)

    def _stream(self, name: str) -> "_Stream | None":
        if name not in self._streams:
            decider = self._decider(name)
            self._streams[name] = _Stream(decider) if decider is not None else None
        return self._streams[name]

    def _decider(self, stream: str) -> Decider[Any] | None:
        """Streams are named `system`, or for the kind of actor and the account."""
        kind, _, number = stream.partition("-")
        if stream == "system":
            return supervisor.pure(RestartPolicy())
        if kind == "connection" and number.isdecimal():
            return websocket.pure(int(number), self._connection)
        return _DECIDERS[kind](int(number)) if kind in _DECIDERS and number.isdecimal() else None


_DECIDERS: dict[str, Callable[[int], Decider[Any]]] = {
    "user": user.pure,
    "orders": order_tracker.pure,
    "volume": volume_oracle.pure,
}


class _Stream:
    def __init__(self, decider: Decider[Any]) -> None:
        self._decider = decider
        self.state = decider.initial

    def check(self, append: list[Recorded]) -> Difference | None:
        first, events = append[0], tuple(one.event for one in append)
        kind = ""
        try:
            message = read(first.meta.received, first.event)
            kind = type(message).__name__
            decided = self._decider.decide(self.state, message, first.meta.ts_init).events
        except MessageUnreadable as unreadable:
            return _difference(first, kind, events, (), f"the message cannot be read: {unreadable}")
        except Exception as error:  # noqa: BLE001 - a decider that fails is what an audit is to find
            return _difference(first, kind, events, (), f"{type(error).__name__}: {error}")
        return None if decided == events else _difference(first, kind, events, decided, "")

    def follow(self, append: list[Recorded]) -> None:
        for one in append:
            self.state = self._decider.evolve(self.state, one)


def _difference(
    first: Recorded, kind: str, recorded: tuple[Event, ...], decided: tuple[Event, ...], error: str
) -> Difference:
    return Difference(
        position=first.position, stream=first.stream, message=kind, recorded=recorded, decided=decided, error=error
    )


def _appends(log: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    """Events that were decided together follow each other in the log with the same metadata, and only the first has a
    message. What the operator records while nobody runs may follow on the same stream.
    """
    append: list[Recorded] = []
    for one in log:
        if append and not _together(append[0], one):
            yield append
            append = []
        append.append(one)
    if append:
        yield append


def _together(first: Recorded, later: Recorded) -> bool:
    """Whether the two can be of one append."""
    if not first.meta.received or later.meta.received:
        return False
    return first.stream == later.stream and _decided(first.meta) == _decided(later.meta)


def _decided(meta: Metadata) -> tuple[int, int | None, str]:
    return meta.ts_init, meta.causation, meta.correlation_id
