"""The business lines of this run as they are recorded: for people, for machines, for the log file."""

from collections.abc import Callable

import msgspec

from events.journal import EventJournal
from projections.business import NOTHING_BEFORE, Before, BusinessLine, BusinessLines
from projections.figures import readable, utc
from projections.follower import Follower


class LineFollower:
    """Hands each business line that is recorded from now on to `emit`, in order, on a thread of its own.

    Construct it before the run's first event is recorded. `before` is what resumed strategies go on from.
    """

    def __init__(
        self, name: str, journal: EventJournal, emit: Callable[[BusinessLine], None], before: Before = NOTHING_BEFORE
    ) -> None:
        self._journal = journal
        self._emit = emit
        self._lines = BusinessLines(before)
        self._position = journal.head()
        self._follower = Follower(name, journal, self._pull)

    def start(self) -> None:
        self._follower.start()

    def stop(self) -> None:
        """Emit what is left and end the thread. Raises what ended it before its time."""
        self._follower.stop()

    def _pull(self) -> None:
        for recorded in self._journal.read(self._position):
            self._position = recorded.position
            line = self._lines.line(recorded)
            if line is not None:
                self._emit(line)


def for_people(line: BusinessLine) -> str:
    """`00:04:00 user 1 aop_volume_boost: loops planned, remaining_volume=1500, ...`; the time is UTC."""
    who = [f"user {line.user_id}"] if line.user_id is not None else []
    who += [line.strategy_id] if line.strategy_id else []
    details = "".join(f", {name}={value}" for name, value in line.fields.items())
    words = f"{' '.join(who)}: " if who else ""
    # Texts of the venue may hold line ends; a line stays a line.
    return " ".join(f"{utc(line.at)[11:19]} {words}{line.text}{readable(details)}".split())


def for_machines(line: BusinessLine) -> str:
    """One JSON object: type `line`, position, at (ms since the epoch), level, text, user_id, strategy_id, fields."""
    return msgspec.json.encode({"type": "line", **msgspec.structs.asdict(line)}).decode()
