"""Snapshots of the states that actors recover, so that a start costs what is open and not what ever happened.

They live in the projections' database, which may be thrown away: whatever is wrong with a snapshot, or with all of
them, the state is folded from the log as if there were none. A snapshot is believed only when it was taken by the same
code with the same settings (the fingerprint), can be read, and the log still holds the event at which it was taken.
"""

import hashlib
import logging
import sqlite3
from functools import cache
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import NamedTuple

import msgspec

import events
from events.plain_json import plain_json
from projections import states

WRITE_EVERY_S = 1.0
BUSY_TIMEOUT_S = 5

_TABLE = """
CREATE TABLE IF NOT EXISTS snapshots (
    stream TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    state BLOB NOT NULL
) WITHOUT ROWID
"""


class Snapshot(NamedTuple):
    """A stream's state after the event of this version, which stands at this position of the log."""

    version: int
    position: int
    state: object


class Snapshots:
    """Keeps the newest snapshot of each stream in the file `path`. Any thread may call anything; no call raises.

    What is offered is written by a thread of its own, so that nobody who decides waits for it. A file that cannot be
    read or written is as good as none; the log file says so once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offered: dict[str, tuple[Snapshot, object]] = {}
        self._lock = Lock()
        self._stopping = Flag()
        self._complained = False
        self._thread = Thread(target=self._keep_writing, name="snapshots", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what is left."""
        self._stopping.set()
        self._thread.join()

    def offer(self, stream: str, snapshot: Snapshot, initial: object) -> None:
        """Have it written soon, in place of an older one of the same stream; `initial` is what the fold began with."""
        with self._lock:
            self._offered[stream] = snapshot, initial

    def newest(self, stream: str, initial: object) -> Snapshot | None:
        """The snapshot whose state is of the type of `initial`, if it is of this code and these settings."""
        try:
            with self._opened() as db:
                row = db.execute(
                    "SELECT version, position, state FROM snapshots WHERE stream = ? AND fingerprint = ?",
                    (stream, fingerprint(initial)),
                ).fetchone()
            db.close()
            return None if row is None else Snapshot(row[0], row[1], msgspec.json.decode(row[2], type=type(initial)))
        except (sqlite3.Error, msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._complain(error)
            return None

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S)
        db.execute(_TABLE)
        return db

    def _keep_writing(self) -> None:
        while not self._stopping.wait(WRITE_EVERY_S):
            self._write()
        self._write()

    def _write(self) -> None:
        with self._lock:
            offered, self._offered = self._offered, {}
        if not offered:
            return
        try:
            rows = [_row(stream, snapshot, initial) for stream, (snapshot, initial) in offered.items()]
            with self._opened() as db:
                db.executemany("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)", rows)
            db.close()
        except sqlite3.Error as error:
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            self._complained = True
            log = logging.getLogger("otomat.snapshots")
            log.warning("no snapshots in %s (%s); states are folded from the log instead", self._path, error)


def _row(stream: str, snapshot: Snapshot, initial: object) -> tuple[str, int, int, str, bytes]:
    written = msgspec.json.encode(snapshot.state)  # with dicts in their order, which is that of their orders' ends
    return stream, snapshot.version, snapshot.position, fingerprint(initial), written


def fingerprint(initial: object) -> str:
    """Of the code that folds, of the shapes that it folds, and of what the fold begins with, settings included."""
    return _digest(code_fingerprint().encode() + plain_json(initial))


@cache
def code_fingerprint() -> str:
    """Of the sources of all states and all events: another fold would make another state of the same log."""
    folders = (*states.__path__, *events.__path__)
    files = sorted(file for folder in folders for file in Path(folder).glob("*.py"))
    return _digest(b"".join(file.read_bytes() for file in files))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
