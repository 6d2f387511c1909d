"""The stores that `bin/bench journal` compares: each records one execution report per call, durably."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from msgspec.structs import asdict

from actors.journal import JournalActor, JournalClient
from events.base import Metadata, NewEvent
from events.catalog import Catalog
from events.journal import EventJournal, RecorderJournal, SqliteJournal
from events.recorder import JournalDatastore, JournalRecorder
from events.reports import ExecutionReport, order_reported
from events.seals import NewRow

Writer = Callable[[], object]
"""Records one more event of one thread, durably."""

RAW_FRAME = (
    '{"E":1763683200123,"S":"BUY","X":"PARTIALLY_FILLED","e":"executionReport","i":123456789,"l":"13.5","L":"0.0022",'
    '"n":"0.00135","N":"ALPHA_118","o":"LIMIT","p":"0.0022","q":"13636.36","s":"ALPHA_118USDT","t":99887766,'
    '"x":"TRADE","z":"13.5","ol":998877}'
)
REPORT = ExecutionReport(
    venue_order_id="123456789",
    order_list_id="998877",
    leg="working",
    symbol="ALPHA_118USDT",
    side="BUY",
    order_status="PARTIALLY_FILLED",
    execution_type="TRADE",
    price=Decimal("0.0022"),
    quantity=Decimal("13636.36"),
    last_qty=Decimal("13.5"),
    last_px=Decimal("0.0022"),
    last_quote=Decimal("0.0297"),
    cum_qty=Decimal("13.5"),
    cum_quote=Decimal("0.0297"),
    avg_px=Decimal("0.0022"),
    commission=Decimal("0.00135"),
    commission_asset="ALPHA_118",
    execution_id=99887766,
    match_id="99887766",
    created_time=1763683200000,
    transact_time=1763683200123,
    raw=RAW_FRAME,
)


def new_report() -> NewEvent:
    """An execution report as the order tracker appends it."""
    meta = Metadata(correlation_id="1-aop-7", causation=41, ts_event=1763683200123, ts_init=1763683200125)
    return NewEvent(event=order_reported(1, "stream", REPORT), meta=meta)


@contextmanager
def ours(path: Path) -> Iterator[Callable[[int], Writer]]:
    """The journal behind its actor; each writer has a stream of its own."""
    with SqliteJournal(path) as journal, _behind_its_actor(journal) as writer:
        yield writer


class UnsealedRecorder(JournalRecorder):
    """The fastest that our rows got in before commits were sealed: one INSERT into the library's table."""

    def insert_rows(self, rows: Sequence[NewRow]) -> Sequence[int]:
        """Only for as many rows as one statement takes."""
        values = [value for row in rows for value in row]
        connection = self._connection()
        c = connection.cursor()
        c.execute(self.insert_events_statement + ",(?,?,?,?)" * (len(rows) - 1), values)
        self._checkpoint(connection, len(rows))
        return range(c.lastrowid - len(rows) + 1, c.lastrowid + 1)


@contextmanager
def unsealed(path: Path) -> Iterator[Callable[[int], Writer]]:
    """Ours without seals, to see what they cost."""
    with closing(JournalDatastore(path)) as datastore:
        recorder = UnsealedRecorder(datastore)
        recorder.create_table()
        with _behind_its_actor(RecorderJournal(recorder)) as writer:
            yield writer


@contextmanager
def _behind_its_actor(journal: EventJournal) -> Iterator[Callable[[int], Writer]]:
    ref = JournalActor.start(journal, on_halt=print)
    client = JournalClient(ref, journal)

    def writer(number: int) -> Writer:
        versions = count()
        return lambda: client.append(f"orders-{number}", next(versions), (new_report(),))

    yield writer
    ref.stop()


class Orders(Aggregate):
    """The stock library's way: an aggregate that takes reports."""

    class Reported(Aggregate.Event):
        """The same report; the library writes each decimal as a tagged string."""

        report: dict[str, Any]


@contextmanager
def stock(path: Path) -> Iterator[Callable[[int], Writer]]:
    """The library as it comes; each writer has an aggregate of its own."""
    application: Application[Any] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path), "SQLITE_LOCK_TIMEOUT": "60"}
    )

    def writer(_: int) -> Writer:
        orders = Orders()
        application.save(orders)

        def write() -> None:
            orders.trigger_event(Orders.Reported, report={"user_id": 1, "source": "stream", **asdict(REPORT)})
            application.save(orders)

        return write

    yield writer
    application.close()


@contextmanager
def raw(path: Path) -> Iterator[Callable[[int], Writer]]:
    """No library and no checks: the least that one durable row costs."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE events (stream TEXT, version INTEGER, topic TEXT, state BLOB, PRIMARY KEY (stream, version))"
    )
    turn, catalog = Lock(), Catalog()

    def writer(number: int) -> Writer:
        versions = count()

        def write() -> None:
            topic, state = catalog.encode(new_report())
            with turn:
                connection.execute("INSERT INTO events VALUES (?,?,?,?)", (f"o-{number}", next(versions), topic, state))

        return write

    yield writer
    connection.close()


Store = Callable[[Path], AbstractContextManager[Callable[[int], Writer]]]
"""Opens a store in a new file; what it yields makes the writer of the n-th thread."""

STORES: Mapping[str, Store] = {"ours": ours, "unsealed": unsealed, "stock": stock, "raw": raw}
