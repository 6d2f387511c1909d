"""Trades, wear, volumes, strategies' runs, runs and failures, as they are told."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from bin.query_statement import as_page
from events.base import Event
from events.inventory import DustRecorded, InventoryCleared, InventoryHeld
from events.orders import LateFillObserved, OtoOrder, OtoRequested
from events.strategies import StrategyEnded, StrategyResumed, StrategyStarted
from events.system import ActorFailed, ActorRestarted, RunEnded
from events.trades import QuoteObserved, TradeStarted
from events.values import TokenVolume, TradeLeg
from events.volumes import CreditRateObserved, VolumeObserved
from projections.statement import statement
from projections.statement_lines import Statement
from projections.views.wear import wear_bps
from tests.support.example_log import (
    RUN,
    START_MS,
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
from tests.support.views import folded
from tests.unit.projections.test_orders_and_fills import asked, filled

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


def late_fill(order: str, leg: TradeLeg, quote: str) -> LateFillObserved:
    return LateFillObserved(
        user_id=1,
        strategy_id=STRATEGY,
        trade_id="u1-b1-t1",
        leg=leg,
        executed=replace(executed("working", "u1-b1-t1", quote), venue_order_id=order),
        asset="ALPHA_900",
        coins=Decimal(1),
        wear=Decimal("0.5"),
    )


def test_a_late_fill_changes_what_the_leg_came_to() -> None:
    """The trade, its strategy and the day have its wear; the day has it apart, too."""
    events = (STARTED, trade_completed(1), late_fill("u1-b1-t1-working", "working", "44"))
    (trade,), (wear,), (strategy,) = asked("trades", *events), asked("wear", *events), asked("strategies", *events)
    assert columns(trade, "buy_quote", "late_fills", "wear", "late_wear") == ("44", 1, "0.5843", "0.5")
    assert columns(wear, "wear", "late_wear", "trades") == ("0.5843", "0.5", 1)
    assert strategy["wear"] == "0.5843"


def test_a_late_fill_of_a_sale_of_leftovers_adds_to_it() -> None:
    """Its totals take the place of those that were noted for this order alone."""
    sales = (executed("pending", "x", "1.5"), executed("pending", "y", "2"))
    completed = replace(trade_completed(1), unwinds=sales)
    (row,) = asked("trades", completed, late_fill("y-pending", "unwind", "3"))
    assert columns(row, "unwind_qty", "unwind_quote") == ("2000", "4.5")


def test_a_fill_of_a_trade_in_hand_is_counted_at_its_end() -> None:
    """Until then the trade is running, and has cost nothing."""
    started = TradeStarted(user_id=1, strategy_id=STRATEGY, trade_id="u1-b1-t1", batch=1, number=1, planned_trades=2)
    (row,) = asked("trades", started, late_fill("u1-b1-t1-working", "working", "44"))
    assert columns(row, "status", "late_fills", "wear") == ("running", 0, "0")


def test_coins_left_over_are_told_after_each_change() -> None:
    """Dust adds up, held coins take it with them, and clearing leaves nothing."""
    ids: dict[str, Any] = {"user_id": 1, "strategy_id": STRATEGY, "trade_id": "t", "asset": "ALPHA_900"}
    dust = DustRecorded(**ids, quantity=Decimal(1), total=Decimal("1.5"), value=Decimal(1))
    held = InventoryHeld(**ids, ticker="AOP", quantity=Decimal(9), value=Decimal(1), reason="no bids")
    cleared = InventoryCleared(user_id=1, asset="ALPHA_900", quantity=Decimal(9), how="sold")
    rows = asked("inventory", dust, held, cleared)
    assert [columns(row, "dust", "held", "change", "what") for row in rows] == [
        ("1.5", "0", "1.5", "dust"),
        ("0", "9", "7.5", "held"),
        ("0", "0", "-9", "sold"),
    ]


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


def page_after(*events: Event) -> Statement:
    """The statement of account 1 for the day on which the events were recorded."""
    with folded(*events) as db:
        return statement(db, 1, "2025-10-10", START_MS)


def test_a_statement_names_what_the_venue_counted_otherwise() -> None:
    """A measured credit explains its batch's part; the rest is unexplained, and both add up."""
    rate = CreditRateObserved(
        user_id=1, strategy_id=STRATEGY, batch=1, trades=2, expected=Decimal(10), measured=Decimal(4)
    )
    page = page_after(STARTED, observed("0"), trade_completed(1), trade_completed(2), observed("9"), rate)
    (line,) = page.volume
    assert [str(one) for one in (line.expected, line.counted, line.difference)] == ["20", "9", "-11"]
    assert [(str(one.amount), one.explained) for one in line.differences] == [("-12", True), ("1", False)]
    assert "the venue counted 4 instead of 10 for each of 2 trades" in line.differences[0].why
    assert "difference: 1, unexplained" in as_page(page)


def short_trade(number: int) -> tuple[Event, ...]:
    """A trade whose order was of 39.4 USDT, because another step of coins would have been more than 40."""
    ids: dict[str, Any] = {"user_id": 1, "strategy_id": STRATEGY, "trade_id": f"u1-b1-t{number}"}
    order = OtoOrder(
        symbol="ALPHA_900USDT",
        base_asset="ALPHA_900",
        quote_asset="USDT",
        working_price=Decimal("0.04"),
        quantity=Decimal(985),
        amount=Decimal("39.4"),
        pending_price=Decimal("0.036"),
    )
    started = TradeStarted(**ids, batch=1, number=number, planned_trades=2)
    quoted = QuoteObserved(**ids, price=Decimal("0.036"), mul_point=4)
    return started, quoted, OtoRequested(**ids, order=order), trade_completed(number)


@pytest.mark.parametrize(
    ("counted", "parts"), [("19.7", ["-0.3"]), ("19.72", ["-0.3", "0.02"]), ("9.86", ["-10.14"]), ("20", [])]
)
def test_a_statement_knows_what_whole_steps_are_short_of(counted: str, parts: list[str]) -> None:
    """Orders of less than planned, and a venue's whole cents, are named only where they account for all of it."""
    page = page_after(STARTED, observed("0"), *short_trade(1), *short_trade(2), observed(counted))
    (line,) = page.volume
    assert [one.amount for one in line.differences] == list(map(Decimal, parts))
    assert all(one.explained for one in line.differences) == (counted != "9.86")


@pytest.mark.parametrize(("counted", "known"), [("20", True), ("14", True), ("20.01", False), ("9", False)])
def test_a_statement_knows_what_was_counted_before_its_trade_ended(counted: str, *, known: bool) -> None:
    """A trade in hand is counted when it buys, and expected from its end on; more than that, and less, is not it."""
    page = page_after(STARTED, observed("0"), trade_completed(1), observed(counted), trade_completed(2))
    (line,) = page.volume
    (part,) = line.differences
    assert (part.amount, part.explained) == (line.difference, known)
    assert ("counted already" in as_page(page)) is known


def test_a_statement_names_fills_without_a_trade() -> None:
    """An order that is not ours was filled: it is in the sums, and nothing explains it."""
    (one,) = page_after(STARTED, filled(1, "50", "8000000")).bought_differences
    assert (str(one.amount), one.explained) == ("25", False)


def test_a_statement_has_the_coins_at_both_ends_of_the_day() -> None:
    """What was left before the day begins, and what is left at its end."""
    (line,) = page_after(
        DustRecorded(
            user_id=1,
            strategy_id=STRATEGY,
            trade_id="t",
            asset="ALPHA_900",
            quantity=Decimal(1),
            total=Decimal("1.5"),
            value=Decimal(1),
        )
    ).inventory
    assert [str(one) for one in (line.dust_at_start, line.dust_at_end, line.held_at_end)] == ["0", "1.5", "0"]


def test_a_statement_names_coins_that_were_taken_off_the_books() -> None:
    """They are neither sold nor left, and would be gone without a word."""
    held = InventoryHeld(
        user_id=1,
        strategy_id=STRATEGY,
        trade_id="t",
        asset="ALPHA_900",
        ticker="AOP",
        quantity=Decimal(9),
        value=Decimal(1),
        reason="no bids",
    )
    page = page_after(held, InventoryCleared(user_id=1, asset="ALPHA_900", quantity=Decimal(9), how="acknowledged"))
    assert "ALPHA_900: 9 acknowledged, and so taken off the books unsold" in as_page(page)
