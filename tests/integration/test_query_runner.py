"""The runner on real files: views that follow the log, shared by processes, thrown away and folded again."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from events.base import Event, Metadata, NewEvent
from events.catalog import STORED_NAMES, Catalog
from events.journal import SqliteJournal
from events.strategies import StrategyStarted
from events.trades import TradeCompleted
from projections import query
from projections.runner import IN_MEMORY, PAGE, Runner, ViewsUnwritable, open_to_read
from projections.views import VIEWS
from projections.views.base import View
from projections.views.table import Book, Row, Table
from tests.support.example_log import (
    RUN,
    STRATEGY,
    LogWriter,
    example_terms,
    run_started,
    trade_completed,
    write_example,
)
from tests.support.source import ROOT

STARTED = StrategyStarted(run_id=RUN, terms=example_terms())
META = Metadata(correlation_id="c", causation=None, ts_event=1, ts_init=1)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        yield journal


@pytest.fixture
def views(tmp_path: Path) -> Path:
    return tmp_path / "views.sqlite"


def caught_up(journal: SqliteJournal, views: Path) -> tuple[query.ProgressRow, ...]:
    """The progress after one catch-up, as a command would ask for it."""
    with closing(Runner(journal, views)) as runner:
        assert runner.catch_up() == journal.head()
        return query.progress(runner.db)


def many_trades(journal: SqliteJournal, count: int) -> None:
    events = (run_started(), STARTED, *(trade_completed(number) for number in range(1, count + 1)))
    journal.append("user-1", 0, [NewEvent(event=event, meta=META) for event in events])


def test_views_follow_across_pages(journal: SqliteJournal, views: Path) -> None:
    """A log of several pages is folded whole, each event once."""
    many_trades(journal, 2 * PAGE)
    assert caught_up(journal, views)[0].completed_trades == 2 * PAGE


def test_a_repeat_changes_nothing(journal: SqliteJournal, views: Path) -> None:
    """Catching up again, in the same runner or in a later one, counts nothing twice."""
    many_trades(journal, 7)
    first = caught_up(journal, views)
    assert caught_up(journal, views) == first
    assert first[0].completed_trades == 7


class BrokenRow(Row):
    number: int
    note: str


BROKEN = Table("broken", BrokenRow, ("number",), words={"number": "of the trade", "note": "a note"})


def broken_view(fail_at: int, *, how: Callable[[Book], object]) -> View:
    """Notes each trade, and fails at one of them."""

    def note(book: Book, _at: object, event: TradeCompleted) -> None:
        book[BROKEN].append(BrokenRow(event.number, "done"))
        if event.number == fail_at:
            how(book)

    return View(name="broken", module=__name__, tables=(BROKEN,), handlers={TradeCompleted: note})


def divide_by_zero(_book: Book) -> object:
    return 1 // 0


def write_what_cannot_be_stored(book: Book) -> None:
    book[BROKEN].append(BrokenRow(99, None))  # type: ignore[arg-type]


@pytest.mark.parametrize("how", [divide_by_zero, write_what_cannot_be_stored])
def test_a_view_that_fails_stops_alone(journal: SqliteJournal, views: Path, how: Callable[[Book], object]) -> None:
    """It holds all before the event that it could not take in, and says which; the others go on; mended, it resumes."""
    many_trades(journal, 7)
    with closing(Runner(journal, views, (*VIEWS, broken_view(5, how=how)))) as runner:
        assert runner.catch_up() == 9
        stopped = runner.states()["broken"]
        assert (stopped.position, stopped.stopped_at, stopped.stopped_by) == (6, 7, "trade.completed.v1")
        assert "Error" in (stopped.error or "")
        assert runner.db.execute("SELECT count(*) FROM broken").fetchone() == (4,)
        assert query.progress(runner.db)[0].completed_trades == 7
    with closing(Runner(journal, views, (*VIEWS, broken_view(0, how=how)))) as mended:
        assert mended.catch_up() == 9
        assert mended.states()["broken"].stopped_at is None
        assert mended.db.execute("SELECT count(*) FROM broken").fetchone() == (7,)


def test_an_unreadable_event_stops_those_that_need_it(journal: SqliteJournal, views: Path) -> None:
    """Damage in the log is named by the views that cannot go on, and does not concern the others."""
    many_trades(journal, 3)
    with closing(sqlite3.connect(views.with_name("events.sqlite"))) as db, db:
        db.execute("UPDATE stored_events SET state = 'x' WHERE rowid = 4")
    with closing(Runner(journal, views)) as runner:
        assert runner.catch_up() == 5
        states = runner.states()
        assert (states["progress"].stopped_at, states["streams"].stopped_at) == (4, None)
        assert "event 4 of the log (trade.completed.v1) cannot be read" in (states["progress"].error or "")


def test_views_that_were_begun_on_an_empty_log_are_not_made_anew(journal: SqliteJournal, views: Path) -> None:
    """The log is told apart by its first event, which comes after the supervisor has opened its views."""
    with closing(Runner(journal, views)) as runner:
        runner.catch_up()
        many_trades(journal, 3)
        runner.catch_up()
        before = runner.states()
    with closing(Runner(journal, views)) as another:
        assert another.states() == before


def test_runners_on_one_file_share_the_work(journal: SqliteJournal, views: Path) -> None:
    """Several runners on one file at once, as a supervisor and queries are, count every event once."""
    many_trades(journal, 3 * PAGE)
    runners = [Runner(journal, views) for _ in range(4)]
    threads = [threading.Thread(target=runner.catch_up) for runner in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert query.progress(runners[0].db)[0].completed_trades == 3 * PAGE
    for runner in runners:
        runner.close()


def test_processes_share_the_file_with_a_writer(journal: SqliteJournal, views: Path) -> None:
    """While this process records and folds, another asks on the same files, and gets what it found at its start."""
    ask = [sys.executable, "-m", "bin", "query", "progress", "--data-dir", str(views.parent), "--format", "json"]
    with closing(Runner(journal, views)) as runner:
        runner.start()
        many_trades(journal, PAGE)
        asked = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
        runner.stop()
        assert f'"completed_trades":{PAGE}' in asked.stdout
        assert query.progress(runner.db)[0].completed_trades == PAGE


def test_a_started_runner_follows_the_journal(journal: SqliteJournal, views: Path) -> None:
    """Commits nudge the runner, and its stop folds the last of them."""
    with closing(Runner(journal, views)) as runner, closing(open_to_read(views)) as reader:
        runner.start()
        write_example(journal)
        runner.stop()
        assert query.position(reader) == journal.head()


def test_what_ends_the_following_is_raised_at_the_stop(journal: SqliteJournal, views: Path) -> None:
    """A runner whose file was taken away says so when it is stopped; it does not end the program."""
    runner = Runner(journal, views)
    runner.close()
    runner.start()
    write_example(journal)
    with pytest.raises(ViewsUnwritable):
        runner.stop()


@pytest.mark.parametrize(
    "damage", [b"this is no database, but it is long enough", b"", b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_damaged_views_are_made_anew(journal: SqliteJournal, views: Path, damage: bytes) -> None:
    """A views file that is no database, or a broken one, is replaced and folded from the log."""
    many_trades(journal, 3)
    views.write_bytes(damage)
    assert caught_up(journal, views)[0].completed_trades == 3


def test_views_with_a_few_bad_bytes_are_made_anew(journal: SqliteJournal, views: Path) -> None:
    """A name in the list of tables is no text, which SQLite quotes as it is: no start ends because of it."""
    many_trades(journal, 3)
    first = caught_up(journal, views)
    sound = views.read_bytes()
    views.write_bytes(sound.replace(b"tabletracking", b"table\xb3racking").replace(b"CREATE TABLE", b"CREATE \xb3ABLE"))
    with closing(sqlite3.connect(views)) as db, pytest.raises(UnicodeDecodeError):
        db.execute("SELECT * FROM tracking")
    assert caught_up(journal, views) == first


def test_views_in_another_format_are_made_anew(journal: SqliteJournal, views: Path) -> None:
    """The number of the format is one that no SQLite knows."""
    many_trades(journal, 3)
    first = caught_up(journal, views)
    sound = views.read_bytes()
    views.write_bytes(sound[:47] + b"\x63" + sound[48:])
    assert caught_up(journal, views) == first


def test_views_whose_positions_are_no_text_are_made_anew(journal: SqliteJournal, views: Path) -> None:
    """How far each view is cannot be read."""
    many_trades(journal, 3)
    first = caught_up(journal, views)
    with closing(sqlite3.connect(views)) as db, db:
        db.execute("UPDATE tracking SET fingerprint = CAST(x'b3fffe' AS TEXT)")
    assert caught_up(journal, views) == first


def test_deleted_views_are_made_anew(journal: SqliteJournal, views: Path) -> None:
    """Views can be thrown away at any time."""
    many_trades(journal, 3)
    first = caught_up(journal, views)
    views.unlink()
    assert caught_up(journal, views) == first


def test_views_of_other_code_are_made_anew(journal: SqliteJournal, views: Path) -> None:
    """A file that other code has folded is dropped with its tables, and folded again."""
    many_trades(journal, 3)
    caught_up(journal, views)
    with closing(sqlite3.connect(views)) as db, db:
        db.execute("UPDATE tracking SET fingerprint = 'older'")
        db.execute("DROP TABLE streams")
        db.execute("CREATE TABLE of_yesterday (a)")
        db.execute("INSERT INTO tracking VALUES ('yesterday', 'older', 'of_yesterday', 1, 0, NULL, NULL, NULL, '')")
        db.execute("UPDATE progress SET completed_trades = 99")
    assert caught_up(journal, views)[0].completed_trades == 3
    with closing(sqlite3.connect(views)) as db:
        assert db.execute("SELECT name FROM sqlite_schema WHERE name = 'of_yesterday'").fetchone() is None


def test_what_belongs_to_others_is_left_in_the_file(journal: SqliteJournal, views: Path) -> None:
    """Views that are made anew, also in a file of another layout, leave the tables that are not theirs."""
    many_trades(journal, 3)
    with closing(sqlite3.connect(views)) as db, db:
        db.execute("CREATE TABLE snapshots (a)")
        db.execute("CREATE TABLE progress (of_another_layout)")
        db.execute("CREATE TABLE tracking (of_another_layout)")
    assert caught_up(journal, views)[0].completed_trades == 3
    with closing(sqlite3.connect(views)) as db:
        assert db.execute("SELECT count(*) FROM snapshots").fetchone() == (0,)


def test_views_of_another_log_are_made_anew(tmp_path: Path, views: Path) -> None:
    """When the log was deleted and begun again, nothing of the old one is left in the views."""
    with SqliteJournal(tmp_path / "old.sqlite") as old:
        write_example(old)
        caught_up(old, views)
    with SqliteJournal(tmp_path / "new.sqlite") as new:
        LogWriter(new).write("user-1", StrategyStarted(run_id="r2", terms=example_terms(7)))
        assert [row.user_id for row in caught_up(new, views)] == [7]


def test_views_ahead_of_their_log_are_made_anew(tmp_path: Path, views: Path) -> None:
    """When an older copy of the log was put back, the views go back with it."""
    with SqliteJournal(tmp_path / "whole.sqlite") as whole, SqliteJournal(tmp_path / "copy.sqlite") as copy:
        recorded = write_example(whole)
        caught_up(whole, views)
        writer = LogWriter(copy)
        for one in recorded[:20]:
            writer.write(one.stream, one.event)
        assert caught_up(copy, views)[0].completed_trades == 0


def test_unknown_events_are_skipped_and_counted(tmp_path: Path, views: Path) -> None:
    """What a newer version recorded does not stop the fold, and is known to be missing from it."""

    class FromTheFuture(Event, frozen=True, kw_only=True):
        wonder: int

    newer = Catalog({**STORED_NAMES, FromTheFuture: "order.wondered.v7"})
    with SqliteJournal(tmp_path / "events.sqlite", newer) as future:
        for event in (run_started(), FromTheFuture(wonder=1), STARTED):
            LogWriter(future).write("any", event)
    with SqliteJournal(tmp_path / "events.sqlite") as today, closing(Runner(today, views)) as runner:
        assert runner.catch_up() == 3
        assert runner.unknown_events == 1
        assert query.progress(runner.db)[0].strategy_id == STRATEGY


def test_views_can_be_folded_in_memory(journal: SqliteJournal) -> None:
    """Where no file can be written, memory serves."""
    many_trades(journal, 3)
    assert caught_up(journal, IN_MEMORY)[0].completed_trades == 3


def test_an_unwritable_place_is_named(journal: SqliteJournal, tmp_path: Path) -> None:
    """A views file in a directory that does not exist is refused with its path."""
    nowhere = tmp_path / "missing" / "views.sqlite"
    with pytest.raises(ViewsUnwritable, match=str(nowhere)):
        Runner(journal, nowhere)
    assert not nowhere.parent.exists()
