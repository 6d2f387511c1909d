"""`bin/run query` on a log of many trades: filters, formats, earlier positions, free questions, and what is refused."""

import csv
import hashlib
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bin.bench_log import STRATEGY, write_log
from bin.exit_codes import ExitCode
from bin.lock import DataDirLock
from events.journal import SqliteJournal
from projections.answers import ANSWERS, exact_order
from tests.support.asking import ask
from tests.support.cli import Result

EVENTS = 2_400


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three accounts' log, cut off in the middle of a day."""
    place = tmp_path_factory.mktemp("data")
    write_log(place / "events.sqlite", EVENTS, accounts=3)
    return place


def query(data: Path, *args: str | int) -> Result:
    return ask("query", *args, "--data-dir", data)


def objects(data: Path, *args: str | int) -> list[dict[str, Any]]:
    """The answer as JSON; it must be one."""
    answer = query(data, *args, "--format", "json")
    assert answer.code == 0, answer.err
    rows: list[dict[str, Any]] = answer.json()
    return rows


@pytest.mark.parametrize("view", sorted(ANSWERS))
def test_the_formats_hold_the_same(data: Path, view: str) -> None:
    """JSON, JSON lines and CSV give the same rows; the table has a line for each, under the columns' names."""
    as_json = objects(data, view)
    as_lines = [json.loads(line) for line in query(data, view, "--format", "jsonl").out.splitlines()]
    as_csv = list(csv.DictReader(io.StringIO(query(data, view, "--format", "csv").out)))
    assert as_lines == as_json
    columns = [c.name for c in ANSWERS[view].columns if c.name != "reports"]
    flat = [{name: "" if row[name] is None else str(row[name]) for name in columns} for row in as_json]
    assert [{name: row[name] for name in columns} for row in as_csv] == flat
    assert len(query(data, view).out.splitlines()) == len(as_json) + 1


def test_a_run_whose_program_is_gone_does_not_go_on(data: Path) -> None:
    """The log has no end of it, and whether somebody is still at work only the data directory tells."""
    words = "no supervisor runs here: the run that the log has no end of was broken off\n"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(10)
    (data / "supervisor.lock").write_text(f"{gone.pid}\n")
    assert words in query(data, "runs").err
    assert words not in query(data, "runs", "--as-of", 2).err
    with DataDirLock(data):
        assert words not in query(data, "runs").err


def test_filters_leave_out_the_rest(data: Path) -> None:
    """Account, status and limit each cut the answer, and together."""
    every = objects(data, "trades")
    failed = [row for row in every if row["user_id"] == 2 and row["status"] == "failed"]
    assert failed
    assert objects(data, "trades", "--user", 2, "--status", "failed", "--strategy", STRATEGY) == failed
    assert objects(data, "trades", "--limit", 5) == every[:5]


def test_a_token_finds_what_its_strategies_did(data: Path) -> None:
    """Orders know their strategy, and by it their token."""
    known = [row for row in objects(data, "orders") if row["trade_id"]]
    assert objects(data, "orders", "--token", "AOP") == known


def test_times_cut_at_the_millisecond(data: Path) -> None:
    """--since takes its moment in, --until leaves it out; an offset is understood."""
    every = objects(data, "fills")
    middle = every[len(every) // 2]["at"]
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=middle)
    utc = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    local = moment.astimezone(timezone(timedelta(hours=8))).isoformat(timespec="milliseconds")
    later = objects(data, "fills", "--since", utc)
    assert [row["at"] >= middle for row in every].count(True) == len(later)
    assert len(objects(data, "fills", "--until", local)) == len(every) - len(later)


def test_amounts_are_sorted_by_value(data: Path) -> None:
    """As text, 9 would come after 10, and 1.0 would not be 1."""
    left = [Decimal(row["remainder"]) for row in objects(data, "trades", "--sort", "-remainder")]
    assert left == sorted(left, reverse=True)
    assert [exact_order(*pair) for pair in (("9", "10"), ("1.0", "1"), ("0.2", "-3"))] == [-1, 0, 1]


def test_orders_hold_every_report_of_theirs(data: Path) -> None:
    """The reports of all orders together are all reports."""
    orders = objects(data, "orders")
    nested = sorted((report["position"], order["venue_order_id"]) for order in orders for report in order["reports"])
    assert nested == [(row["position"], row["venue_order_id"]) for row in objects(data, "reports")]


@pytest.mark.parametrize("position", [1, 40, 777, EVENTS])
def test_an_earlier_position_is_answered_as_it_was(data: Path, tmp_path: Path, position: int) -> None:
    """What is answered as of a position is what was answered when the log ended there."""
    with SqliteJournal(data / "events.sqlite", read_only=True) as whole:
        stored = whole.stored(0, limit=position, upto=position)
        rows = [(str(row.originator_id), row.originator_version, row.topic, row.state) for row in stored]
    with SqliteJournal(tmp_path / "events.sqlite") as cut:
        cut._recorder.insert_rows(rows)
    for view in ANSWERS:
        assert objects(data, view, "--as-of", position) == objects(tmp_path, view)


def test_a_time_stands_for_the_last_position_before(data: Path) -> None:
    """An answer as of a time leaves out what was decided later."""
    then = "2025-10-10T00:00:02"
    answer = query(data, "fills", "--as-of", then)
    last = query(data, "sql", "SELECT max(position) p FROM events WHERE at <= unixepoch('2025-10-10T00:00:02') * 1000")
    assert answer.err == f"as of position {last.out.split()[1]} of the log\n"


def test_sql_reads_views_and_events(data: Path) -> None:
    """Free questions find both, and add amounts exactly."""
    (counted,) = objects(data, "sql", "SELECT count(*) AS n, max(position) AS last FROM events")
    assert counted == {"n": EVENTS, "last": EVENTS}
    (summed,) = objects(data, "sql", "SELECT exact_sum(wear) AS wear FROM trades")
    assert Decimal(summed["wear"]) == sum(Decimal(row["wear"]) for row in objects(data, "trades"))
    (early,) = objects(data, "sql", "SELECT count(*) AS n FROM events", "--as-of", "17")
    assert early == {"n": 17}


@pytest.mark.parametrize(
    "question",
    [
        "DELETE FROM trades",
        "UPDATE log.stored_events SET state = ''",
        "INSERT INTO runs SELECT * FROM runs",
        "DROP TABLE trades",
        "CREATE TABLE mine (a)",
        "CREATE TEMP TABLE mine (a)",
        "ATTACH '/tmp/otomat-should-not-be' AS x",
        "PRAGMA query_only = OFF",
        "VACUUM",
        "SELECT 1; DELETE FROM trades",
        "BEGIN IMMEDIATE",
        "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT nothing FROM trades",
        "no SQL at all",
    ],
)
def test_sql_that_does_more_than_read_is_refused(data: Path, question: str) -> None:
    """One line and the usage code, and neither the log nor the views are changed."""
    query(data, "runs")
    before = contents(data)
    answer = query(data, "sql", question)
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (ExitCode.USAGE, "", 1)
    assert contents(data) == before


def test_a_terminal_obeys_no_answer(data: Path) -> None:
    """Control characters in texts are shown, not sent."""
    answer = query(data, "sql", "SELECT char(27) || '[31m' || char(7) AS words")
    assert answer.out.splitlines()[1] == r"\x1b[31m\x07"


def contents(data: Path) -> list[str]:
    """A digest of every row of both files."""
    digests = []
    for name in ("events.sqlite", "views.sqlite"):
        with closing(sqlite3.connect(data / name)) as db:
            digests.append(hashlib.sha256("".join(db.iterdump()).encode()).hexdigest())
    return digests


def test_tables_are_told_in_words(data: Path) -> None:
    """Every table that SQL finds stands in the list, column by column, each with words."""
    told = [row for row in json.loads(ask("query", "tables", "--format", "json").out) if row["type"]]
    query(data, "runs")
    with closing(sqlite3.connect(data / "views.sqlite")) as db:
        found = db.execute(
            "SELECT m.name, p.name FROM sqlite_schema m, pragma_table_info(m.name) p"
            " WHERE m.type = 'table' AND m.name <> 'tracking'"
        ).fetchall()
    ours = {(row["table"], row["column"]) for row in told}
    assert set(found) == {each for each in ours if each[0] != "events"}
    assert all(row["words"] for row in told)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("trades", "--as-of", "999999"), "the log has no position 999999; it ends at 2400"),
        (("trades", "--as-of", "0"), "the log has no position 0"),
        (("trades", "--as-of", "1999-01-01"), "the log had not begun"),
        (("trades", "--since", "soon"), "'soon' is no time; write 2026-11-21"),
        (("trades", "--sort", "colour"), "trades has no column 'colour'; it has trade_id, user_id"),
        (("trades", "--user", "99"), "the log knows no account 99; it knows 1, 2, 3"),
        (("trades", "--strategy", "x"), "the log knows no strategy x; it knows aop_volume_boost"),
        (("trades", "--token", "X"), "the log knows no token X; it knows AOP"),
        (("streams", "--token", "AOP"), "streams cannot be asked by --token; it has user_id, state"),
    ],
)
def test_a_question_that_does_not_fit_is_told_why(data: Path, args: tuple[str, ...], said: str) -> None:
    """One line on stderr says what is wrong and what there is; the usage code."""
    answer = query(data, *args)
    assert answer.code == ExitCode.USAGE
    assert answer.err.startswith(said)
    assert (answer.out, len(answer.err.splitlines())) == ("", 1)


def test_an_audit_of_an_unknown_account_is_a_usage_error(data: Path) -> None:
    """It is no audit that found nothing."""
    answer = ask("replay", "audit", "--user", 99, "--data-dir", data)
    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert "the log knows no account 99" in answer.err


@pytest.mark.parametrize("command", ["query trades --limit", "query trades --user", "replay --limit"])
def test_numbers_beyond_sqlite_s_are_usage_errors(data: Path, command: str) -> None:
    """They are refused before anything is asked."""
    answer = ask(*command.split(), 2**63, "--data-dir", data)
    assert (answer.code, "Traceback" in answer.err) == (ExitCode.USAGE, False)


def test_a_filter_that_nothing_passes_is_told_from_an_empty_log(data: Path, tmp_path: Path) -> None:
    """`nothing recorded yet` would be untrue where only the filter finds nothing."""
    assert query(data, "trades", "--status", "unheard-of").out == "nothing of that kind\n"
    SqliteJournal(tmp_path / "events.sqlite").close()
    assert query(tmp_path, "trades").out == "nothing recorded yet\n"


@pytest.fixture
def damaged(data: Path, tmp_path: Path) -> Path:
    """The same log with a trade's end that holds something else than its name promises."""
    (tmp_path / "events.sqlite").write_bytes((data / "events.sqlite").read_bytes())
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        db.execute(
            "UPDATE stored_events SET state = '{}' WHERE rowid = (SELECT max(rowid) FROM stored_events"
            " WHERE topic = 'trade.completed.v1')"
        )
    return tmp_path


def test_a_statement_is_asked_by_account_and_day(data: Path) -> None:
    """A page for people and an object for scripts; a day without trades is a page, too."""
    page = query(data, "statement", "--user", 2, "--day", "2025-10-10")
    assert page.out.startswith("Account 2 on 2025-10-10 (UTC), amounts in USDT\n\nTRADES THAT ENDED\n")
    told = query(data, "statement", "--user", 2, "--day", "2025-10-10", "--format", "json").json()
    ended = [row for row in objects(data, "trades", "--user", 2) if row["day"] == "2025-10-10"]
    assert Decimal(told["trades"][0]["bought"]) == sum(Decimal(row["buy_quote"]) for row in ended)
    assert "the venue was not asked" in query(data, "statement", "--user", 2).out


@pytest.mark.parametrize(("day", "is_covered"), [("2020-01-01", False), ("2025-10-10", True), ("2030-01-01", False)])
def test_a_statement_says_that_the_log_does_not_cover_the_day(data: Path, day: str, is_covered: bool) -> None:  # noqa: FBT001 - a case
    """Zeros of a day before the log's first event or after its last are not taken for a day without trades."""
    answer = query(data, "statement", "--user", 1, "--day", day)
    assert answer.code == 0
    assert (f"the log holds nothing of {day}: it goes from 2025-10-10 " in answer.err) is not is_covered


@pytest.mark.parametrize(
    "damage", ["DROP TABLE wear", "ALTER TABLE wear DROP COLUMN wear", "DROP TABLE tracking", "DROP TABLE trades_terms"]
)
def test_views_whose_tables_are_not_as_they_should_be_are_folded_anew(data: Path, tmp_path: Path, damage: str) -> None:
    """They are disposable: health says what is missing, and the next who asks gets the same answer as before."""
    before = [query(data, name, "--format", "json").out for name in ("wear", "trades", "fills")]
    for name in ("events.sqlite", "views.sqlite"):
        (tmp_path / name).write_bytes((data / name).read_bytes())
    with closing(sqlite3.connect(tmp_path / "views.sqlite")) as db, db:
        db.execute(damage)
    assert "missing" in states_of(tmp_path)
    assert [query(tmp_path, name, "--format", "json").out for name in ("wear", "trades", "fills")] == before
    assert states_of(tmp_path) == {"current"}


def states_of(data: Path) -> set[str]:
    return {row["state"] for row in query(data, "health", "--format", "json").json()}


@pytest.mark.parametrize(
    ("day", "user", "said"), [("monday", 1, "no time"), ("2025-10-10T10:00", 1, "no day"), ("today", 9, "no account 9")]
)
def test_a_statement_needs_an_account_and_a_day(data: Path, day: str, user: int, said: str) -> None:
    """Anything else is refused in one line."""
    answer = query(data, "statement", "--user", user, "--day", day)
    assert (answer.code, answer.out, said in answer.err) == (ExitCode.USAGE, "", True)


def test_a_stopped_view_is_told_wherever_it_is_asked(damaged: Path) -> None:
    """The answer holds what came before, and says what stopped it; the others are whole; health names it."""
    answer = query(damaged, "trades")
    assert answer.code == ExitCode.STORAGE
    assert "the view trades stopped before event" in answer.err
    assert "(trade.completed.v1)" in answer.err
    assert query(damaged, "fills").code == 0
    health = query(damaged, "health", "--format", "json")
    states = {row["view"]: row for row in health.json()}
    assert health.code == ExitCode.DIFFERENCE
    assert (states["trades"]["state"], states["fills"]["state"]) == ("stopped", "current")
    assert states["trades"]["lag_events"] > 0
    since_the_log = (datetime.now(UTC) - datetime(2025, 10, 10, tzinfo=UTC)).total_seconds()
    assert 0 < states["trades"]["lag_seconds"] <= since_the_log, "of an event without a time, as old as the one before"


def test_events_of_a_newer_version_are_told(data: Path, tmp_path: Path) -> None:
    """They are kept and skipped; every answer says that they are not in it, and health how many there are."""
    (tmp_path / "events.sqlite").write_bytes((data / "events.sqlite").read_bytes())
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        db.execute("UPDATE stored_events SET topic = 'order.closed.v9' WHERE topic = 'order.closed.v1'")
        (skipped,) = db.execute("SELECT count(*) FROM stored_events WHERE topic = 'order.closed.v9'").fetchone()
    answer = query(tmp_path, "fills")
    assert f"{skipped} events of kinds that this version does not know are in the log" in answer.err
    assert query(tmp_path, "health", "--format", "json").json()[0]["unknown_events"] == skipped


def test_health_only_looks(data: Path, tmp_path: Path) -> None:
    """Where nothing was folded yet, it says so and folds nothing."""
    (tmp_path / "events.sqlite").write_bytes((data / "events.sqlite").read_bytes())
    (first, *_) = query(tmp_path, "health", "--format", "json").json()
    assert (first["view"], first["state"], first["lag_events"]) == ("progress", "missing", EVENTS)
    assert not (tmp_path / "views.sqlite").exists()


def test_an_empty_log_is_answered(tmp_path: Path) -> None:
    """Before anything was recorded there is nothing to tell, and that is no error."""
    with SqliteJournal(tmp_path / "events.sqlite"):
        pass
    assert (objects(tmp_path, "trades"), query(tmp_path, "health").code) == ([], 0)
