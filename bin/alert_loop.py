"""What the process of the alerts does: read the log by position, decide what is due, send it.

It is a process of its own, so nothing that a service does, or does not do, holds up a trade.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TextIO

import msgspec
from msgspec.structs import replace

from bin import alert_tracking
from bin.alert_services import Service, send, services
from bin.alert_statement import statement_text
from bin.alert_tracking import Tracked, one_at_a_time
from events.catalog import EventUnreadable
from events.journal import LAST, EventJournal, SqliteJournal, StorageFailed
from projections.figures import counted, utc
from projections.runner import ViewsUnwritable
from projections.states import outbox as mail
from projections.states.alerts import DAY_MS, FOLLOWED, Alert, AlertRules, AlertsState, offer, storage_alert, take, tick
from projections.states.outbox import Delivery

LOOK_EVERY_S = 0.5
WRITE_EVERY_MS = 60_000
PAGE = 1_000

Send = Callable[[Service, str, str], bool]


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """The first line that the process is given. It takes the log up where it left off, or else after this position.

    `anew`: the log is not the one of before, as its end was cut off, so what was noted of its positions is void.
    """

    rules: AlertRules
    urls_file: str | None
    after_position: int
    anew: bool = False


class StorageNotice(msgspec.Struct, frozen=True, kw_only=True):
    """Any line after it: the log cannot tell of its own failure."""

    reason: str


class AlertLoop:
    """Not thread-safe. `say` is told in words what cannot be sent; no URL is ever in them."""

    def __init__(
        self,
        journal: EventJournal,
        data_dir: Path,
        begin: Begin,
        known: Mapping[str, Service],
        say: Callable[[str], object],
        send: Send = send,
    ) -> None:
        self._journal = journal
        self._data_dir = data_dir
        self._rules = begin.rules
        self._services = known
        self._say = say
        self._send = send
        self._written_at = 0
        self.tracked = self._taken_up(begin)
        self._write()

    def step(self, now: int, storage: str | None = None) -> None:
        """Take in what is recorded, decide what is due at `now`, and send it. `storage` is why the storage failed."""
        try:
            self._take_log(now)
        except (StorageFailed, EventUnreadable) as error:
            self._say(f"the log cannot be read: {error}")
        self._decide(lambda state: tick(state, now, self._rules), now)
        if storage is not None:
            self._decide(lambda state: offer(state, storage_alert(storage, now), self._rules), now)
        self._deliver(now)
        if now >= self._written_at + WRITE_EVERY_MS:
            self._write()

    def close(self) -> None:
        self._write()

    def _taken_up(self, begin: Begin) -> Tracked:
        found = alert_tracking.read(self._data_dir) or Tracked(position=begin.after_position)
        if begin.anew or found.position > self._journal.head():  # another log has been put in its place
            found = replace(found, position=begin.after_position)
        return replace(found, outbox=mail.drop_strangers(found.outbox, tuple(self._services)))

    def _take_log(self, now: int) -> None:
        while rows := self._journal.stored(self.tracked.position, limit=PAGE, upto=LAST):
            for row in rows:
                if self._journal.catalog.kind(row.topic) in FOLLOWED:
                    recorded = self._journal.decoded(row)
                    self._decide(lambda state: take(state, recorded, self._rules), now)  # noqa: B023 - called at once
                self.tracked = replace(self.tracked, position=row.id)

    def _decide(self, step: Callable[[AlertsState], tuple[AlertsState, tuple[Alert, ...]]], now: int) -> None:
        state, alerts = step(self.tracked.state)
        self.tracked = replace(self.tracked, state=state)
        for alert in alerts:
            if alert.at < now - DAY_MS:
                self._say(f"not sent, as it is more than a day old: {alert.title}")
                continue
            box = mail.put(self.tracked.outbox, self._completed(alert), tuple(self._services))
            self.tracked = replace(self.tracked, outbox=box)
        if alerts:
            self._write()

    def _completed(self, alert: Alert) -> Alert:
        """With its figures, where it is a statement."""
        if not alert.day:
            return alert
        try:
            views = self._data_dir / "views.sqlite"
            return replace(alert, text=statement_text(self._journal, views, alert.day, alert.accounts))
        except (ViewsUnwritable, StorageFailed, EventUnreadable) as error:
            return replace(alert, text=f"{alert.text}\nThe figures cannot be had: {error}")

    def _deliver(self, now: int) -> None:
        """Each service gets what is due until one cannot be sent; the others do not wait for it."""
        silent: set[str] = set()
        for delivery in mail.due(self.tracked.outbox, now):
            if delivery.service not in silent and not self._delivered(delivery, now):
                silent.add(delivery.service)

    def _delivered(self, delivery: Delivery, now: int) -> bool:
        alert, service = delivery.alert, self._services[delivery.service]
        footer = f"{utc(alert.at)[:19]} UTC, {self._data_dir}"
        sent = self._send(service, f"Otomat: {alert.title}", f"{alert.text}\n\n{footer}")
        box = self.tracked.outbox
        box = mail.delivered(box, delivery) if sent else mail.failed(box, delivery, now)
        if not sent and (mail.is_last_try(delivery) or not delivery.failures):
            what = "given up" if mail.is_last_try(delivery) else "it is tried again"
            self._say(f"cannot be sent to {service.kind} {service.name}, {what}: {alert.title}")
        self.tracked = replace(self.tracked, outbox=box)
        self._write()
        return sent

    def _write(self) -> None:
        self._written_at = time.time_ns() // 1_000_000
        try:
            alert_tracking.write(self._data_dir, self.tracked)
        except OSError as error:
            self._say(f"{alert_tracking.FILE_NAME} cannot be written, so alerts may be told again: {error.strerror}")


def follow(data_dir: Path, lines: TextIO, out: TextIO) -> None:
    """Send alerts until `lines` ends, then once more what is left. What is given up is told on `out`."""
    begin = msgspec.json.decode(lines.readline(), type=Begin)
    known = {one.name: one for one in services(begin.urls_file)}
    heard: SimpleQueue[str | None] = SimpleQueue()
    Thread(target=_hear, args=(lines, heard), name="notices", daemon=True).start()
    with one_at_a_time(data_dir), SqliteJournal(data_dir / "events.sqlite", read_only=True) as journal:
        loop = AlertLoop(journal, data_dir, begin, known, lambda words: _say(out, words))
        while (notice := _next(heard)) is not None:
            loop.step(_now(), msgspec.json.decode(notice, type=StorageNotice).reason if notice else None)
        loop.step(_now())
        loop.close()
        left = len(loop.tracked.outbox.deliveries)
        if left:
            _say(out, f"{counted(left, 'alert')} could not be sent yet; the next run goes on trying")


def _hear(lines: TextIO, heard: "SimpleQueue[str | None]") -> None:
    for line in lines:
        heard.put(line)
    heard.put(None)


def _next(heard: "SimpleQueue[str | None]") -> str | None:
    """The next notice, empty where none came for a while, None at the end."""
    try:
        return heard.get(timeout=LOOK_EVERY_S)
    except Empty:
        return ""


def _say(out: TextIO, words: str) -> None:
    with suppress(OSError, ValueError):  # the supervisor may be gone; what is left is in the tracking file
        out.write(" ".join(words.split()) + "\n")
        out.flush()


def _now() -> int:
    return time.time_ns() // 1_000_000
