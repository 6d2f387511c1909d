"""Questions to the views. Each function reads from a connection to a views file and answers with frozen rows."""

import sqlite3
from decimal import Decimal
from typing import TypeVar

import msgspec

from events.numbers import plain
from projections import tracking
from projections.tracking import Tracked

Row = TypeVar("Row", bound=msgspec.Struct)


class ProgressRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far one strategy of one account is. `current_volume` is None until the venue has told it."""

    user_id: int
    strategy_id: str
    token: str
    target_volume: Decimal
    current_volume: Decimal | None
    planned_trades: int
    completed_trades: int
    failed_trades: int
    wear: Decimal
    status: str
    reason: str = ""


class LiveRow(ProgressRow, frozen=True, kw_only=True):
    """The same with what it is doing now; times in ms since the epoch. Only strategies of the newest run have one."""

    expected_volume: Decimal | None
    state: str
    batch: int
    trade: int
    batch_trades: int
    credit_per_trade: Decimal | None
    last_price: Decimal | None
    mul_point: int | None
    started_at: int
    updated_at: int
    pace_from: int | None
    pace_to: int | None
    paced_trades: int


class StreamRow(msgspec.Struct, frozen=True, kw_only=True):
    """One account's user stream: `state` is up, down, failed or closed, since a time in ms since the epoch."""

    user_id: int
    state: str
    since: int
    reason: str
    reconnects: int


class HeldRow(msgspec.Struct, frozen=True, kw_only=True):
    """Coins of an account that could be sold and were not."""

    user_id: int
    asset: str
    quantity: Decimal


class ProblemRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that went wrong, at a time in ms since the epoch."""

    position: int
    at: int
    user_id: int | None
    text: str


def position(db: sqlite3.Connection) -> int:
    """The position of the last event that all views have taken in, but those that stopped."""
    row = db.execute("SELECT min(position) FROM tracking WHERE stopped_at IS NULL").fetchone()
    return int(row[0] or 0)


def stopped(db: sqlite3.Connection) -> tuple[str, ...]:
    """The views that could not take in an event, in words: what they show is of before."""
    return tuple(why_stopped(one) for one in tracking.read(db).values() if one.stopped_at is not None)


def why_stopped(view: Tracked) -> str:
    """Which event a view stopped before, and why."""
    return f"the view {view.view} stopped before event {view.stopped_at} ({view.stopped_by}): {view.error}"


def progress(db: sqlite3.Connection, user_id: int | None = None) -> tuple[ProgressRow, ...]:
    """Every strategy in the log, in the order of accounts and names; of one account where `user_id` is given."""
    query = "SELECT * FROM progress WHERE user_id = coalesce(?, user_id) ORDER BY user_id, strategy_id"
    return _rows(db, ProgressRow, query, user_id)


def live(db: sqlite3.Connection) -> tuple[LiveRow, ...]:
    """The strategies of the newest run, in the order of accounts and names."""
    query = (
        "SELECT * FROM progress JOIN activity USING (user_id, strategy_id)"
        " WHERE run_id = (SELECT run_id FROM newest_run) ORDER BY user_id, strategy_id"
    )
    return _rows(db, LiveRow, query)


def streams(db: sqlite3.Connection) -> tuple[StreamRow, ...]:
    """The user streams of the newest run, in the order of accounts."""
    return _rows(db, StreamRow, "SELECT * FROM streams ORDER BY user_id")


def held(db: sqlite3.Connection) -> tuple[HeldRow, ...]:
    """The coins that are held now, in the order of accounts and assets."""
    query = (
        "SELECT h.user_id, h.asset, h.held AS quantity FROM inventory h JOIN inventory_newest USING (position)"
        " WHERE h.held != '0' ORDER BY h.user_id, h.asset"
    )
    return _rows(db, HeldRow, query)


def newest_problems(db: sqlite3.Connection, limit: int) -> tuple[ProblemRow, ...]:
    """The last `limit` problems of the newest run, oldest first."""
    query = (
        "SELECT * FROM (SELECT * FROM problems WHERE position >= (SELECT position FROM newest_run)"
        " ORDER BY position DESC LIMIT ?) ORDER BY position"
    )
    return _rows(db, ProblemRow, query, limit)


def plain_fields(row: msgspec.Struct) -> dict[str, object]:
    """A row's fields by name; decimals as text in plain notation."""
    fields = msgspec.structs.asdict(row)
    return {name: plain(value) if isinstance(value, Decimal) else value for name, value in fields.items()}


def _rows(db: sqlite3.Connection, kind: type[Row], query: str, *parameters: int | None) -> tuple[Row, ...]:
    cursor = db.execute(query, parameters)
    columns = [description[0] for description in cursor.description]
    return tuple(msgspec.convert(dict(zip(columns, row, strict=True)), kind) for row in cursor)
