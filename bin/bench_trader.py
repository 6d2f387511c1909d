"""Those whom `bin/bench reaction` compares, each in a process of its own, trading until it is ended.

`ours` is the supervisor as it runs in earnest: journal, views, log file and plain display. `bare` is what one would
write in an afternoon: a thread for each account that waits for frames with websocket-client and sends with requests,
and remembers nothing. `commits` is the same with each event that ours records committed to SQLite by itself.
"""

import sqlite3
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Lock, Thread

import msgspec
import requests
import websocket

from bin.bench_accounts import SHORTEST_INTERVAL, write_settings
from bin.supervise import Place, supervise
from config.loader import load_with_origins
from config.schema import VenueSettings
from events.orders import OtoOrder
from exchange.alpha import frames, paths
from exchange.alpha.encode import oto_body
from exchange.alpha.numbers import encode
from exchange.alpha.session import Hosts, paper_credentials

EVENTS_PER_FILL = 6
"""What ours records from a sell's fill to the next request: reported, executed, order closed, in one append; then leg
closed, trade completed, trade started."""

Record = Callable[[bytes], None]
"""Makes a frame durable in some way, or does not."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    trader: str
    accounts: int
    hosts: Hosts
    directory: str


def trade_ours(task: Task) -> None:
    directory = Path(task.directory)
    loaded = load_with_origins(write_settings(directory, task.accounts, SHORTEST_INTERVAL))
    supervise(loaded, Place(directory / "data"), "plain", None, partial(_Elsewhere, task.hosts))


class _Elsewhere:
    """A venue that somebody else starts and stops."""

    def __init__(self, hosts: Hosts, _settings: VenueSettings, _data_dir: Path) -> None:
        self._hosts = hosts

    def start(self) -> Hosts:
        return self._hosts

    def watch(self, lost: Callable[[int], object]) -> None:
        """Whoever started it watches it."""

    def stop(self) -> None:
        """Not ours to stop."""


def trade_bare(task: Task) -> None:
    _trade_in_threads(task, lambda _: None)


def trade_commits(task: Task) -> None:
    db = sqlite3.connect(Path(task.directory) / "log.sqlite", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE events (frame BLOB)")
    turn = Lock()

    def record(frame: bytes) -> None:
        for _ in range(EVENTS_PER_FILL):
            with turn:
                db.execute("INSERT INTO events VALUES (?)", (frame,))

    _trade_in_threads(task, record)


def _trade_in_threads(task: Task, record: Record) -> None:
    threads = [
        Thread(target=_trade_one, args=(task.hosts, number, record), daemon=True)
        for number in range(1, task.accounts + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _trade_one(hosts: Hosts, user_id: int, record: Record) -> None:
    """Quote, place, wait for both legs, and again."""
    session = requests.Session()
    credentials = paper_credentials(user_id)
    session.headers.update({"cookie": credentials.cookie, "csrftoken": credentials.csrf_token})
    key = session.post(hosts.rest_url + paths.LISTEN_KEY, json={}).json()["data"]
    stream = websocket.create_connection(hosts.stream_url)
    stream.send(encode(frames.StreamRequest("SUBSCRIBE", (f"alpha@{key}",), 1)).decode())
    stream.recv()
    while True:
        tokens = session.get(hosts.rest_url + paths.AGG_TICKER, params={"dataType": "aggregate"}).json()["data"]
        price = Decimal(next(row["price"] for row in tokens if row["symbol"] == "AOP"))
        session.post(hosts.rest_url + paths.OTO_PLACE, data=oto_body(_order(price))).raise_for_status()
        _await_fills(stream, record)


def _await_fills(stream: websocket.WebSocket, record: Record) -> None:
    open_legs = 2
    while open_legs:
        frame = stream.recv()
        message = msgspec.json.decode(frame, type=frames.StreamMessage)
        report = msgspec.json.decode(message.data, type=frames.ExecutionReport)
        record(message.data.copy())
        open_legs -= report.order_status == "FILLED"


def _order(price: Decimal) -> OtoOrder:
    limit = (price * Decimal("1.1")).quantize(Decimal("0.00000001"))
    quantity = (40 / limit).quantize(Decimal("0.01"), "ROUND_DOWN")
    return OtoOrder(
        symbol="ALPHA_382USDT",
        base_asset="ALPHA_382",
        quote_asset="USDT",
        working_price=limit,
        quantity=quantity,
        amount=(limit * quantity).quantize(Decimal("0.00000001"), "ROUND_DOWN"),
        pending_price=(price * Decimal("0.9")).quantize(Decimal("0.00000001")),
    )


TRADERS: dict[str, Callable[[Task], None]] = {"ours": trade_ours, "bare": trade_bare, "commits": trade_commits}

if __name__ == "__main__":
    given = msgspec.json.decode(sys.argv[1], type=Task)
    TRADERS[given.trader](given)
