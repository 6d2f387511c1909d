"""Anchors: the log's head seals, kept in a file where whoever can change the log should not reach."""

import os
import time
from pathlib import Path

import msgspec

from bin.exit_codes import ExitCode
from events.seals import Head
from events.verifying import Anchor
from projections.figures import utc


class AnchorUnusable(Exception):
    """The file cannot hold anchors where it is, cannot be read or written, or holds something else."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.STORAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file, as JSON: the last sealed position, its seal in hexadecimal, and when that was noted (UTC)."""

    position: int
    seal: str
    time: str


class AnchorFile:
    """One line for each anchor, oldest first; lines are only ever added."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep_outside(self, data_dir: Path) -> None:
        """Make sure that lines can be added, outside of `data_dir`. Raises AnchorUnusable."""
        if self.path.resolve().is_relative_to(data_dir.resolve()):
            raise AnchorUnusable(
                f"{self.path} lies in the data directory, where what changes the log can change it too; name another"
                " place, best on another machine or medium",
                ExitCode.USAGE,
            )
        self._write(b"")

    def add(self, head: Head) -> None:
        """Note a head, durably. Raises AnchorUnusable."""
        line = _Line(position=head.position, seal=head.seal.hex(), time=utc(time.time_ns() // 1_000_000))
        self._write(msgspec.json.encode(line) + b"\n")

    def _write(self, content: bytes) -> None:
        try:
            with self.path.open("ab") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise AnchorUnusable(f"no anchor can be written to {self.path}: {error.strerror}") from error

    def anchors(self) -> tuple[Anchor, ...]:
        """What was noted, oldest first. Raises AnchorUnusable."""
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError as error:
            raise AnchorUnusable(f"{self.path} cannot be read: {error.strerror}") from error
        return tuple(self._anchor(number, line) for number, line in enumerate(lines, 1))

    def _anchor(self, number: int, line: bytes) -> Anchor:
        try:
            noted = msgspec.json.decode(line, type=_Line)
            head = Head(noted.position, bytes.fromhex(noted.seal))
        except ValueError as error:
            raise AnchorUnusable(f"line {number} of {self.path} is no anchor: {error}") from error
        return Anchor(head, f"at {noted.time} {self.path} noted")


def head_in_words(head: Head) -> str:
    """What is told of a head, so that it can be kept elsewhere."""
    return f"sealed up to position {head.position:,}: {head.seal.hex()}"
