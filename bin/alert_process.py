"""The process of the alerts as the supervisor sees it: begun with the run, never waited for while it trades."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO, Protocol

import msgspec

from bin.alert_services import services
from bin.environment import ALERT_URLS, child_environment
from bin.paths import ROOT
from config.schema import AlertSettings
from events.journal import EventJournal, StorageFailed
from events.system import LogCut
from projections.runner import ViewsUnwritable
from projections.states.alerts import AlertRules

ENDS_WITHIN_S = 2.0
"""What is left is sent after the run's end; a service that takes longer is left to the process by itself."""


class Alerting(Protocol):
    """What a run tells its alerts that its log cannot."""

    def storage_failed(self, reason: str) -> None:
        """The log or the views cannot be written. Returns at once."""


def rules_of(settings: AlertSettings) -> AlertRules:
    return AlertRules(
        tell=settings.tell,
        dedupe_ms=int(settings.dedupe_seconds * 1000),
        most_per_hour=settings.most_per_hour,
        stream_lost_ms=int(settings.stream_lost_seconds * 1000),
    )


@contextmanager
def alerting(settings: AlertSettings, data_dir: Path, journal: EventJournal) -> Iterator[Alerting]:
    """While inside, what is recorded in the log of `data_dir` is told. Without services nothing is started.

    Raises AlertsMisconfigured, OSError.
    """
    if not services(settings.urls_file):
        yield _Nobody()
        return
    process = _AlertProcess(settings, data_dir, journal)
    try:
        yield process
    finally:
        process.stop()


@contextmanager
def storage_told(alerts: Alerting) -> Iterator[None]:
    """What fails inside because it cannot be written is told, and goes on its way."""
    try:
        yield
    except (StorageFailed, ViewsUnwritable, OSError) as error:
        if not isinstance(error, BrokenPipeError):
            alerts.storage_failed(str(error))
        raise


class _Nobody:
    def storage_failed(self, reason: str) -> None:
        """Nobody is to be told."""


class _AlertProcess:
    """The process reads the URLs itself: they are in no argument and in no pipe. It gets no key to credentials."""

    def __init__(self, settings: AlertSettings, data_dir: Path, journal: EventJournal) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "bin", "alerts", "follow", "--data-dir", str(data_dir.resolve())]
        self._stopping = False
        self._process = subprocess.Popen(  # noqa: S603 - our own program, and no shell
            command,
            cwd=ROOT,
            env=child_environment(allowed=ALERT_URLS),
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        head = journal.head()
        cut = any(isinstance(one.event, LogCut) for one in journal.read(max(head - 1, 0)))
        begin = {
            "rules": rules_of(settings),
            "urls_file": settings.urls_file,
            "after_position": head - cut,
            "anew": cut,
        }
        self._tell(begin)
        Thread(target=self._listen, args=(self._process.stdout,), name="alerts", daemon=True).start()

    def storage_failed(self, reason: str) -> None:
        self._tell({"reason": reason})

    def stop(self) -> None:
        self._stopping = True
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDS_WITHIN_S)

    def _tell(self, message: object) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):  # it has ended, which the listener says
                self._process.stdin.write(msgspec.json.encode(message).decode() + "\n")
                self._process.stdin.flush()

    def _listen(self, pipe: IO[str] | None) -> None:
        """On a thread of its own, until the process ends."""
        log = logging.getLogger("otomat.alerts")
        if pipe is None:
            return
        with pipe:
            for line in pipe:
                log.warning("alerts: %s", line.rstrip())
        self._process.wait()
        if not self._stopping:
            log.warning("the process that sends alerts has ended; the next run goes on with what it has not sent")
