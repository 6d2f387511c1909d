"""Seals: what each commit of the log held, hashed, and chained to the commit before it.

A seal is the SHA-256 of the seal before it, of the positions of the commit's first and last event, and of its events'
frames in order. A frame is `position version lengths` in decimal, then stream, topic and state as they are stored. The
lengths make it unambiguous: no two rows that differ in anything have the same frame.

Whoever can write the file can also seal it anew, from what was changed to the end. Only a seal that was kept elsewhere,
an anchor, shows that.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

Row = tuple[int, str, int, str, bytes]
"""An event as it is stored: position, stream, version, topic, state."""

NewRow = tuple[str, int, str, bytes]
"""The same before it has a position."""

NOTHING = bytes(32)
"""The seal of an empty log."""

SEALS_TABLE = "CREATE TABLE IF NOT EXISTS seals (last INTEGER PRIMARY KEY, first INTEGER NOT NULL, seal BLOB NOT NULL)"
"""A row for each commit: the positions of its first and last event."""


class Head(NamedTuple):
    """How far a log is sealed: the position of the last event of the last commit (0 in an empty log), and its seal."""

    position: int
    seal: bytes


def seal_of(before: bytes, first: int, last: int, rows: Iterable[Row]) -> bytes:
    """The seal of a commit of these rows, from position `first` to `last`, after the commit with the seal `before`.

    Raises TypeError, ValueError where a row holds a value of another type than the journal stores.
    """
    digest = sha256(before + f"{first} {last} ".encode())
    for position, stream, version, topic, state in rows:
        lengths = f"{position} {version:d} {len(stream)} {len(topic)} {len(state)} {stream}{topic}"
        # Frames go in one by one: for 2 kB and more at once hashlib gives up the interpreter, and has to win it back.
        digest.update(lengths.encode() + state)
    return digest.digest()
