"""`bin/run import`: an export of events becomes a log again."""

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Never

import msgspec
import typer
from eventsourcing.persistence import PersistenceError

from bin.anchor_file import head_in_words
from bin.exit_codes import ExitCode
from bin.export_files import Counted, whole_file
from bin.lock import LOCK_FILE, DataDirError, DataDirLock
from bin.progress_bar import ProgressBar, counted_events
from events.portable import NotSame, restore
from events.seals import Head
from events.segments import SealedEvent
from events.verifying import Tampered, Unreadable, verify

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

ROWS_AT_ONCE = 1_000
CHUNK = 1 << 20
COLUMNS = SealedEvent.__struct_fields__
LOG = "events.sqlite"


class NoExport(Exception):
    """The file is no export of events; the message says where that shows."""


@app.command(name="import")
def import_events(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What bin/run export events wrote.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", metavar="DIR", help="A new directory, or an empty one.")],
) -> None:
    """Make the same log anew from an export of events (.jsonl, .csv, .parquet): the same positions, bytes and seals.

    Every commit must get the seal that it had, and the log is verified in the end; otherwise nothing is left behind.
    """
    read = READERS.get(file.suffix)
    if read is None:
        _refuse(f"the ending of {file} says no format; an export of events ends in {', '.join(READERS)}")
    if not file.is_file():
        _refuse(f"{file} is no file")
    if data_dir.is_dir() and any(not _is_left_behind(one) for one in data_dir.iterdir()):
        _refuse(f"{data_dir} is not empty; name a new directory")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with DataDirLock(data_dir):
            for one in filter(_is_unfinished, data_dir.iterdir()):
                one.unlink()
            with whole_file(data_dir / LOG) as part:
                events, head = _restored(file, read, part)
    except (NoExport, NotSame, Tampered) as error:
        sys.stderr.write(f"{file}: {error}; nothing was imported\n")
        raise typer.Exit(ExitCode.DIFFERENCE) from None
    except (DataDirError, PersistenceError, Unreadable, OSError) as error:
        sys.stderr.write(f"{data_dir}: {error}; nothing was imported\n")
        raise typer.Exit(ExitCode.STORAGE) from None
    sys.stderr.write(
        f"{counted_events(events)} imported and verified; bin/run query and replay read {data_dir}\n"
        f"The log is {head_in_words(head)}\n"
    )


def _is_left_behind(file: Path) -> bool:
    """By an import that did not come to its end."""
    return file.name == LOCK_FILE or _is_unfinished(file)


def _is_unfinished(file: Path) -> bool:
    return file.name.startswith(f".{LOG}.part")


def _restored(file: Path, read: Callable[[Path], Iterable[SealedEvent]], part: Path) -> tuple[int, Head]:
    bar, total = ProgressBar("importing", sys.stderr), _lines(file)
    try:
        events = restore(Counted(read(file), lambda count: bar(count, max(count, total) if total else 0)), part)
    finally:
        bar.close()
    if events == 0:
        raise NoExport("it holds no events")
    return events, verify(part).head


def _lines(file: Path) -> int:
    """About how many events a file of lines has; 0 for one of another kind."""
    if file.suffix == ".parquet":
        return 0
    with file.open("rb") as content:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: content.read(CHUNK), b""))


def _json_lines(file: Path) -> Iterator[SealedEvent]:
    decode = msgspec.json.Decoder(SealedEvent).decode
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise NoExport(f"line {number} is no exported event: {error}") from None


def _csv(file: Path) -> Iterator[SealedEvent]:
    csv.field_size_limit(sys.maxsize)
    with file.open(encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        if tuple(next(rows, ())) != COLUMNS:
            raise NoExport(f"its first line does not name the columns {', '.join(COLUMNS)}")
        for row in rows:
            yield _event(row, f"line {rows.line_num}")


def _parquet(file: Path) -> Iterator[SealedEvent]:
    # Some 20 MB of library: loaded only for this.
    import duckdb  # noqa: PLC0415

    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as engine:
        try:
            found = engine.execute("SELECT * FROM read_parquet($1) ORDER BY position", [str(file)])
            if tuple(name for name, *_ in found.description or ()) != COLUMNS:
                raise NoExport(f"its columns are not {', '.join(COLUMNS)}")
            while rows := found.fetchmany(ROWS_AT_ONCE):
                yield from (_event(row, f"event {row[0]}") for row in rows)
        except duckdb.Error as error:
            raise NoExport(str(error).splitlines()[0]) from None


def _event(cells: Iterable[Any], where: str) -> SealedEvent:
    try:
        return msgspec.convert(dict(zip(COLUMNS, cells, strict=True)), SealedEvent, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise NoExport(f"{where} is no exported event: {error}") from None


READERS: dict[str, Callable[[Path], Iterable[SealedEvent]]] = {
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".parquet": _parquet,
}


def _refuse(message: str) -> Never:
    sys.stderr.write(message + "\n")
    raise typer.Exit(ExitCode.USAGE)
