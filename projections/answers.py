"""What can be asked of the views: which rows, by which filters, in which order. Nothing here writes."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from projections.views.activity import ACTIVITY_ROWS
from projections.views.amounts import utc_day
from projections.views.failures import FAILURE_ROWS
from projections.views.fills import FILL_ROWS
from projections.views.inventory import INVENTORY_ROWS
from projections.views.orders import ORDER_ROWS, REPORT_ROWS
from projections.views.problems import PROBLEM_ROWS
from projections.views.progress import PROGRESS_ROWS
from projections.views.runs import RUN_ROWS
from projections.views.strategies import STRATEGY_ROWS
from projections.views.streams import STREAM_ROWS
from projections.views.table import Column, Table
from projections.views.trades import TRADE_ROWS
from projections.views.volume import VOLUME_ROWS
from projections.views.wear import WEAR_ROWS

Cells = tuple[Any, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One question's rows: the table of a view, its order, and by which columns it can be filtered.

    `brief` are the columns of the table for people, all where empty; `left_out` stand in no answer. `since` is the
    column that --since and --until are compared with.
    """

    name: str
    words: str
    view: str
    table: Table[Any]
    order: tuple[str, ...]
    since: str = ""
    brief: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.table.columns if column.name not in self.left_out)

    def has(self, column: str) -> bool:
        return any(each.name == column for each in self.table.columns)


ANSWERS: Mapping[str, Answer] = {
    answer.name: answer
    for answer in (
        Answer(
            name="progress",
            words="How far each strategy of each account is. Amounts are in USDT.",
            view="progress",
            table=PROGRESS_ROWS,
            order=("user_id", "strategy_id"),
            left_out=("run_id", "expected_volume"),
        ),
        Answer(
            name="activity",
            words="What each strategy is doing right now.",
            view="activity",
            table=ACTIVITY_ROWS,
            order=("user_id", "strategy_id"),
            since="updated_at",
            brief=("user_id", "strategy_id", "state", "batch", "trade", "batch_trades", "last_price", "updated_at"),
        ),
        Answer(
            name="strategies",
            words="Every run of a strategy for an account, from its start to its end.",
            view="strategies",
            table=STRATEGY_ROWS,
            order=("position",),
            since="started_at",
            brief=(
                *("position", "user_id", "strategy_id", "token", "status", "started_at", "target_volume"),
                *("first_volume", "last_volume", "planned_trades", "completed_trades", "failed_trades", "wear"),
            ),
        ),
        Answer(
            name="trades",
            words="Every trade: what was intended, what its legs came to, what it cost.",
            view="trades",
            table=TRADE_ROWS,
            order=("position",),
            since="started_at",
            brief=(
                *("trade_id", "user_id", "strategy_id", "token", "status", "started_at", "price", "buy_qty"),
                *("buy_quote", "sell_qty", "sell_quote", "unwind_quote", "credit_expected", "wear"),
            ),
        ),
        Answer(
            name="orders",
            words="Every order at the venue, in the words of the venue's ledger; as JSON with every report of it.",
            view="orders",
            table=ORDER_ROWS,
            order=("position",),
            since="created_at",
            brief=(
                *("venue_order_id", "user_id", "trade_id", "leg", "symbol", "side", "price", "quantity", "cum_qty"),
                *("cum_quote", "commission", "commission_asset", "status", "reports", "created_at"),
            ),
        ),
        Answer(
            name="reports",
            words="Every report of an order, as it was taken in.",
            view="orders",
            table=REPORT_ROWS,
            order=("position",),
            since="at",
            brief=(
                *("position", "at", "user_id", "venue_order_id", "source", "order_status", "execution_type"),
                *("last_qty", "last_px", "cum_qty", "cum_quote"),
            ),
        ),
        Answer(
            name="fills",
            words="Every fill, counted once, with the trade that it belongs to.",
            view="fills",
            table=FILL_ROWS,
            order=("position",),
            since="at",
            brief=(
                *("position", "at", "user_id", "trade_id", "venue_order_id", "side", "last_qty", "last_px"),
                *("last_quote", "commission", "commission_asset"),
            ),
        ),
        Answer(
            name="volume",
            words="What the venue should have counted, and what it said, each time that it was asked.",
            view="volume",
            table=VOLUME_ROWS,
            order=("position", "token"),
            since="at",
        ),
        Answer(
            name="wear",
            words="What trading cost, by account, strategy and UTC day.",
            view="wear",
            table=WEAR_ROWS,
            order=("day", "user_id", "strategy_id"),
            since="day",
        ),
        Answer(
            name="inventory",
            words="The coins that trades left with an account, after each change.",
            view="inventory",
            table=INVENTORY_ROWS,
            order=("position",),
            since="at",
        ),
        Answer(
            name="streams",
            words="Whether each account's user stream is up, in the newest run.",
            view="streams",
            table=STREAM_ROWS,
            order=("user_id",),
            since="since",
        ),
        Answer(
            name="failures",
            words="Actors that failed, and the fresh ones that took their place.",
            view="failures",
            table=FAILURE_ROWS,
            order=("position",),
            since="at",
        ),
        Answer(
            name="problems",
            words="All that went wrong, in words.",
            view="problems",
            table=PROBLEM_ROWS,
            order=("position",),
            since="at",
        ),
        Answer(
            name="runs",
            words="The runs of the supervisor: code, settings, accounts, and how each ended.",
            view="runs",
            table=RUN_ROWS,
            order=("position",),
            since="started_at",
            brief=("run_id", "status", "started_at", "ended_at", "exit_code", "reason", "accounts", "code_version"),
        ),
    )
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of an answer. Times are in ms since the epoch: from `since` on, and before `until`.

    `sort` is a column's name, with a `-` before it for the largest first.
    """

    user: int | None = None
    strategy: str | None = None
    token: str | None = None
    status: str | None = None
    since: int | None = None
    until: int | None = None
    limit: int | None = None
    sort: str | None = None


class CannotAnswer(Exception):
    """The question does not fit; the message says what would."""


def rows(db: sqlite3.Connection, answer: Answer, wanted: Wanted) -> Iterator[Cells]:
    """The rows' cells in the order of `answer.columns`. Raises CannotAnswer."""
    conditions, parameters = _conditions(answer, wanted)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    columns = ", ".join(f'"{column.name}"' for column in answer.columns)
    query = f'SELECT {columns} FROM "{answer.table.name}"{where} ORDER BY {_order(answer, wanted.sort)} LIMIT ?'  # noqa: S608 - names of ours
    return db.execute(query, (*parameters, -1 if wanted.limit is None else wanted.limit))


def _conditions(answer: Answer, wanted: Wanted) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    parameters: list[object] = []
    for option, value, condition in (
        ("--user", wanted.user, "user_id = ?"),
        ("--strategy", wanted.strategy, "strategy_id = ?"),
        ("--token", wanted.token, _token_condition(answer)),
        ("--status", wanted.status, f"{_status_column(answer)} = ?"),
        ("--since", _time(answer, wanted.since), f"{answer.since} >= ?"),
        ("--until", _time(answer, wanted.until), f"{answer.since} < ?"),
    ):
        if value is None:
            continue
        column = condition.split()[0]
        if not answer.has(column):
            raise CannotAnswer(f"{answer.name} cannot be asked by {option}; it has {_names(answer)}")
        conditions.append(condition)
        parameters.append(value)
    return conditions, parameters


def _token_condition(answer: Answer) -> str:
    if answer.has("token") or not answer.has("strategy_id"):
        return "token = ?"
    return "strategy_id IN (SELECT strategy_id FROM strategies WHERE token = ?)"


def _status_column(answer: Answer) -> str:
    return next((name for name in ("status", "state", "what", "order_status") if answer.has(name)), "status")


def _time(answer: Answer, ms: int | None) -> int | str | None:
    return utc_day(ms) if ms is not None and answer.since == "day" else ms


def _order(answer: Answer, sort: str | None) -> str:
    if sort is None:
        return ", ".join(answer.order)
    name, direction = (sort[1:], "DESC") if sort.startswith("-") else (sort, "ASC")
    column = next((column for column in answer.columns if column.name == name), None)
    if column is None:
        raise CannotAnswer(f"{answer.name} has no column {name!r}; it has {_names(answer)}")
    exact = " COLLATE exact" if column.is_amount else ""
    return f'"{name}"{exact} {direction}, {", ".join(answer.order)}'


def _names(answer: Answer) -> str:
    return ", ".join(column.name for column in answer.columns)


def reports_of(db: sqlite3.Connection, user_id: int, venue_order_id: str) -> list[Cells]:
    """All reports of an order in the order of the log; cells in the order of the table's columns."""
    query = "SELECT * FROM order_reports WHERE venue_order_id = ? AND user_id = ? ORDER BY position"
    return db.execute(query, (venue_order_id, user_id)).fetchall()


def check_known(db: sqlite3.Connection, wanted: Wanted) -> None:
    """Raises CannotAnswer for an account, a strategy or a token that no strategy of the log ever had."""
    for column, value, words in (
        ("user_id", wanted.user, "account"),
        ("strategy_id", wanted.strategy, "strategy"),
        ("token", wanted.token, "token"),
    ):
        if value is None:
            continue
        known = db.execute(f"SELECT DISTINCT {column} FROM strategies ORDER BY 1").fetchall()  # noqa: S608 - names of ours
        if (value,) not in known:
            raise CannotAnswer(f"the log knows no {words} {value}; it knows {listed([str(one) for (one,) in known])}")


LISTED = 10


def listed(known: Sequence[str]) -> str:
    if not known:
        return "none yet"
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return ", ".join(known[:LISTED]) + more


def exact_order(one: str, other: str) -> int:
    """How two amounts in text compare: the SQL collation `exact`."""
    if one == other:
        return 0
    first, second = Decimal(one), Decimal(other)
    return (first > second) - (first < second)
