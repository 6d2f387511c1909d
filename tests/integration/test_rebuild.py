"""`bin/run rebuild`: what it finds, what it leaves behind, and what others see meanwhile."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bin.bench_log import write_log
from bin.exit_codes import ExitCode
from events.base import NewEvent
from events.journal import SqliteJournal
from projections.rebuilding import MARK, new_suffix
from projections.runner import Runner, open_to_read
from projections.views import VIEWS
from tests.support.asking import ask
from tests.support.cli import Result
from tests.support.example_log import run_started
from tests.support.journals import META

COUNT = "SELECT count(*), max(position) FROM fills"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A log with views that are up to date."""
    write_log(tmp_path / "events.sqlite", 1_500, accounts=2)
    with SqliteJournal(tmp_path / "events.sqlite") as journal, closing(Runner(journal, views_of(tmp_path))) as runner:
        runner.catch_up()
    return tmp_path


@pytest.fixture
def db(data: Path) -> Iterator[sqlite3.Connection]:
    """A reader of the views, from before the rebuild."""
    with closing(open_to_read(views_of(data))) as db:
        yield db


def views_of(data: Path) -> Path:
    return data / "views.sqlite"


def rebuild(data: Path, *args: str) -> Result:
    return ask("rebuild", *args, "--data-dir", data)


def test_a_rebuild_comes_out_as_the_views_stood(data: Path, db: sqlite3.Connection) -> None:
    """Every view is the same, whether folded as the log grew or at once; nothing else is left in the file."""
    before = schema(db)
    answer = rebuild(data)
    assert answer.code == 0, answer.err
    told = answer.out.splitlines()
    assert [line.partition(":")[0] for line in told[:-1]] == [view.name for view in VIEWS]
    assert all(line.endswith(", as before") for line in told[:-1])
    assert schema(db) == before


def schema(db: sqlite3.Connection) -> set[tuple[str, str]]:
    """Tables with their columns, and the indexed columns; a rebuild's indexes have names of their own."""
    tables = db.execute(
        "SELECT name, group_concat(c) FROM (SELECT m.name, p.name || p.type AS c FROM sqlite_schema m,"
        " pragma_table_info(m.name) p WHERE m.type = 'table') GROUP BY name"
    )
    indexes = db.execute(
        "SELECT tbl_name, group_concat(c) FROM (SELECT m.tbl_name, m.name, p.name AS c FROM"
        " sqlite_schema m, pragma_index_info(m.name) p WHERE m.type = 'index') GROUP BY name"
    )
    return {*tables, *indexes}


def test_a_difference_is_found_and_mended(data: Path, db: sqlite3.Connection) -> None:
    """A row that was changed, one that is missing and one too many: each is named, and gone after the switch."""
    with db:
        db.execute("UPDATE fills SET last_qty = '1' WHERE position = (SELECT max(position) FROM fills)")
        db.execute("DELETE FROM runs")
        db.execute("UPDATE streams SET user_id = 77 WHERE user_id = 1")
    answer = rebuild(data)
    assert answer.code == ExitCode.DIFFERENCE
    assert "1 differ from before: fills " in answer.out
    assert "3 differ from before: runs run-1; runs run-2; runs run-3" in answer.out
    assert "2 differ from before: streams 77; streams 1" in answer.out
    assert "differ" not in rebuild(data).out


def test_a_following_runner_goes_on_with_the_rebuilt_views(data: Path, db: sqlite3.Connection) -> None:
    """What it keeps of the old rows in memory does not come back."""
    with SqliteJournal(data / "events.sqlite") as journal, closing(Runner(journal, views_of(data))) as runner:
        runner.catch_up()
        with db:
            db.execute("UPDATE progress SET completed_trades = 999")
        assert rebuild(data, "progress").code == ExitCode.DIFFERENCE
        journal.append("any", 0, [NewEvent(event=run_started("run-9"), meta=META)])
        runner.catch_up()
        assert db.execute("SELECT max(completed_trades) < 999 FROM progress").fetchone() == (1,)
        assert {one.position for one in runner.states().values()} == {journal.head()}


def test_whoever_reads_meanwhile_notices_nothing(data: Path, db: sqlite3.Connection) -> None:
    """A reader in the middle keeps what it sees until it asks again, and then finds the same."""
    db.execute("BEGIN")
    before = db.execute(COUNT).fetchone()
    assert rebuild(data).code == 0
    assert db.execute(COUNT).fetchone() == before
    db.execute("COMMIT")
    assert db.execute(COUNT).fetchone() == before


def test_a_data_directory_may_be_named_from_where_one_is(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that fold start elsewhere, and find it all the same."""
    monkeypatch.chdir(data.parent)
    answer = rebuild(Path(data.name))
    assert (answer.code, "rebuilt from 1,500 events" in answer.out + answer.err) == (0, True), answer.err


def test_one_view_is_rebuilt_alone(data: Path, db: sqlite3.Connection) -> None:
    """The others are not touched."""
    answer = rebuild(data, "trades")
    assert answer.out.startswith("trades: ")
    assert db.execute("SELECT view FROM tracking WHERE rebuilt <> ''").fetchall() == [("trades",)]


def test_there_need_be_no_views_before(data: Path) -> None:
    """Where they were deleted, there is nothing to compare with."""
    views_of(data).unlink()
    answer = rebuild(data)
    assert (answer.code, answer.out.count("not compared: there was none before")) == (0, len(VIEWS))


def test_what_a_killed_rebuild_left_is_removed(data: Path, db: sqlite3.Connection) -> None:
    """Its tables are dropped by the next; those of one that is at work are not."""
    with SqliteJournal(data / "events.sqlite") as journal:
        for suffix in (f"{MARK}999999999{MARK}1", new_suffix(1)):
            Runner(journal, views_of(data), VIEWS[:2], suffix=suffix).close()
    assert rebuild(data, "runs").code == 0
    left = {name.partition(MARK)[2].partition(MARK)[0] for (name,) in db.execute("SELECT view FROM tracking")}
    assert left == {"", str(os.getpid())}


def test_a_view_that_cannot_be_rebuilt_says_so(data: Path, db: sqlite3.Connection) -> None:
    """An event that is not what its name promises stops the views that need it, and no other."""
    with closing(sqlite3.connect(data / "events.sqlite")) as log, log:
        log.execute("UPDATE stored_events SET state = '{}' WHERE topic = 'trade.completed.v1' AND rowid > 700")
    answer = rebuild(data)
    assert answer.code == ExitCode.STORAGE
    (trades,) = [line for line in answer.out.splitlines() if line.startswith("trades: ")]
    assert "not compared: the rebuilt one stopped before event" in trades
    assert "cannot be read" in trades
    (fills,) = [line for line in answer.out.splitlines() if line.startswith("fills: ")]
    assert fills.endswith("as before")


def test_a_view_without_its_table_is_rebuilt(data: Path, db: sqlite3.Connection) -> None:
    """There is nothing to compare it with; it says so, and that the new one stands in its place."""
    before = db.execute("SELECT * FROM wear").fetchall()
    db.execute("DROP TABLE wear")
    answer = rebuild(data, "wear")
    assert answer.code == 0, answer.err
    assert "not compared: a table of the one before was missing, or had other columns\n" in answer.out
    assert answer.out.endswith(", and put in place\n")
    assert db.execute("SELECT * FROM wear").fetchall() == before


def test_the_rows_that_a_view_answers_with_are_counted(data: Path, db: sqlite3.Connection) -> None:
    """What it keeps in tables beside them stands by their names."""
    trades, terms = (db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("trades", "trades_terms"))
    answer = rebuild(data, "trades")
    assert answer.out.startswith(f"trades: {trades} rows (trades_unwinds ")
    assert f"trades_terms {terms}), as before\n" in answer.out


def test_an_unknown_view_is_a_usage_error(data: Path) -> None:
    """The names that there are stand in the line."""
    answer = rebuild(data, "trade")
    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert answer.err.startswith("there is no view trade; there are progress, ")


def test_very_much_is_folded_with_help(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is the same when other processes did most of the folding for it."""
    alone = ask("query", "orders", "--data-dir", data, "--format", "json")
    views_of(data).unlink()
    monkeypatch.setattr("projections.runner.VERY_MUCH", 1_000)
    helped = ask("query", "orders", "--data-dir", data, "--format", "json")
    assert (helped.code, helped.out) == (0, alone.out)
