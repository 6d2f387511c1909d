"""A view's tables: rows as structs, kept in memory while a page of events is folded, written back once per page.

A fold touches the same few rows again and again. Looking rows up in a dict and writing each changed one once is what
makes a rebuild fast; SQL for every event would spend its time in SQLite.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, NewType, TypeVar, get_args, get_type_hints

import msgspec

Amount = NewType("Amount", str)
"""An exact decimal as text in plain notation."""

Flag = NewType("Flag", int)
"""0 or 1."""

KEPT_ROWS = 250
"""So many rows of a table stay in memory from one page to the next, unless more are asked for."""

SQL_TYPES = {"int": "INTEGER", "str": "TEXT", "Amount": "DECIMAL_TEXT", "Flag": "BOOLEAN_INTEGER"}
"""The declared types say what a column holds; by SQLite's rules they have the affinity of their last word."""

TIME = "ms since the epoch (UTC)"
"""How the words of a column that holds times end."""

COMMON_WORDS = {
    "position": "position of the event in the log",
    "at": "when, ms since the epoch (UTC)",
    "user_id": "the account",
    "strategy_id": "name of the strategy",
    "trade_id": "the trade",
    "run_id": "the run of the supervisor",
    "token": "ticker of the token",
    "symbol": "the venue's name of the pair",
    "side": "BUY or SELL",
    "batch": "number of the batch, from 1",
    "day": "UTC day, on which the venue counts",
    "reason": "why, where that is known",
    "venue_order_id": "the venue's id of the order",
    "only_row": "always 1",
}
"""Columns that mean the same wherever they stand."""


class Row(msgspec.Struct, gc=False):
    """Base of a table's rows: plain values only, in the order of the columns."""


R = TypeVar("R", bound=Row)


class Column(msgspec.Struct, frozen=True):
    """One column: its SQL type, one of SQL_TYPES, and what it holds, in words."""

    name: str
    sql_type: str
    nullable: bool
    words: str

    @property
    def is_amount(self) -> bool:
        """Whether it holds exact decimals as text."""
        return self.sql_type == SQL_TYPES["Amount"]

    @property
    def is_time(self) -> bool:
        """Whether it holds times."""
        return self.words.endswith(TIME)


class Table(Generic[R]):
    """A table with a row struct for its columns, found by `key`. `indexes` are for those who ask, not for folds.

    Raises ValueError for a column without words.
    """

    def __init__(
        self,
        name: str,
        row: type[R],
        key: tuple[str, ...],
        *,
        words: Mapping[str, str],
        indexes: Sequence[tuple[str, ...]] = (),
    ) -> None:
        self.name = name
        self.row = row
        self.key = key
        self.columns = tuple(_columns(name, row, {**COMMON_WORDS, **words}))
        self.indexes = tuple(indexes)
        getter = attrgetter(*key)
        self.key_of = getter if len(key) > 1 else lambda row: (getter(row),)

    def create(self, db: sqlite3.Connection, suffix: str = "") -> None:
        """Make the empty table, as `name` + `suffix`, without its indexes."""
        columns = ", ".join(f'"{c.name}" {c.sql_type}{"" if c.nullable else " NOT NULL"}' for c in self.columns)
        # A single INTEGER key is the rowid itself.
        rowid = "" if self.key_is_rowid else " WITHOUT ROWID"
        db.execute(f'CREATE TABLE "{self.name}{suffix}" ({columns}, PRIMARY KEY ({", ".join(self.key)})){rowid}')

    def drop(self, db: sqlite3.Connection, suffix: str = "") -> None:
        """Take `name` + `suffix` away, if it is there."""
        db.execute(f'DROP TABLE IF EXISTS "{self.name}{suffix}"')

    def stands(self, db: sqlite3.Connection, suffix: str = "") -> bool:
        """Whether `name` + `suffix` is there with these columns and this key."""
        question = "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid"
        place = {name: number for number, name in enumerate(self.key, 1)}
        expected = [(column.name, column.sql_type, place.get(column.name, 0)) for column in self.columns]
        return db.execute(question, (self.name + suffix,)).fetchall() == expected

    @property
    def key_is_rowid(self) -> bool:
        return len(self.key) == 1 and any(c.name == self.key[0] and c.sql_type == "INTEGER" for c in self.columns)

    def create_indexes(self, db: sqlite3.Connection, suffix: str = "", mark: str = "") -> None:
        """Make the indexes of `name` + `suffix`; `mark` tells their names from those of another table's."""
        for columns in self.indexes:
            name = f"{self.name}_{'_'.join(columns)}{mark}"
            db.execute(f'CREATE INDEX "{name}" ON "{self.name}{suffix}" ({", ".join(columns)})')


def _columns(table: str, row: type[Row], words: Mapping[str, str]) -> Iterator[Column]:
    hints = get_type_hints(row)
    for field in row.__struct_fields__:
        if field not in words:
            raise ValueError(f"column {field} of {table} has no words")
        kinds = get_args(hints[field]) or (hints[field],)  # of X | None, or X alone
        yield Column(field, SQL_TYPES[kinds[0].__name__], len(kinds) > 1, words[field])


class Rows(Generic[R]):
    """The rows of one table during folds; nothing is written before `flush`. One thread at a time."""

    def __init__(self, db: sqlite3.Connection, table: Table[R], suffix: str = "", keep: int = KEPT_ROWS) -> None:
        self._db = db
        self._table = table
        self._keep = keep
        self._kept: dict[tuple[object, ...], R | None] = {}
        self._changed: dict[tuple[object, ...], R | None] = {}
        self._appended: list[R] = []
        self._whole: bool | None = None  # not known yet
        name = f'"{table.name}{suffix}"'
        found = " AND ".join(f"{column} = ?" for column in table.key)
        self._all = f"SELECT * FROM {name}"  # noqa: S608 - the names are ours, here and below
        self._one = f"{self._all} WHERE {found}"
        self._put = f"INSERT OR REPLACE INTO {name} VALUES ({', '.join('?' * len(table.columns))})"  # noqa: S608
        self._delete = f"DELETE FROM {name} WHERE {found}"  # noqa: S608

    def get(self, *key: object) -> R | None:
        """The row, to be read only."""
        try:
            return self._kept[key]
        except KeyError:
            return self._load(key)

    def edit(self, *key: object) -> R | None:
        """The row, to be changed: it is written with the page."""
        row = self.get(*key)
        if row is not None:
            self._changed[key] = row
        return row

    def put(self, row: R) -> R:
        """Add a row, in place of one with the same key, and return it; it may be changed further in this fold."""
        key = self._table.key_of(row)
        self._kept[key] = self._changed[key] = row
        return row

    def append(self, row: R) -> None:
        """Add a row that no fold looks at again, such as one for each event."""
        self._appended.append(row)

    def remove(self, *key: object) -> None:
        """Take a row away, if it is there."""
        self._kept[key] = self._changed[key] = None

    def every(self) -> list[R]:
        """All rows, to be read only; for small tables."""
        if not self._whole:
            for values in self._db.execute(self._all):
                row = self._table.row(*values)
                self._kept.setdefault(self._table.key_of(row), row)
            self._whole = True
        return [row for row in self._kept.values() if row is not None]

    def edit_every(self) -> Iterator[R]:
        """All rows, to be changed."""
        for row in self.every():
            self._changed[self._table.key_of(row)] = row
            yield row

    @property
    def changed(self) -> bool:
        """Whether there is anything to flush."""
        return bool(self._changed or self._appended)

    def flush(self) -> None:
        """Write what has changed, inside the caller's transaction."""
        astuple = msgspec.structs.astuple
        changed = [astuple(row) for row in self._changed.values() if row is not None]
        removed = [key for key, row in self._changed.items() if row is None]
        if removed:
            self._db.executemany(self._delete, removed)
        if changed or self._appended:
            self._db.executemany(self._put, [*changed, *map(astuple, self._appended)])

    def settle(self) -> None:
        """What was flushed is committed; forget rows where there are many."""
        self._changed.clear()
        self._appended.clear()
        if len(self._kept) > self._keep:
            self._kept.clear()
            self._whole = False

    def _load(self, key: tuple[object, ...]) -> R | None:
        if self._whole is None:  # what was folded from nothing is all in memory, and need not be looked for
            self._whole = self._db.execute(f"{self._all} LIMIT 1").fetchone() is None
        if self._whole:
            return None
        values = self._db.execute(self._one, key).fetchone()
        row = self._kept[key] = None if values is None else self._table.row(*values)
        return row


class Book:
    """The rows of all tables of one view: `book[TABLE]`."""

    def __init__(
        self, db: sqlite3.Connection, tables: Sequence[Table[Any]], suffix: str = "", keep: int = KEPT_ROWS
    ) -> None:
        self._rows = {table: Rows(db, table, suffix, keep) for table in tables}

    def __getitem__(self, table: Table[R]) -> Rows[R]:
        return self._rows[table]

    @property
    def changed(self) -> bool:
        """Whether there is anything to flush."""
        return any(rows.changed for rows in self._rows.values())

    def flush(self) -> None:
        """Write what has changed, inside the caller's transaction."""
        for rows in self._rows.values():
            rows.flush()

    def settle(self) -> None:
        """The transaction of the flush is committed."""
        for rows in self._rows.values():
            rows.settle()
