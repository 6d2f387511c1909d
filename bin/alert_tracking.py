"""How far the log has been told of, and what is still to be sent: one small file, replaced whole.

It is written when an alert is due or over, not for each event: what comes after the position in it is folded again,
which leads to the same. So a crash loses no alert; one that was just being sent is sent again.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from projections.states.alerts import AlertsState
from projections.states.outbox import Outbox

FILE_NAME = "alerts.json"


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """`position` is that of the last event that was taken in."""

    position: int
    state: AlertsState = AlertsState()
    outbox: Outbox = Outbox()


def read(data_dir: Path) -> Tracked | None:
    """None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode((data_dir / FILE_NAME).read_bytes(), type=Tracked)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write(data_dir: Path, tracked: Tracked) -> None:
    """Raises OSError."""
    file = data_dir / FILE_NAME
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(msgspec.json.encode(tracked))
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


@contextmanager
def one_at_a_time(data_dir: Path) -> Iterator[None]:
    """Waits while another process, that of the run before, still sends the alerts of this data directory."""
    lock = os.open(data_dir / f"{FILE_NAME}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
