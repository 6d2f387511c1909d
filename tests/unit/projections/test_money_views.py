"""Trades, wear, volumes, strategies' runs, runs and failures, as they are told."""

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from events.orders import LateFillObserved
from events.system import ActorFailed, ActorRestarted, RunEnded
from events.trades import StrategyEnded, StrategyResumed, StrategyStarted
from events.values import TokenVolume
from events.volumes import VolumeObserved
from projections.views.wear import wear_bps
from tests.support.example_log import (
    RUN,
    STRATEGY,
    batch_planned,
    example_events,
    example_terms,
    executed,
    run_started,
    trade_abandoned,
    trade_completed,
    trade_partly_completed,
    volume_checked,
)
from tests.unit.projections.test_orders_and_fills import asked

STARTED = StrategyStarted(run_id=RUN, terms=example_terms())
EXAMPLE = tuple(event for _, event in example_events())


def observed(volume: str) -> VolumeObserved:
    return VolumeObserved(user_id=1, total=Decimal(volume), tokens=(TokenVolume(ticker="AOP", volume=Decimal(volume)),))


def columns(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def test_every_trade_ends_as_it_did() -> None:
    """Completed, partly, failed, called off: each with what was bought and what it cost."""
    ends = (trade_completed(1), trade_partly_completed(2), trade_abandoned(3), trade_abandoned(4, failed=False))
    rows = asked("trades", STARTED, *ends)
    assert [row["status"] for row in rows] == ["completed", "partly_completed", "failed", "called_off"]
    assert columns(rows[0], "token", "buy_quote", "wear", "credit_expected", "day") == (
        *("AOP", "39.99", "0.0843", "10"),
        "2025-10-10",
    )
    assert columns(rows[1], "sell_quote", "remainder", "reason") == (
        *("0", "999.9"),
        "the sell order was not filled in time",
    )


def test_unwinds_and_commissions_add_up() -> None:
    """The sales of leftovers stand beside the trade's own sell; commissions are summed by asset."""
    sale = executed("pending", "x", "1.5")
    (row,) = asked("trades", replace(trade_completed(1), unwinds=(sale, sale)))
    assert columns(row, "unwinds", "unwind_qty", "unwind_quote") == (2, "2000", "3.0")
    assert row["commissions"] == "0.1 ALPHA_900, 0.012 USDT"


def test_a_late_fill_changes_what_the_trade_came_to() -> None:
    """What the leg came to, and what the trade cost."""
    late = LateFillObserved(
        user_id=1,
        strategy_id=STRATEGY,
        trade_id="u1-b1-t1",
        leg="working",
        executed=executed("working", "u1-b1-t1", "44"),
        asset="ALPHA_900",
        coins=Decimal(1),
        wear=Decimal("0.5"),
    )
    (row,) = asked("trades", trade_completed(1), late)
    assert columns(row, "buy_quote", "late_fills", "wear") == ("44", 1, "0.5843")


def test_wear_is_summed_by_day() -> None:
    """Wear and turnover of an account's strategy on a UTC day, and their ratio."""
    (row,) = asked("wear", STARTED, trade_completed(1), trade_completed(2, "0.0157"), trade_abandoned(3))
    assert columns(row, "day", "trades", "turnover", "wear", "wear_bps") == (
        "2025-10-10",
        2,
        "79.98",
        "0.1000",
        "12.50",
    )
    assert wear_bps(Decimal(0), Decimal(0)) is None


def test_each_figure_of_the_venue_is_compared_with_what_was_expected() -> None:
    """The first of the day is taken as it is; then the trades' credit is expected on top of it."""
    first, second, third = asked(
        "volume", STARTED, observed("30"), trade_completed(1), trade_completed(2), observed("50"), observed("45")
    )
    assert columns(first, "observed", "expected", "difference") == ("30", None, None)
    assert columns(second, "expected", "difference", "trades", "credit") == ("50", "0", 2, "20")
    assert columns(third, "observed", "difference") == ("45", "-5")


def test_a_token_that_the_venue_does_not_name_stands_at_nothing() -> None:
    """A ticker that is absent from the venue's figures was not traded on this day."""
    (row,) = asked("volume", STARTED, VolumeObserved(user_id=1, total=Decimal(0), tokens=()))
    assert columns(row, "token", "observed") == ("AOP", "0")


def test_a_strategy_has_a_row_for_each_start() -> None:
    """A new start is a new row; going on after the program ended under it is the same one."""
    resumed = StrategyResumed(run_id="run-2", user_id=1, strategy_id=STRATEGY, terms=example_terms())
    ended = StrategyEnded(user_id=1, strategy_id=STRATEGY, status="reached", current_volume=Decimal(200))
    work = (batch_planned(1, "0", 2), trade_completed(1), trade_abandoned(2))
    events = (run_started(), STARTED, volume_checked("0"), *work, run_started("run-2"), resumed, ended, STARTED)
    first, second = asked("strategies", *events)
    assert columns(first, "run_id", "status", "resumed", "first_volume", "last_volume") == (
        *("run-2", "reached", 1),
        *("0", "200"),
    )
    assert columns(first, "planned_trades", "completed_trades", "failed_trades", "wear") == (2, 1, 1, "0.0843")
    assert columns(second, "status", "completed_trades") == ("running", 0)


def test_a_run_that_found_no_end_is_broken_off() -> None:
    """The next run's start tells that the one before died."""
    end = RunEnded(run_id="run-2", exit_code=3, reason="stopped")
    died, over = asked("runs", run_started(), run_started("run-2"), end)
    assert columns(died, "status", "exit_code", "ended_at") == ("broken off", None, None)
    assert columns(over, "status", "exit_code", "reason", "accounts") == ("ended", 3, "stopped", "1 2")


def test_failures_and_restarts_are_told_with_their_run() -> None:
    """Which actor, of which account, and how often."""
    failed, again = asked(
        "failures",
        run_started(),
        ActorFailed(actor="user-1", error="KeyError: 1"),
        ActorRestarted(actor="user-1", restarts=1),
    )
    assert columns(failed, "run_id", "user_id", "actor", "what", "error") == (RUN, 1, "user-1", "failed", "KeyError: 1")
    assert columns(again, "what", "restarts") == ("restarted", 1)


def test_the_views_of_one_log_agree() -> None:
    """Wear, counts and credit are the same whichever view is asked."""
    trades, (wear,) = asked("trades", *EXAMPLE), asked("wear", *EXAMPLE)
    first = asked("strategies", *EXAMPLE)[1]
    total = sum(Decimal(row["wear"]) for row in trades)
    assert Decimal(wear["wear"]) == Decimal(first["wear"]) == total
    assert first["completed_trades"] == wear["trades"] == sum(row["buy_qty"] != "0" for row in trades)
