"""Watching one account's order stream, beside a running supervisor or alone.

A request for a listen key may end the stream on the key before (venue protocol notes, section 19, no. 2). So where a
supervisor has the data directory, what it received is followed in its log and the venue is asked for nothing. Only
where none runs is a key of our own requested, and the stream is given up at once when a supervisor begins.
"""

import errno
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, TextIO

from actors.stream_reader import KeyClient
from actors.stream_watch import Watched, stream_watch
from bin.exit_codes import ExitCode
from bin.lock import holder
from bin.log_file import log_of
from bin.monitor_output import Facts, MonitorOutput, masked
from bin.readers import watch_reader
from bin.signals import stop_signals
from events.journal import EventJournal, InMemoryJournal, SqliteJournal, StorageFailed
from events.shapes import settle_shapes
from events.system import RunStarted
from exchange.port import UserStream
from projections.monitoring import Monitoring

STOPPED, TIME_OVER, ENDED_BESIDE = "stopped by Ctrl-C", "the time is over", "the supervisor has ended"


class StreamPorts(NamedTuple):
    """How an account's stream is had. `where` says in words what it is connected to."""

    where: str
    keys: Callable[[], KeyClient]
    open_stream: Callable[[], UserStream]


class Asked(NamedTuple):
    """What is to be watched. `ports` are used while no supervisor runs; None: there is only its log."""

    user_id: int
    seconds: float | None
    data_dir: Path
    ports: StreamPorts | None


def watch(asked: Asked, out: TextIO, output: MonitorOutput) -> ExitCode:
    """Tell what the stream brings until the time is over, Ctrl-C, or its end; then the statistics.

    Raises BrokenPipeError when nobody reads `out` any more.
    """
    settle_shapes()
    heard: SimpleQueue[int] = SimpleQueue()
    with stop_signals(heard):
        one = _Watch(asked, out, output, heard)
        output.begin(Facts(user_id=asked.user_id, duration_seconds=asked.seconds))
        one.run()
        output.end(one.monitoring.statistics(), one.reason)
    return one.exit_code


class _Watch:
    """`reason` says why the watch is over, and is empty until it is."""

    def __init__(self, asked: Asked, out: TextIO, output: MonitorOutput, heard: "SimpleQueue[int]") -> None:
        self.monitoring = Monitoring(asked.user_id)
        self.reason = ""
        self.exit_code = ExitCode.OK
        self._asked = asked
        self._out = out
        self._output = output
        self._heard = heard
        self._keys: SimpleQueue[str] = SimpleQueue()
        self._is_deserted = watch_reader(out)
        self._ends_at = None if asked.seconds is None else time.monotonic() + asked.seconds

    def run(self) -> None:
        while not self.reason:
            if self._supervisor() is not None:
                self._watch_log()
            elif self._asked.ports is not None:
                self._watch_own_stream(self._asked.ports)
            else:
                self.reason = ENDED_BESIDE

    def _supervisor(self) -> int | None:
        return holder(self._asked.data_dir)

    def _watch_log(self) -> None:
        if not self._log_is_there():
            return
        pid, user = self._supervisor(), self._asked.user_id
        words = f"{self._asked.data_dir} has the supervisor with pid {pid}: what it receives is told, from its log"
        with log_of(self._asked.data_dir) as journal:
            head = journal.head()
            if user not in _accounts(journal):
                words += f"; its run does not name user {user}, so nothing is to be expected"
            self._output.mode("log", f"{words}. No listen key is asked for, since another one may end its stream.")
            for recorded in journal.read_stream(f"connection-{user}"):
                if recorded.position <= head:
                    self.monitoring.begin_with(recorded)
            self._follow(journal, head, self._ended_beside_supervisor)

    def _log_is_there(self) -> bool:
        """False when the watch, or the supervisor that was about to make its log, ended before it was there."""
        while not _readable(self._asked.data_dir / "events.sqlite"):
            self._wait()
            if self._over() or self._supervisor() is None:
                return False
        return True

    def _ended_beside_supervisor(self) -> bool:
        if not self._over() and self._supervisor() is None:
            self.reason = ENDED_BESIDE
        return bool(self.reason)

    def _watch_own_stream(self, ports: StreamPorts) -> None:
        journal, user = InMemoryJournal(), self._asked.user_id
        words = f"no supervisor runs on {self._asked.data_dir}: a stream of our own at {ports.where}"
        self._output.mode("own stream", f"{words}, with a listen key of our own")
        keys = _ToldKeys(ports.keys(), self._keys)
        with stream_watch(user, journal, keys, ports.open_stream) as watched:
            told = self._follow(journal, 0, lambda: self._ended_alone(watched))
        self._tell(journal, told)
        if not self.reason:
            self._output.mode("moving", "a supervisor has begun: the stream of our own is given up")

    def _ended_alone(self, watched: Watched) -> bool:
        if watched.failure is not None:
            self.reason, self.exit_code = watched.failure, ExitCode.INTERNAL
        elif self.monitoring.connection.phase == "failed":
            self.reason, self.exit_code = "the stream could not be had", ExitCode.ACCOUNT_FAILED
        return self._over() or self._supervisor() is not None

    def _over(self) -> bool:
        if not self.reason and not self._heard.empty():
            self.reason = STOPPED
        if not self.reason and self._ends_at is not None and time.monotonic() >= self._ends_at:
            self.reason = TIME_OVER
        return bool(self.reason)

    def _follow(self, journal: EventJournal, position: int, is_over: Callable[[], bool]) -> int:
        """Tell what is recorded after `position`, until the end and all that was recorded before it."""
        while True:
            ended = is_over()
            position = self._tell(journal, position)
            if ended:
                return position
            self._wait()

    def _tell(self, journal: EventJournal, position: int) -> int:
        while not self._keys.empty():
            self._output.listen_key(masked(self._keys.get()))
        for recorded in journal.read(position):
            position = recorded.position
            news = self.monitoring.news(recorded)
            if news is not None:
                self._output.news(news)
        return position

    def _wait(self) -> None:
        self._out.flush()
        if self._is_deserted():
            raise BrokenPipeError(errno.EPIPE, "nobody reads any more")


class _ToldKeys:
    """Puts each listen key that it is given where the thread that writes finds it."""

    def __init__(self, client: KeyClient, told: "SimpleQueue[str]") -> None:
        self._client = client
        self._told = told

    def create_listen_key(self) -> str:
        key = self._client.create_listen_key()
        self._told.put(key)
        return key

    def delete_listen_key(self, listen_key: str) -> None:
        self._client.delete_listen_key(listen_key)

    def close(self) -> None:
        self._client.close()


def _readable(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with SqliteJournal(path, read_only=True):
            return True
    except StorageFailed:
        return False  # it is just being made; if it stays so, the supervisor itself ends and says why


def _accounts(journal: EventJournal) -> tuple[int, ...]:
    """Those of the newest run."""
    accounts: tuple[int, ...] = ()
    for one in journal.read_stream("system"):
        if isinstance(one.event, RunStarted):
            accounts = one.event.accounts
    return accounts
