"""Given / when / then for deciders: tell a story to a decider and look at what it decided. No threads, no clock."""

from collections.abc import Callable
from typing import Any, Self, TypeVar

from actors.messages.base import Command, Decision, Message
from events.base import Event, Metadata, Recorded

E = TypeVar("E", bound=Event)
C = TypeVar("C", bound=Command)


class Story:
    """Runs one decider as an actor would: decides, records, folds. `now` is in ms and moves only when told."""

    def __init__(
        self,
        state: Any,
        decide: Callable[[Any, Any, int], Decision],
        evolve: Callable[[Any, Recorded], Any],
        now: int = 1_760_000_000_000,
    ) -> None:
        self.state = state
        self.now = now
        self.position = 0
        self.log: list[Recorded] = []
        self._decide = decide
        self._evolve = evolve
        self.last = Decision()

    def when(self, message: Message, *, after: int = 0) -> Self:
        """Tell `message`, `after` ms later than the last."""
        self.now += after
        self.last = self._decide(self.state, message, self.now)
        for event in self.last.events:
            self._record(event)
        return self

    def given(self, *events: Event) -> Self:
        for event in events:
            self._record(event)
        return self

    @property
    def events(self) -> list[type[Event]]:
        """The classes of the events of the last decision."""
        return [type(event) for event in self.last.events]

    def event(self, cls: type[E]) -> E:
        """The one event of this class in the last decision."""
        (found,) = [event for event in self.last.events if isinstance(event, cls)]
        return found

    def command(self, cls: type[C]) -> C:
        """The one command of this class in the last decision."""
        (found,) = [command for command in self.last.commands if isinstance(command, cls)]
        return found

    def commands(self) -> list[type[Command]]:
        return [type(command) for command in self.last.commands]

    def _record(self, event: Event) -> None:
        self.position += 1
        meta = Metadata(correlation_id="", causation=None, ts_event=self.now, ts_init=self.now)
        recorded = Recorded(position=self.position, stream="s", version=self.position, topic="", meta=meta, event=event)
        self.log.append(recorded)
        self.state = self._evolve(self.state, recorded)
