"""What a saying is: the level, the text and the fields of a business line, from an event and what went before it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from events.numbers import plain
from projections.figures import percentage, volume_progress

Level = Literal["debug", "info", "warning", "error"]
Said = tuple[Level, str, dict[str, str | int]]


class Running(NamedTuple):
    """What the lines of a strategy need to remember of its earlier events; `target` is 0 when it never started."""

    token: str = ""
    target: Decimal = Decimal(0)
    volume: Decimal = Decimal(0)
    planned: int | None = None

    def progress(self) -> dict[str, str | int]:
        if not self.target:
            return {"volume": plain(self.volume)}
        return {"volume": volume_progress(self.volume, self.target), "progress": percentage(self.volume, self.target)}


Saying = Callable[[Any, Running], Said]


def _told(value: Any) -> str | int:
    if isinstance(value, Decimal):
        return plain(value)
    told: str | int = value
    return told


def because(level: Level, text: str, *names: str) -> Callable[[Any, Running], Said]:
    """A saying whose fields are the event's own, `message` and `error` under the name `reason`."""
    renamed = {"message": "reason", "error": "reason"}

    def say(event: Any, _running: Running) -> Said:
        return level, text, {renamed.get(name, name): _told(getattr(event, name)) for name in names}

    return say
