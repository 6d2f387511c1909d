"""How fast a log is read and folded, beside the `eventsourcing` library's own reading of the same events.

Both read the same events from files of their own, written and read in the same run: ours decodes each event and folds
it into the state of the actor whose stream it is in; the library maps each row back to its event, and folds nothing.
The time is the processor's, since other programs disturb it less.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bin.bench_library import read_all, write_all
from bin.bench_log import write_log
from bin.bench_machine import Machine, describe
from bin.paths import DEFAULT_DATA_DIR
from events.base import Recorded
from events.journal import SqliteJournal
from projections.states import connection, orders, supervision, user, volume

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000,)
REPEATS = 3

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Initial = Callable[[int], Any]
Evolve = Callable[[Any, Recorded], Any]
STATES: dict[str, tuple[Initial, Evolve]] = {
    "user": (lambda number: user.UserState(user_id=number), user.evolve),
    "orders": (lambda number: orders.OrdersState(user_id=number), orders.evolve),
    "volume": (lambda number: volume.VolumeState(user_id=number), volume.evolve),
    "connection": (lambda number: connection.ConnectionState(user_id=number), connection.evolve),
    "system": (lambda _: supervision.SupervisionState(), supervision.evolve),
}
"""By the kind of stream."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """Events read per second, medians: by us with folding, by us without, and by the library without; bytes of JSON
    that each takes for an event.
    """

    events: int
    folded: int
    decoded: int
    library: int
    bytes_ours: int
    bytes_library: int

    @property
    def times(self) -> float:
        """How often faster ours reads and folds than the library reads."""
        return round(self.folded / self.library, 1)


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that one call of the benchmark found."""

    machine: Machine
    repeats: int
    read: tuple[Read, ...]


@app.command()
def replay(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter and rougher measurement.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The disk to measure on.")] = DEFAULT_DATA_DIR,
) -> None:
    """Reading and folding a log of several sizes, beside the library's reading of the same events."""
    data_dir.mkdir(parents=True, exist_ok=True)
    sizes, repeats = (QUICK_SIZES, 1) if quick else (SIZES, REPEATS)
    read = tuple(measured(data_dir, size, repeats) for size in sizes)
    results = Results(machine=describe(data_dir), repeats=repeats, read=read)
    typer.echo(msgspec.json.encode(results)) if as_json else show(results)


def measured(directory: Path, events: int, repeats: int) -> Read:
    """Writes both files, reads each `repeats` times in turn, and takes them away again."""
    with TemporaryDirectory(dir=directory) as scratch:
        ours, theirs = Path(scratch) / "events.sqlite", Path(scratch) / "library.sqlite"
        write_log(ours, events)
        bytes_ours, bytes_library = _bytes(ours), _reading(ours, lambda log: write_all(log, theirs))
        readers = (lambda: _reading(ours, fold), lambda: _reading(ours, _count), lambda: _count(read_all(theirs)))
        took = [[_timed(reader, events) for reader in readers] for _ in range(repeats)]
    folded, decoded, library = (round(events / median(times)) for times in zip(*took, strict=True))
    return Read(
        events=events,
        folded=folded,
        decoded=decoded,
        library=library,
        bytes_ours=bytes_ours // events,
        bytes_library=bytes_library // events,
    )


def _reading(path: Path, use: Callable[[Iterator[Recorded]], int]) -> int:
    with SqliteJournal(path, read_only=True) as journal:
        return use(journal.read())


def _bytes(path: Path) -> int:
    with SqliteJournal(path, read_only=True) as journal:
        after, total, head = 0, 0, journal.head()
        while page := journal.stored(after, limit=5_000, upto=head):
            total += sum(len(row.state) for row in page)
            after = page[-1].id
    return total


def fold(log: Iterator[Recorded]) -> int:
    """Fold every event into its stream's state. Returns how many there were."""
    streams: dict[str, _Stream] = {}
    count = 0
    for recorded in log:
        stream = streams.get(recorded.stream)
        if stream is None:
            stream = streams[recorded.stream] = _Stream(recorded.stream)
        stream.state = stream.evolve(stream.state, recorded)
        count += 1
    return count


class _Stream:
    """One stream's state so far."""

    __slots__ = ("evolve", "state")

    def __init__(self, name: str) -> None:
        kind, _, number = name.partition("-")
        initial, self.evolve = STATES[kind]
        self.state = initial(int(number or 0))


def _count(log: Iterator[Any]) -> int:
    return sum(1 for _ in log)


class Miscounted(Exception):
    """A reader did not read what was written."""


def _timed(reader: Callable[[], int], events: int) -> float:
    began = time.process_time()
    if (read := reader()) != events:
        raise Miscounted(f"{read} of {events} events were read")
    return time.process_time() - began


def show(results: Results) -> None:
    """Print the results as Markdown, so that they can be pasted where they are kept."""
    console = Console(width=130, highlight=False)
    console.print(str(results.machine), soft_wrap=True)
    console.print(f"Medians of {results.repeats} readings in turn, in events/s.")
    heads = (
        "events",
        "ours, folded",
        "ours, read",
        "library, read",
        "folded / library",
        "bytes, ours",
        "bytes, library",
    )
    table = Table(*heads, box=MARKDOWN)
    for one in results.read:
        speeds = (f"{speed:,}" for speed in (one.folded, one.decoded, one.library))
        table.add_row(f"{one.events:,}", *speeds, f"{one.times:.1f}", str(one.bytes_ours), str(one.bytes_library))
    console.print(table)
