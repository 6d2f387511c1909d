"""How answers are written: an aligned table for people; JSON, JSON lines and CSV for scripts."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from projections.figures import utc
from projections.views.table import Column

Format = Literal["table", "json", "jsonl", "csv"]
Cells = Sequence[Any]
NOTHING = "nothing recorded yet\n"
NO_MATCH = "nothing of that kind\n"


class Written(msgspec.Struct, frozen=True):
    """What is to be written: columns, their rows, and further fields of each row that only JSON has room for."""

    columns: Sequence[Column]
    rows: Iterable[Cells]
    more: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda _: {}
    brief: Sequence[str] = ()
    nothing: str = NOTHING
    """What a table says where there are no rows."""


def pieces(written: Written, form: Format) -> Iterator[str]:
    """The answer's text, piece by piece, so that a long one need not fit in memory (but for a table)."""
    if form == "table":
        return iter((table(written),))
    if form == "csv":
        return _csv(written)
    return _json_list(written) if form == "json" else (f"{each}\n" for each in _objects(written))


def table(written: Written) -> str:
    """The rows in aligned columns under their names: numbers to the right, "-" for what is not known, times in UTC."""
    shown = [n for n, column in enumerate(written.columns) if not written.brief or column.name in written.brief]
    columns = [written.columns[n] for n in shown]
    lines = [[_for_people(column, row[n]) for n, column in zip(shown, columns, strict=True)] for row in written.rows]
    if not lines:
        return written.nothing
    names = [column.name for column in columns]
    widths = [max(map(len, cells)) for cells in zip(names, *lines, strict=True)]
    numeric = [column.is_amount or column.sql_type != "TEXT" for column in columns]
    return "".join(_table_line(line, widths, numeric) for line in (names, *lines))


def _table_line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    aligned = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    )
    return "  ".join(aligned).rstrip() + "\n"


def _for_people(column: Column, cell: object) -> str:
    if cell is None or cell == "":
        return "-"
    if column.is_time and isinstance(cell, int):
        return utc(cell)
    # Texts of the venue may hold line ends, and what a terminal obeys; a line stays a line.
    text = " ".join(str(plain_text(cell) if column.is_amount else cell).split())
    return text if text.isprintable() else "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _json_list(written: Written) -> Iterator[str]:
    before = "[\n  "
    for each in _objects(written):
        yield before + each
        before = ",\n  "
    yield "[]\n" if before.startswith("[") else "\n]\n"


def _objects(written: Written) -> Iterator[str]:
    encode = msgspec.json.Encoder().encode
    for row in written.rows:
        fields = as_object(written.columns, row)
        yield encode({**fields, **written.more(fields)}).decode()


def as_object(columns: Sequence[Column], row: Cells) -> dict[str, Any]:
    """A row's cells by name, amounts in plain notation."""
    return {
        column.name: plain_text(cell) if column.is_amount else cell for column, cell in zip(columns, row, strict=True)
    }


def _csv(written: Written) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in written.columns])
    for row in written.rows:
        writer.writerow([plain_text(c) if o.is_amount else c for c, o in zip(row, written.columns, strict=True)])
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def plain_text(amount: object) -> object:
    """An amount in text without trailing zeros; anything else as it is."""
    if not isinstance(amount, str) or "." not in amount:
        return amount
    text = amount.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
