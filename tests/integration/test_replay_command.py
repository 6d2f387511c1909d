"""`bin/run replay` on a log that real actors wrote: filters, formats, places, and what is refused."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bin.exit_codes import ExitCode
from events.base import Recorded
from events.executions import OrderClosed, OrderReported
from events.journal import SqliteJournal
from events.orders import OtoAccepted
from events.reports import text_of
from events.strategies import StrategyStarted
from events.volumes import VolumeObserved
from tests.support.asking import ask
from tests.support.cli import Result
from tests.support.simulated import write_simulated

SEED = 11
"""Two accounts that reach their targets on one token."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What production actors recorded, as a data directory."""
    place = tmp_path_factory.mktemp("data")
    write_simulated(place / "events.sqlite", SEED)
    return place


@pytest.fixture(scope="module")
def log(data: Path) -> tuple[Recorded, ...]:
    """The same events."""
    with SqliteJournal(data / "events.sqlite", read_only=True) as journal:
        return tuple(journal.read())


def replay(data: Path, *args: str | int) -> Result:
    return ask("replay", *args, "--data-dir", data)


def told(data: Path, *args: str | int) -> list[dict[str, Any]]:
    """What is told, as objects."""
    answer = replay(data, *args, "--format", "jsonl")
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


def positions(data: Path, *args: str | int) -> list[int]:
    return [one["position"] for one in told(data, *args)]


def a_trade(log: tuple[Recorded, ...]) -> OtoAccepted:
    return next(one.event for one in log if isinstance(one.event, OtoAccepted))


def test_both_formats_tell_every_event_in_order(data: Path, log: tuple[Recorded, ...]) -> None:
    """The table has a line for each event; JSON lines have it whole, with account, words and reason."""
    lines = replay(data).out.splitlines()[1:]
    objects = told(data)
    assert (
        [int(line.split()[0]) for line in lines] == [one["position"] for one in objects] == list(range(1, len(log) + 1))
    )
    assert all(one["words"] in line and one["why"] in line for one, line in zip(objects, lines, strict=True))


def test_a_trade_is_told_with_all_that_its_orders_did(data: Path, log: tuple[Recorded, ...]) -> None:
    """Reports, fills and ends of its orders name no trade, and a report may come before the venue's answer."""
    trade = a_trade(log)
    found = positions(data, "--trade", trade.trade_id)
    ours = (trade.working_order_id, trade.pending_order_id)
    own = [one.position for one in log if getattr(one.event, "trade_id", "") == trade.trade_id]
    named = [
        one.position
        for one in log
        if getattr(one.event, "venue_order_id", "") in ours and one.event.user_id == trade.user_id  # type: ignore[attr-defined]
    ]
    assert set(found) >= {*own, *named}
    assert len(named) > len(ours)
    assert {one["account"] for one in told(data, "--trade", trade.trade_id)} == {trade.user_id}


def test_an_order_is_told_wherever_it_is_named(data: Path, log: tuple[Recorded, ...]) -> None:
    """From the venue's answer to the trade's end."""
    trade = a_trade(log)
    found = told(data, "--order", trade.working_order_id, "--user", trade.user_id)
    kinds = [one["topic"] for one in found]
    assert {"order.oto_accepted.v1", "order.reported.v1", "order.executed.v1", "order.closed.v1"} <= set(kinds)
    assert kinds[-1] == "trade.completed.v1"


def test_strategy_and_token_take_in_what_belongs_to_them(data: Path, log: tuple[Recorded, ...]) -> None:
    """Reports and fills belong to the strategy of their trade; the venue's volumes to the tokens that they tell."""
    strategies = {one.event.terms.ticker: one.event.terms for one in log if isinstance(one.event, StrategyStarted)}
    aop, koge = (strategies[token] for token in ("AOP", "KOGE"))
    ours = {one.position for one in log if getattr(one.event, "symbol", "") == aop.rules.symbol}
    theirs = {one.position for one in log if getattr(one.event, "symbol", "") == koge.rules.symbol}
    found = set(positions(data, "--strategy", aop.strategy_id))
    assert (ours <= found, found & theirs) == (True, set())
    of_token = set(positions(data, "--token", "AOP")) - found
    assert {type(log[position - 1].event) for position in of_token} <= {VolumeObserved}


def test_types_are_named_in_four_ways(data: Path, log: tuple[Recorded, ...]) -> None:
    """The stored name, without its version, the group, and the class; several at once."""
    closed = [one.position for one in log if isinstance(one.event, OrderClosed)]
    for name in ("order.closed.v1", "order.closed", "OrderClosed"):
        assert positions(data, "--type", name) == closed
    assert set(positions(data, "--type", "order")) > set(closed)
    assert set(positions(data, "--type", "OrderClosed", "--type", "TradeStarted")) > set(closed)


def test_statuses_and_correlations_are_filters(data: Path, log: tuple[Recorded, ...]) -> None:
    """The status of an order or of a strategy; the id that groups what belongs together."""
    assert {one["topic"] for one in told(data, "--status", "reached")} == {"strategy.ended.v1"}
    trade = a_trade(log).trade_id
    grouped = [one.position for one in log if one.meta.correlation_id == trade]
    assert positions(data, "--correlation", trade) == grouped


def test_places_are_positions_or_times(data: Path, log: tuple[Recorded, ...]) -> None:
    """A position is counted in on both sides; a time from its moment on, and before it; the limit cuts last."""
    assert positions(data, "--since", 5, "--limit", 3, "--user", 1)[0] >= 5
    assert positions(data, "--since", 5, "--limit", 3) == [5, 6, 7]
    moment = log[len(log) // 2].meta.ts_init
    utc = sqlite3.connect(":memory:").execute(
        "SELECT strftime('%Y-%m-%dT%H:%M:%f', ? / 1000.0, 'unixepoch')", (moment,)
    )
    later = positions(data, "--since", utc.fetchone()[0])
    assert later == [one.position for one in log if one.meta.ts_init >= moment]


def test_raw_shows_what_was_received_below_each_event(data: Path, log: tuple[Recorded, ...]) -> None:
    """The venue's frame word for word, and the message that a decision was made from."""
    report = next(one for one in log if isinstance(one.event, OrderReported))
    raw = replay(data, "--raw", "--type", "OrderReported", "--limit", 1).out.splitlines()[-1]
    assert isinstance(report.event, OrderReported)
    assert raw.strip() == f"frame {text_of(report.event)}"
    assert (
        '\n          received {"type":' in replay(data, "--raw", "--type", "BatchPlanned", "--type", "OtoAccepted").out
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--user", "99"), "the log knows no account 99; it knows 1, 2"),
        (("--strategy", "x"), "the log knows no strategy x; it knows "),
        (("--token", "X"), "the log knows no token X; it knows AOP, KOGE"),
        (("--trade", "9-9"), "the log knows no trade 9-9; bin/run query trades lists them"),
        (("--order", "9-9"), "the log knows no order 9-9; bin/run query orders lists them"),
        (("--type", "OrderClose"), "no event is of type 'OrderClose'; did you mean OrderClosed"),
        (("--type", "§"), "no event is of type '§'; write order, order.closed or OrderClosed"),
        (("--since", "999999"), "the log has no position 999999; it ends at "),
        (("--since", "0"), "the log has no position 0; it ends at "),
        (("--since", "soon"), "'soon' is no time; write 2026-11-21"),
    ],
)
def test_what_the_log_does_not_know_is_told(data: Path, args: tuple[str, ...], said: str) -> None:
    """One line on stderr, nothing on stdout, the usage code."""
    answer = replay(data, *args)
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (ExitCode.USAGE, "", 1)
    assert answer.err.startswith(said)


def test_a_log_of_a_newer_version_is_told(data: Path, tmp_path: Path) -> None:
    """Events that this version does not know are shown as they are, found by their type and account, and counted."""
    (tmp_path / "events.sqlite").write_bytes((data / "events.sqlite").read_bytes())
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        db.execute("UPDATE stored_events SET topic = 'order.closed.v9' WHERE topic = 'order.closed.v1'")
    answer = replay(tmp_path, "--type", "order.closed.v9", "--user", 1)
    lines = answer.out.splitlines()[1:]
    assert all("an event that this version does not know" in line for line in lines)
    assert answer.err == f"{len(lines)} of these events are of kinds that this version does not know\n"
    assert (answer.code, len(lines) > 0) == (0, True)


def test_a_damaged_event_ends_the_replay_at_its_place(data: Path, tmp_path: Path) -> None:
    """What comes before it is told; one line names it; the storage code; the file stays as it was."""
    (tmp_path / "events.sqlite").write_bytes((data / "events.sqlite").read_bytes())
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        db.execute("UPDATE stored_events SET state = '{}' WHERE rowid = 20")
    before = (tmp_path / "events.sqlite").read_bytes()
    answer = replay(tmp_path)
    assert (answer.code, len(answer.out.splitlines())) == (ExitCode.STORAGE, 20)
    assert "event 20 of the log" in answer.err
    assert len(answer.err.splitlines()) == 1
    assert (tmp_path / "events.sqlite").read_bytes() == before


def test_a_tree_has_the_same_steps_in_every_format(data: Path, log: tuple[Recorded, ...]) -> None:
    """The page has a line for each step, JSON one object with all of them, JSON lines one object each."""
    trade = a_trade(log).trade_id
    page = replay(data, "explain", trade).out.splitlines()
    whole = replay(data, "explain", trade, "--format", "json").json()
    lines = [json.loads(line) for line in replay(data, "explain", trade, "--format", "jsonl").out.splitlines()]
    assert whole["steps"] == lines
    assert [whole["asked"], whole["trade_id"], whole["user_id"]] == [trade, trade, a_trade(log).user_id]
    assert sorted(line.split(": ", 1)[1] for line in page[1:]) == sorted(one["words"] for one in lines)
    assert page[0].startswith(f"trade {trade} of account {whole['user_id']}, {whole['strategy_id']}, orders ")
    assert next(one["position"] for one in lines if one["stage"] == "request") is None


def test_a_tree_shows_frames_and_answers_as_received(data: Path, log: tuple[Recorded, ...]) -> None:
    """Below each step, in its branch."""
    order = a_trade(log).working_order_id
    user = a_trade(log).user_id
    raw = next(
        text_of(one.event) for one in log if isinstance(one.event, OrderReported) and one.event.venue_order_id == order
    )
    page = replay(data, "explain", order, "--user", user, "--raw").out
    assert f"frame {raw}\n" in page
    assert 'received {"type":"OtoAnswered"' in page


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("9-9",), "the log knows no order and no trade 9-9; bin/run query orders and query trades list them"),
        (("1-000001", "--user", "7"), "account 7 has no order and no trade 1-000001; "),
    ],
)
def test_what_cannot_be_explained_is_told(data: Path, args: tuple[str, ...], said: str) -> None:
    """One line on stderr, nothing on stdout, the usage code."""
    answer = replay(data, "explain", *args)
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (ExitCode.USAGE, "", 1)
    assert answer.err.startswith(said)
