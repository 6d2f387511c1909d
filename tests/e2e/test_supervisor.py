"""The supervisor over the real command line, real HTTP and WebSocket connections, and real files."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.books import counted_volumes, logged_orders, observed_volumes, venue_orders
from tests.support.cli import Result, events, ledger, progress, run
from tests.support.sealed_log import change

QUICK = ("--token", "AOP", "--chain", "BSC", "--volume", "200", "--amount", "40", "--interval", "0.02")


@pytest.fixture(scope="module")
def default_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The command without arguments (but for the directory), run once for this module."""
    data = tmp_path_factory.mktemp("default")
    return data, run("supervisor", "--data-dir", data)


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The documents' quick start, with a shorter interval, run once for this module."""
    data = tmp_path_factory.mktemp("quick")
    anchor = data.with_name(data.name + "-anchors")
    return data, run("supervisor", *QUICK, "--user", "1", "--data-dir", data, "--anchor", anchor)


def test_a_run_tells_and_notes_the_seal_of_its_log(quick_run: tuple[Path, Result]) -> None:
    """The last line has it, the anchor file has it, and a check with that file finds all as it was."""
    data, result = quick_run
    sealed = result.out.splitlines()[-1].removeprefix("The log is ")
    answer = run("replay", "verify", "--data-dir", data, "--anchor", data.with_name(data.name + "-anchors"))
    assert (answer.code, answer.out.split("; ")[-1]) == (0, sealed + "\n")
    assert ", 1 anchor of " in answer.out


def test_a_start_cuts_off_a_damaged_end_and_goes_on(quick_run: tuple[Path, Result], tmp_path: Path) -> None:
    """It is told on the screen and in the log, which is sound afterwards; what was found is kept."""
    data = Path(shutil.copytree(quick_run[0], tmp_path / "data"))
    head = len(events(data))
    change(data / "events.sqlite", f"UPDATE stored_events SET state = x'7b7d' WHERE rowid = {head}")
    again = run("supervisor", *QUICK, "--user", "1", "--data-dir", data)
    assert (again.code, f"cut off 1 event from position {head} on" in again.err) == (0, True)
    assert (events(data)[head - 1]["topic"], len(list(data.glob("quarantine-*/events.sqlite")))) == (
        "system.log_cut.v1",
        1,
    )
    assert run("replay", "verify", "--data-dir", data).code == 0


def test_a_start_on_a_log_that_is_damaged_before_its_end_is_refused(
    quick_run: tuple[Path, Result], tmp_path: Path
) -> None:
    """Nothing is started, and the message says how to see more."""
    data = Path(shutil.copytree(quick_run[0], tmp_path / "data"))
    head = len(events(data))
    change(data / "events.sqlite", f"UPDATE stored_events SET state = x'7b7d' WHERE rowid = {head - 3}")
    refused = run("supervisor", *QUICK, "--user", "1", "--data-dir", data)
    assert (refused.code, "bin/run replay verify --data-dir" in refused.err) == (74, True)
    assert run("replay", "verify", "--data-dir", data).code == 1


def test_the_default_run_takes_every_account_to_its_target(default_run: tuple[Path, Result]) -> None:
    """Exit 0, two accounts traded to the target and one skipped, as the venue itself says."""
    data, result = default_run
    assert result.code == 0, result.err
    statuses = {user: row["status"] for (user, _), row in progress(data).items()}
    assert statuses == {1: "reached", 2: "skipped", 3: "reached"}


def test_a_skipped_account_is_said_clearly(default_run: tuple[Path, Result]) -> None:
    """The operator reads it; the venue saw one volume query of user 2 and no order."""
    data, result = default_run
    assert "Target already reached, skipped" in result.out
    requests = ledger(data)["requests"]["2"]
    assert requests["user-volume"] == 1
    assert "oto-order/place" not in requests


def test_one_account_needs_a_second_batch(default_run: tuple[Path, Result]) -> None:
    """KOGE's coarse lots leave the first batch short; the re-query sees it and one more trade is planned."""
    planned = [
        e["data"]["planned_trades"]
        for e in events(default_run[0])
        if e["topic"].startswith("strategy.batch_planned") and e["data"]["user_id"] == 3
    ]
    assert planned == [4, 1]


def test_our_log_equals_the_venues_books(default_run: tuple[Path, Result]) -> None:
    """Every order with its quantities, quote, fee and status, and every credit, to the last decimal."""
    log, books = events(default_run[0]), ledger(default_run[0])
    assert logged_orders(log) == venue_orders(books)
    assert observed_volumes(log) == counted_volumes(books)


def test_the_orders_view_equals_the_venues_books(default_run: tuple[Path, Result]) -> None:
    """`query orders` has the ledger's orders under the ledger's names, each with its strategy and trade."""
    data = default_run[0]
    queried = run("query", "orders", "--data-dir", data, "--format", "json").json()
    assert venue_orders({"orders": queried}) == venue_orders(ledger(data))
    assert set(ledger(data)["orders"][0]) <= set(queried[0])
    assert all(order["strategy_id"] and order["trade_id"] and order["reports"] for order in queried)


def test_a_second_run_finds_everything_done(default_run: tuple[Path, Result], tmp_path: Path) -> None:
    """The venue's state survives: the same command again trades nothing and succeeds."""
    data, before = tmp_path / "data", len(ledger(default_run[0])["orders"])
    shutil.copytree(default_run[0], data)
    assert run("supervisor", "--data-dir", data).code == 0
    assert len(ledger(data)["orders"]) == before


def test_the_run_writes_only_into_its_data_directory(default_run: tuple[Path, Result]) -> None:
    """The log, the views, the paper venue's state and the log files are all there."""
    names = {path.name for path in default_run[0].iterdir()}
    assert {"events.sqlite", "views.sqlite", "paper-venue.sqlite", "logs"} <= names


def test_the_venue_calls_of_one_batch(quick_run: tuple[Path, Result]) -> None:
    """1 listen key, 20 prices, 20 placements, 2 volume queries, 1 delete (worked examples, Venue calls)."""
    data, result = quick_run
    assert result.code == 0, result.err
    requests = ledger(data)["requests"]["1"]
    assert {name: requests[name] for name in ("get-listen-key", "aggTicker24", "oto-order/place", "user-volume")} == {
        "get-listen-key": 1,
        "aggTicker24": 20,
        "oto-order/place": 20,
        "user-volume": 2,
    }
    assert requests["userDataStream"] == 1


def test_the_quick_start_stops_exactly_at_its_target(quick_run: tuple[Path, Result]) -> None:
    """20 trades of 40 / 4 are 200, and our books equal the venue's."""
    log, books = events(quick_run[0]), ledger(quick_run[0])
    assert counted_volumes(books) == {("1", "AOP"): Decimal(200)} == observed_volumes(log)
    assert logged_orders(log) == venue_orders(books)


def test_secrets_stay_out_of_everything_written(quick_run: tuple[Path, Result]) -> None:
    """Neither the session's cookie nor a listen key is found in any file but the venue's own."""
    written = b"".join(
        path.read_bytes() for path in quick_run[0].rglob("*") if path.is_file() and "paper-venue" not in path.name
    )
    assert b"paper-1" not in written
    assert b"alpha@" not in written


def test_a_wrong_rule_costs_no_more_than_the_probe(tmp_path: Path) -> None:
    """The venue counts 16 times what the documents say: after 2 probe trades the plan follows the venue."""
    config = tmp_path / "c.yaml"
    config.write_text(PROBE)
    result = run("supervisor", "--config", config, "--data-dir", tmp_path / "data")
    assert result.code == 0, result.err
    target, one_trade = Decimal(2000), Decimal(40) * 4
    for row in progress(tmp_path / "data").values():
        assert target <= Decimal(row["current_volume"]) <= target + one_trade
    assert any(e["topic"].startswith("volume.credit_rate") for e in events(tmp_path / "data"))


def test_two_strategies_of_one_account_share_it(tmp_path: Path) -> None:
    """Both reach their targets, and no second OTO was placed while one was open."""
    config = tmp_path / "c.yaml"
    config.write_text(TWO)
    assert run("supervisor", "--config", config, "--data-dir", tmp_path / "data").code == 0
    log = events(tmp_path / "data")
    assert most_open_at_once(log) == 1
    assert {row["status"] for row in progress(tmp_path / "data").values()} == {"reached"}


def most_open_at_once(log: list[dict[str, dict[str, str]]]) -> int:
    """The greatest number of placements of an account that were intended and not yet settled."""
    open_trades: set[str] = set()
    most = 0
    for event in log:
        topic = str(event["topic"])
        if topic.startswith("order.oto_requested"):
            open_trades.add(event["data"]["trade_id"])
        elif topic.startswith(("trade.completed", "trade.partly_completed", "trade.abandoned")):
            open_trades.discard(event["data"]["trade_id"])
        most = max(most, len(open_trades))
    return most


PROBE = """
global_settings: {default_trade_interval_seconds: 0.02, default_volume_check_delay_seconds: 0.1, probe_trades: 2}
strategies:
  - {strategy_id: probe, target_token: AOP, target_chain: BSC, target_volume: 2000, user_ids: [1, 2],
     single_trade_amount_usdt: 40}
venue: {kind: paper, credit_rule: multiplied}
"""

TWO = """
global_settings: {default_trade_interval_seconds: 0.02, default_volume_check_delay_seconds: 0.1}
strategies:
  - {strategy_id: aop, target_token: AOP, target_chain: BSC, target_volume: 40, user_ids: [1],
     single_trade_amount_usdt: 40}
  - {strategy_id: koge, target_token: KOGE, target_chain: BSC, target_volume: 90, user_ids: [1]}
venue: {kind: paper}
"""
