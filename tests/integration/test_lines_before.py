"""What the lines of a run go on from where it takes up strategies of an earlier one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from bin.running import FEW_EVENTS, lines_before
from events.journal import SqliteJournal
from events.strategies import StrategyStarted
from projections.runner import Runner
from projections.sayings.saying import Running
from tests.support.example_log import (
    RUN,
    STRATEGY,
    LogWriter,
    batch_planned,
    example_terms,
    run_started,
    trade_completed,
    volume_checked,
)

PAGE_BYTES = 4096
SO_FAR = {(1, STRATEGY): Running("AOP", Decimal(200), Decimal(70), 15)}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    """A run that ended nowhere: at 50 of 200, two of 15 trades done, which count 10 each."""
    with SqliteJournal(tmp_path / "events.sqlite") as opened:
        writer = LogWriter(opened)
        started = StrategyStarted(run_id=RUN, terms=example_terms())
        for event in (run_started(), started, volume_checked("50"), batch_planned(1, "50", 15)):
            writer.write("user-1", event)
        for number in (1, 2):
            writer.write("user-1", trade_completed(number))
        yield opened


def test_lines_go_on_from_all_that_is_in_the_log(journal: SqliteJournal, tmp_path: Path) -> None:
    """Views that were left behind are brought to its end first."""
    with closing(Runner(journal, tmp_path / "views.sqlite")) as runner:
        runner.catch_up(3)
        assert lines_before(journal, runner) == SO_FAR


def test_trading_does_not_wait_for_views_that_are_far_behind(
    journal: SqliteJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may have to be folded anew, which takes as long as the log."""
    assert journal.head() < FEW_EVENTS
    monkeypatch.setattr("bin.running.FEW_EVENTS", journal.head() - 1)
    with closing(Runner(journal, tmp_path / "views.sqlite")) as runner:
        assert lines_before(journal, runner) == {}
        assert {one.position for one in runner.states().values()} == {0}


def test_no_start_ends_because_views_are_damaged(journal: SqliteJournal, tmp_path: Path) -> None:
    """A page of the file is rubbish: trading begins, with lines that begin anew."""
    views = tmp_path / "views.sqlite"
    with closing(Runner(journal, views)) as runner:
        runner.catch_up()
    with closing(sqlite3.connect(views)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'progress'").fetchone()
    content = views.read_bytes()
    views.write_bytes(content[: (page - 1) * PAGE_BYTES] + b"\xee" * PAGE_BYTES + content[page * PAGE_BYTES :])
    with closing(Runner(journal, views)) as runner:
        assert lines_before(journal, runner) == {}
