"""Events put under what led to them.

A parent is the first event of the same decision, what the log names as the cause, or, for reports of an order, the
venue's answer that named it. It always stands before its child in the log, so there is no circle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from events.executions import OrderReported
from events.orders import OtoAccepted
from events.strategies import VolumeChecked
from events.unwinds import UnwindAccepted
from events.volumes import VolumeObserved
from projections.replay import Told
from projections.stages import INTENTS, UNSENT, Stage, request_in_words, stage_of
from projections.subjects import orders_of


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the tree. `number` counts from 1, and `parent` is the number of the step that led to this one.

    `told` is the event, None for a request to the venue, which its intent's event stands for.
    """

    number: int
    parent: int | None
    stage: Stage
    told: Told | None
    words: str = ""


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What a trade came from (`before`), its first and its last event, and its credit with what was made of that."""

    before: tuple[Told, ...] = ()
    begin: Told | None = None
    end: Told | None = None
    credit: tuple[Told, ...] = ()


class _Place(msgspec.Struct, frozen=True):
    """Where a step stands: at its event's position, a request behind its intent's."""

    position: int
    is_request: bool = False


def position(one: Told) -> int:
    """Of the event in the log."""
    return one.recorded.position


class Tree:
    """`own` are the events of a trade or an order in the order of the log, which `log` has all of by position.

    What they led to at once, in whatever trade, is added.
    """

    def __init__(self, log: Mapping[int, Told], own: Sequence[Told], around: Around) -> None:
        self._around = around
        self._own = {position(one) for one in own}
        self._before = {position(one) for one in around.before}
        led_to = [one for one in log.values() if one.recorded.meta.causation in self._own or one.head in self._own]
        found = (*around.before, *own, *around.credit, *led_to)
        self._log = {at: log[at] for at in sorted({position(one) for one in found})}
        self._intents = [
            at for at, one in self._log.items() if at in self._own and isinstance(one.recorded.event, INTENTS)
        ]
        self._sent = {self._intent_before(at) for at, one in self._log.items() if _tells_of_sending(one)}
        self._answers = {
            order: position(one)
            for one in reversed(self._log.values())
            if isinstance(one.recorded.event, OtoAccepted | UnwindAccepted)
            for order in orders_of(one.recorded.event)
        }
        self._led_to: dict[int, int | None] = {}
        for at, one in self._log.items():
            self._led_to[at] = self._found(at, one)

    def steps(self) -> tuple[Step, ...]:
        """All of it in the order of the log."""
        places = [place for at in self._log for place in self._places(at)]
        numbers: dict[_Place | None, int | None] = {place: number for number, place in enumerate(places, 1)}
        numbers[None] = None
        return tuple(self._step(number, place, numbers) for number, place in enumerate(places, 1))

    def _places(self, at: int) -> Iterator[_Place]:
        yield _Place(at)
        if at in self._sent:
            yield _Place(at, is_request=True)

    def _step(self, number: int, place: _Place, numbers: Mapping[_Place | None, int | None]) -> Step:
        at, one = place.position, self._log[place.position]
        if place.is_request:
            words = request_in_words(one.recorded)
            return Step(number=number, parent=numbers[_Place(at)], stage="request", told=None, words=words)
        return Step(number=number, parent=numbers[self._parent(at, one)], stage=self._stage(at, one), told=one)

    def _stage(self, at: int, one: Told) -> Stage:
        is_figure = isinstance(one.recorded.event, VolumeObserved | VolumeChecked)
        if one in self._around.credit:
            return "credit" if is_figure else stage_of(one.recorded.event)
        is_part = at in self._before or (at in self._own and not is_figure)
        return stage_of(one.recorded.event) if is_part else "decided"

    def _parent(self, at: int, one: Told) -> _Place | None:
        led = self._led_to[at]
        if led is None:
            return None
        return _Place(led, is_request=led in self._sent and stage_of(one.recorded.event) in ("reply", "frame", "look"))

    def _found(self, at: int, one: Told) -> int | None:
        """What led to an event, of which all that is before it is known."""
        led = self._named(at, one)
        intent = self._intent_before(at)
        if intent is None or stage_of(one.recorded.event) != "reply" or self._comes_from(intent, led):
            return led
        return intent  # a fresh actor has taken the intent up again: its start led to this, and to more

    def _comes_from(self, first: int, at: int | None) -> bool:
        while at is not None and at > first:
            at = self._led_to[at]
        return at == first

    def _named(self, at: int, one: Told) -> int | None:
        if at in self._before:
            return self._newest(at, self._before)
        if one is self._around.begin:  # decided together with the plan, or with what let a planned trade begin
            return self._newest(at, self._before | ({one.head} & self._own))
        named = (one.head, one.recorded.meta.causation)
        found = next((each for each in named if each is not None and each < at and each in self._log), None)
        return found if found is not None else self._answer_or_end(at, one)

    def _answer_or_end(self, at: int, one: Told) -> int | None:
        """What led to an event that names no cause which belongs here."""
        answers = [answer for order in orders_of(one.recorded.event) if (answer := self._answers.get(order, at)) < at]
        if answers:
            return min(answers)
        intent = self._intent_before(at)
        if intent is not None and (
            isinstance(one.recorded.event, OrderReported) or stage_of(one.recorded.event) == "reply"
        ):
            return intent
        ends = {position(each) for each in (self._around.end, self._around.begin) if each is not None}
        return self._newest(at, ends | self._before)

    def _intent_before(self, at: int) -> int | None:
        """The newest intent to place something."""
        return self._newest(at, self._intents)

    def _newest(self, at: int, positions: Iterable[int]) -> int | None:
        return max((each for each in positions if each < at), default=None)


def _tells_of_sending(one: Told) -> bool:
    """Whether it is an answer that says that the venue has, had or may have had the request."""
    event = one.recorded.event
    return stage_of(event) == "reply" and not isinstance(event, UNSENT)


def drawn(steps: Sequence[Step]) -> Iterator[tuple[Step, str, str]]:
    """Each step, parents before their children, with the branches to draw before it and before what belongs to it.

    Where one thing led to one other they stand below each other; only what led to several branches out.
    """
    children: dict[int | None, list[Step]] = {}
    for one in steps:
        children.setdefault(one.parent, []).append(one)
    waiting = [(one, "", "") for one in reversed(children.get(None, []))]
    while waiting:
        step, before, below = waiting.pop()
        yield step, before, below
        following = children.get(step.number, [])
        if len(following) == 1:
            waiting.append((following[0], below, below))
        elif following:
            branches = [(child, f"{below}├ ", f"{below}│ ") for child in following[:-1]]
            waiting += reversed([*branches, (following[-1], f"{below}└ ", f"{below}  ")])
