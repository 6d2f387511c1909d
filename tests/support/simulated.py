"""Logs of the simulation as data directories: what production actors record while much goes wrong, in little time."""

from functools import cache
from pathlib import Path

from events.journal import SqliteJournal
from events.seals import NewRow
from tests.simulation.run import simulate


@cache
def rows(seed: int) -> tuple[NewRow, ...]:
    """The log of a seed, as it is stored."""
    lines: list[bytes] = []
    simulate(seed, write=lines.append)
    return tuple(_row(line) for line in lines)


def _row(line: bytes) -> NewRow:
    _, stream, version, topic, state = line.rstrip(b"\n").split(b" ", 4)
    return stream.decode(), int(version), topic.decode(), state


def write_simulated(path: Path, seed: int) -> None:
    """The log of a seed at `path`."""
    with SqliteJournal(path) as journal:
        journal._recorder.insert_rows(rows(seed))
