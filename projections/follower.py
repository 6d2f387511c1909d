"""A thread that does something whenever the journal has grown."""

from collections.abc import Callable
from threading import Event as Flag
from threading import Thread

from events.base import Recorded
from events.journal import EventJournal

GATHER_S = 0.05
"""How long commits are gathered unless said otherwise. Nobody sees the difference, and those who decide and send want
the same interpreter: following each commit by itself doubles the time that they take."""


class Follower:
    """Calls `pull` on a thread of its own: at the start, soon after commits, and a last time at the stop.

    Calls never overlap, and commits that happen before or during one call share the next. A `pull` that raises ends the
    thread; `stop` raises it again. Not to be started twice.
    """

    def __init__(
        self, name: str, journal: EventJournal, pull: Callable[[], object], gather_s: float = GATHER_S
    ) -> None:
        self._journal = journal
        self._gather_s = gather_s
        self._pull = pull
        self._grown = Flag()
        self._stopping = Flag()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._journal.subscribe(self._nudge)
        self._grown.set()
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Pull once more, so that nothing recorded before is missed, and end the thread.

        Raises what ended the thread before its time, and TimeoutError when it does not end within `timeout` s.
        """
        self._journal.unsubscribe(self._nudge)
        self._stopping.set()
        self._grown.set()
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise TimeoutError(f"thread {self._thread.name} did not end within {timeout} s")
        if self._error is not None:
            raise self._error

    def _nudge(self, _recorded: tuple[Recorded, ...]) -> None:
        self._grown.set()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._grown.wait()
                self._stopping.wait(self._gather_s)
                self._grown.clear()
                self._pull()
            self._pull()
        except BaseException as error:  # noqa: BLE001 - kept for stop(), which raises it on the owner's thread
            self._error = error
