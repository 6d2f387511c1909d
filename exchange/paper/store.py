"""The paper venue's own SQLite file: what it has acknowledged is in it.

Writes gather in one transaction until `commit`. WAL with synchronous=NORMAL: a commit survives the death of the
process, which is what a venue that is killed by a test needs, and costs no fsync. One thread.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from exchange.paper.market import Market
from exchange.paper.model import Account, Fill, Order

FILE_NAME = "paper-venue.sqlite"

T = TypeVar("T")


class StoreBusy(Exception):
    """Another paper venue runs on this data directory."""


_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (user_id TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS orders (order_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS fills (execution_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS credits (credit_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS markets (symbol TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS mul_points (alpha_id TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS requests (account_endpoint TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS orders_of_account ON orders (json_extract(data, '$.account'), order_id);
CREATE INDEX IF NOT EXISTS fills_of_order ON fills (json_extract(data, '$.order_id'), execution_id);
"""


class Credit(msgspec.Struct, frozen=True):
    """Volume counted for an account at `at` (ms), for the UTC day `day`. `starting`: given, not earned."""

    account: str
    alpha_id: str
    token: str
    volume: Decimal
    day: str
    at: int
    starting: bool = False


class MulPoint(msgspec.Struct, frozen=True):
    """What was set for a token by hand."""

    alpha_id: str
    mul_point: int


class RequestCount(msgspec.Struct, frozen=True):
    """How often an account has called an endpoint."""

    account: str
    endpoint: str
    count: int


Row = Account | Order | Fill | Market | MulPoint | RequestCount


class Store:
    """What is not kept in memory is read when it is asked for. Keys are the tables' primary keys."""

    def __init__(self, connection: sqlite3.Connection, lock: IO[bytes] | None = None) -> None:
        self._connection = connection
        self._lock = lock

    def rows(self, table: str, kind: type[T]) -> Iterator[T]:
        """The structs of a table; orders, fills and credits in the order of their ids."""
        for (data,) in self._connection.execute(f"SELECT data FROM {table} ORDER BY rowid"):  # noqa: S608 - names of ours
            yield msgspec.json.decode(data, type=kind)

    def order(self, order_id: int) -> Order | None:
        row = self._connection.execute("SELECT data FROM orders WHERE order_id = ?", (order_id,)).fetchone()
        return msgspec.json.decode(row[0], type=Order) if row else None

    def orders_before(self, account: str, order_id: int) -> Iterator[Order]:
        """Those of an account with lower ids, newest first."""
        query = (
            "SELECT data FROM orders WHERE json_extract(data, '$.account') = ? AND order_id < ? ORDER BY order_id DESC"
        )
        for (data,) in self._connection.execute(query, (account, order_id)):
            yield msgspec.json.decode(data, type=Order)

    def fills_of(self, order_id: int) -> list[Fill]:
        """Oldest first."""
        query = "SELECT data FROM fills WHERE json_extract(data, '$.order_id') = ? ORDER BY execution_id"
        return [msgspec.json.decode(data, type=Fill) for (data,) in self._connection.execute(query, (order_id,))]

    def numbers(self) -> dict[str, int]:
        return dict(self._connection.execute("SELECT name, value FROM numbers").fetchall())

    def put(self, row: Row) -> None:
        table, key = _place(row)
        statement = f"REPLACE INTO {table} VALUES (?, ?)"  # noqa: S608 - one of our own names
        self._connection.execute(statement, (key, msgspec.json.encode(row)))

    def add_credit(self, credit: Credit) -> None:
        self._connection.execute("INSERT INTO credits (data) VALUES (?)", (msgspec.json.encode(credit),))

    def put_number(self, name: str, value: int) -> None:
        self._connection.execute("REPLACE INTO numbers VALUES (?, ?)", (name, value))

    def commit(self) -> None:
        self._connection.commit()

    def close(self) -> None:
        """Commit and let the file go."""
        self._connection.commit()
        self._connection.close()
        if self._lock is not None:
            self._lock.close()


def _place(row: Row) -> tuple[str, str | int]:
    match row:
        case Account():
            return "accounts", row.user_id
        case Order():
            return "orders", row.order_id
        case Fill():
            return "fills", row.execution_id
        case Market():
            return "markets", row.symbol
        case MulPoint():
            return "mul_points", row.alpha_id
        case RequestCount():
            return "requests", f"{row.account}/{row.endpoint}"


def open_store(data_dir: Path) -> Store:
    """The store in `data_dir`, made if it is not there, and kept from any other venue until it is closed.

    Raises:
        StoreBusy: another venue has it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = _locked(data_dir / "paper-venue.lock")
    connection = sqlite3.connect(data_dir / FILE_NAME)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(_TABLES)
    return Store(connection, lock)


def _locked(path: Path) -> IO[bytes]:
    """The kernel keeps the lock, and lets it go when the process dies, however it dies."""
    lock = path.open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StoreBusy(path) from None
    return lock


def open_for_reading(data_dir: Path) -> Store:
    """The store of a venue that runs or has stopped; `FileNotFoundError` when `data_dir` has none."""
    path = data_dir / FILE_NAME
    if not path.exists():
        raise FileNotFoundError(path)
    return Store(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))


class Numbers:
    """Counters that never give a number twice, over restarts too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last = store.numbers()

    def next(self, name: str, start: int = 1) -> int:
        value = self._last.get(name, start - 1) + 1
        self._last[name] = value
        self._store.put_number(name, value)
        return value
