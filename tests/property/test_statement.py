"""What holds for the statement of any account on any day."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bin.bench_log import DAY_MS, FIRST_DAY_MS, fill_journal
from bin.query_statement import as_json, as_page
from events.journal import InMemoryJournal
from projections.answers import ANSWERS, Wanted, rows
from projections.figures import utc
from projections.runner import IN_MEMORY, Runner
from projections.statement import statement
from projections.statement_lines import Statement, total

ACCOUNTS, DAYS = 4, 4


@pytest.fixture(scope="module")
def journal() -> InMemoryJournal:
    """Some days of trading, the last one cut off."""
    journal = InMemoryJournal()
    fill_journal(journal, 5_500, ACCOUNTS)
    return journal


@pytest.fixture(scope="module")
def db(journal: InMemoryJournal) -> Iterator[sqlite3.Connection]:
    with closing(Runner(journal, IN_MEMORY)) as runner:
        runner.catch_up()
        yield runner.db


def page_of(db: sqlite3.Connection, user_id: int, day: int) -> tuple[Statement, str]:
    starts_at = FIRST_DAY_MS + day * DAY_MS
    name = utc(starts_at)[:10]
    return statement(db, user_id, name, starts_at), name


def listed(db: sqlite3.Connection, name: str, user_id: int, day: str) -> list[dict[str, Any]]:
    """The rows that `query` gives for the account and the day."""
    answer = ANSWERS[name]
    names = [column.name for column in answer.columns]
    found = (dict(zip(names, row, strict=True)) for row in rows(db, answer, Wanted(user=user_id)))
    return [row for row in found if row["day"] == day]


def summed(found: list[dict[str, Any]], *columns: str) -> Decimal:
    return sum((Decimal(row[column]) for row in found for column in columns), Decimal(0))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(user_id=st.integers(1, ACCOUNTS), day=st.integers(-1, DAYS))
def test_its_sums_are_those_of_the_views(db: sqlite3.Connection, user_id: int, day: int) -> None:
    """Trades, fills, commissions and wear add up to exactly what their rows do, and differences to what is between."""
    page, name = page_of(db, user_id, day)
    trades, fills, wear = (listed(db, view, user_id, name) for view in ("trades", "fills", "wear"))
    bought, sold = (
        sum((line.quote for line in page.fills if line.side == side), Decimal(0)) for side in ("BUY", "SELL")
    )
    assert sum(line.bought for line in page.trades) == summed(trades, "buy_quote")
    assert bought + sold == summed(fills, "last_quote")
    assert sum(line.amount for line in page.commissions) == summed(fills, "commission")
    assert page.wear.wear == summed(wear, "wear")
    assert page.wear.of_trades == summed(trades, "wear") - summed(trades, "late_wear")
    assert bought - summed(trades, "buy_quote") == total(page.bought_differences)
    assert sold - summed(trades, "sell_quote", "unwind_quote") == total(page.sold_differences)
    assert all(line.difference == total(line.differences) for line in page.volume)
    assert as_page(page)
    assert f'"user_id":{user_id}' in as_json(page)


def test_it_explains_fills_of_a_trade_that_goes_on(journal: InMemoryJournal) -> None:
    """Where the log ends between a trade's fill and its end, the page says so."""
    last_fill = max(recorded.position for recorded in journal.read() if recorded.topic == "order.executed.v1")
    with closing(Runner(journal, IN_MEMORY)) as runner:
        runner.catch_up(upto=last_fill)
        pages = [page_of(runner.db, user_id, day)[0] for user_id in range(1, ACCOUNTS + 1) for day in range(DAYS)]
    told = [one for page in pages for one in (*page.bought_differences, *page.sold_differences)]
    assert told
    assert all(one.explained and "had not ended on it" in one.why for one in told)
