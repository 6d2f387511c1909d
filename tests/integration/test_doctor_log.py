"""`bin/run doctor` on a log and what it adds up to."""

import time
from decimal import Decimal
from pathlib import Path

import pytest

from actors.messages.orders import CancelDone, Reconciled
from actors.messages.strategies import StopTrading
from actors.messages.streams import StreamDown, StreamMoved
from bin.doctor_findings import Finding
from bin.doctor_log import log_findings
from bin.lock import DataDirLock
from events.accounts import AccountQuieted
from events.control import AccountPaused
from events.inventory import InventoryHeld
from events.journal import SqliteJournal
from events.system import AccountParked, RunEnded
from events.values import Operator
from projections.runner import Runner
from tests.support.account import WORKING, Account
from tests.support.doctor import record, the, verdicts
from tests.support.house import RUN
from tests.support.sealed_log import change
from tests.support.terms import terms

BY = Operator(name="op", uid=0, pid=1)

HELD = InventoryHeld(
    user_id=1,
    strategy_id="aop",
    trade_id="1-1",
    asset="ALPHA_382",
    ticker="AOP",
    quantity=Decimal("12.5"),
    value=Decimal(3),
    reason="the book was empty",
)


def test_a_log_that_was_changed_is_a_failure(tmp_path: Path) -> None:
    """And nothing is told of what it adds up to."""
    record(tmp_path, "system", RUN, RunEnded(run_id="run-1", exit_code=0, reason="all targets reached"))
    assert verdicts(log_findings(tmp_path, (1,)))["log sound"] == "ok"
    change(tmp_path / "events.sqlite", "UPDATE stored_events SET state = '{}' WHERE rowid = 1")
    assert verdicts(log_findings(tmp_path, (1,))) == {"log sound": "failure"}


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + bytes(200), b"no log at all"], ids=["torn", "other"])
def test_a_log_that_cannot_be_read_is_a_failure(tmp_path: Path, content: bytes) -> None:
    """It is no SQLite file, or not enough of one."""
    (tmp_path / "events.sqlite").write_bytes(content)
    assert verdicts(log_findings(tmp_path, (1,))) == {"log sound": "failure"}


def test_views_that_stopped_or_lag_are_told(tmp_path: Path) -> None:
    """A lag counts only while a supervisor runs: otherwise the next who asks folds what is missing."""
    record(tmp_path, "system", RUN, ago_s=600)
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        runner = Runner(journal, tmp_path / "views.sqlite")
        runner.catch_up()
        runner.close()
    record(tmp_path, "system", RUN, ago_s=600)
    assert verdicts(log_findings(tmp_path, ()))["views"] == "ok"
    with DataDirLock(tmp_path):
        assert verdicts(log_findings(tmp_path, ()))["views"] == "warning"
    change(tmp_path / "views.sqlite", "UPDATE tracking SET stopped_at = 1, stopped_by = 'x', error = 'no'")
    assert "bin/run rebuild" in the(log_findings(tmp_path, ()), "views").mend


def test_a_run_that_did_not_end_is_a_warning(tmp_path: Path) -> None:
    """Unless it goes on."""
    record(tmp_path, "system", RUN)
    assert "settles what was in hand" in the(log_findings(tmp_path, ()), "last run").mend
    with DataDirLock(tmp_path):
        assert the(log_findings(tmp_path, ()), "last run").verdict == "ok"


def test_what_an_account_is_left_with_is_told(tmp_path: Path) -> None:
    """Unsold coins, a park that waits for its owner, a pause, a venue that wants to be left in peace."""
    record(tmp_path, "user-1", HELD, AccountParked(user_id=1, reason="a challenge", restricted=True))
    until = time.time_ns() // 1_000_000 + 60_000
    record(tmp_path, "user-2", AccountPaused(user_id=2, by=BY), AccountQuieted(user_id=2, until=until, reason="429"))
    first = {one.check: one for one in log_findings(tmp_path, (1,))}
    assert "bin/run sweep --user 1" in first["unsold inventory"].mend
    assert (first["parked"].verdict, "bin/run resume --user 1" in first["parked"].mend) == ("failure", True)
    second = verdicts(log_findings(tmp_path, (2,)))
    assert (second["parked"], second["rate-limit quiet"]) == ("warning", "warning")
    assert verdicts(log_findings(tmp_path, (3,)))["parked"] == "ok"


def left_in_hand(directory: Path, story: Account) -> Finding:
    record(directory, "user-1", *(one.event for one in story.log))
    return the(log_findings(directory, (1,)), "trade in hand")


def test_a_trade_that_was_left_in_hand_is_told(tmp_path: Path) -> None:
    """After a stop that did not wait for the order's end: the order, and who settles it."""
    found = left_in_hand(tmp_path, Account().trades_from("0").places().when(StopTrading(now=True)))
    assert (found.verdict, found.user_id) == ("warning", 1)
    assert "1-000001: BUY 1818.18 ALPHA_900USDT at 0.022, order 7000001, may be open" in found.words
    assert "the next run with user 1 looks at the venue and settles it" in found.mend


def test_what_a_parked_account_has_not_sold_is_told(tmp_path: Path) -> None:
    """Its sell may be open; a run that goes on does nothing about it before its owner's word."""
    story = Account().trades_from("0").places().leg_ends(WORKING).when(StreamMoved())
    asked = story.state.reconciliation.number
    story.when(Reconciled(number=asked, complete=False, outcome="unauthorised", message="log in"))
    with DataDirLock(tmp_path):
        found = left_in_hand(tmp_path, story)
    assert (found.verdict, "order 7000002, may be open; 1817.998182 AOP bought" in found.words) == ("warning", True)
    assert "bin/run resume --user 1" in found.mend


def test_how_the_cancel_of_a_restricted_accounts_order_went_is_told(tmp_path: Path) -> None:
    """Where the settings have it tried: the reason does not call the trade left as it is, and the answer is said."""
    story = Account(terms(on_restriction="cancel")).trades_from("0").places()
    story.when(StreamDown(position=0, reason="please verify", final=True, outcome="unauthorised"))
    assert "trade 1-000001 is tried" in story.state.parked
    assert "left as it is" not in story.state.parked
    story.when(CancelDone(trade_id="1-000001", venue_order_id=WORKING, outcome="accepted"))
    assert "the cancel of order 7000001 was answered: accepted" in left_in_hand(tmp_path, story).words


@pytest.mark.parametrize("story", [Account().trades_from("0"), Account().trades_from("0").places()])
def test_a_trade_that_a_run_works_on_is_no_warning(tmp_path: Path, story: Account) -> None:
    """Nor is one that has sent nothing yet."""
    with DataDirLock(tmp_path):
        assert left_in_hand(tmp_path, story).verdict == "ok"
