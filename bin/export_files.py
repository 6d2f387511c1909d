"""What an export is written to: JSON lines and CSV piece by piece, Parquet by an embedded analytical engine.

A file appears under its name only when it is whole.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Generic, Literal, TextIO, TypeVar

import msgspec

from bin.query_output import Written, pieces, plain_text
from projections.views.table import Column

Format = Literal["jsonl", "csv", "parquet"]
T = TypeVar("T")
TELL_EVERY = 1_000
MOST_DIGITS = 38
"""What an exact decimal of the Parquet format holds."""


class Counted(Generic[T]):
    """Lets rows through, and counts them. `tell` is called with the count now and then."""

    def __init__(self, rows: Iterable[T], tell: Callable[[int], None]) -> None:
        self._rows = rows
        self._tell = tell
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        for row in self._rows:
            yield row
            self.count += 1
            if self.count % TELL_EVERY == 0:
                self._tell(self.count)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name to write to beside `path`; it takes that name at the end, and is removed on any error."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def write_file(written: Written, form: Format, path: Path) -> None:
    """All rows to `path`. Raises OSError."""
    with whole_file(path) as part:
        if form == "parquet":
            _write_parquet(written, part)
        else:
            with part.open("w", encoding="utf-8", newline="") as out:
                write_text(written, form, out)


def write_text(written: Written, form: Literal["jsonl", "csv"], out: TextIO) -> None:
    out.writelines(pieces(written, form))


def _write_parquet(written: Written, part: Path) -> None:
    """By way of JSON lines: only when all amounts were seen is it known which exact decimals hold them."""
    # Some 20 MB of library: loaded only for this.
    import duckdb  # noqa: PLC0415

    lines = part.with_name(f"{part.name}.jsonl")
    try:
        digits = _write_lines(written, lines)
        types = {column.name: _parquet_type(column, digits) for column in written.columns}
        source = "read_json($lines, format = 'newline_delimited', columns = $types)"
        # A path is no parameter where a file is written; what could end the text is doubled.
        target = str(part).replace("'", "''")
        copy = f"COPY (SELECT * FROM {source}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as engine:
            engine.execute(copy, {"lines": str(lines), "types": types})
    finally:
        with suppress(FileNotFoundError):
            lines.unlink()


def _write_lines(written: Written, path: Path) -> Mapping[str, tuple[int, int]]:
    """Write all rows, and return the most digits before and after the point of each column of amounts."""
    amounts = {n: column.name for n, column in enumerate(written.columns) if column.is_amount}
    names = [column.name for column in written.columns]
    most = dict.fromkeys(amounts.values(), (0, 0))
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as out:
        for row in written.rows:
            cells = [plain_text(cell) if n in amounts else cell for n, cell in enumerate(row)]
            for n, name in amounts.items():
                if cells[n] is not None:
                    most[name] = _more(most[name], str(cells[n]))
            out.write(encode(dict(zip(names, cells, strict=True))) + b"\n")
    return most


def _more(most: tuple[int, int], amount: str) -> tuple[int, int]:
    whole, _, fraction = amount.lstrip("-").partition(".")
    return max(most[0], len(whole)), max(most[1], len(fraction))


def _parquet_type(column: Column, digits: Mapping[str, tuple[int, int]]) -> str:
    if column.is_amount:
        whole, fraction = digits[column.name]
        fits = whole + fraction <= MOST_DIGITS
        return f"DECIMAL({max(whole + fraction, 1)},{fraction})" if fits else "VARCHAR"
    return "BIGINT" if column.sql_type in ("INTEGER", "BOOLEAN_INTEGER") else "VARCHAR"
