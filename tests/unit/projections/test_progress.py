"""The progress view: how far each strategy is."""

from decimal import Decimal

from msgspec.structs import replace

from events.strategies import StrategyEnded, StrategyResumed, StrategyStarted
from events.system import RunEnded
from events.volumes import TargetReached
from projections import query
from tests.support.example_log import (
    RUN,
    STRATEGY,
    batch_planned,
    example_events,
    example_terms,
    run_started,
    trade_abandoned,
    trade_completed,
    trade_partly_completed,
    volume_checked,
)
from tests.support.views import ask, folded, live_after, progress_after

STARTED = StrategyStarted(run_id=RUN, terms=example_terms())
RESUMED = StrategyResumed(run_id="run-2", user_id=1, strategy_id=STRATEGY, terms=example_terms())


def test_the_example_run_adds_up() -> None:
    """A whole run ends in one row per account with its counts, its wear and the venue's last volume."""
    trading, skipped = ask(query.progress, *(event for _, event in example_events()))
    assert (trading.planned_trades, trading.completed_trades, trading.failed_trades) == (21, 20, 1)
    assert (trading.current_volume, trading.target_volume, trading.token) == (Decimal(200), Decimal(200), "AOP")
    assert (trading.wear, trading.status) == (19 * Decimal("0.0843"), "reached")
    assert (skipped.current_volume, skipped.planned_trades, skipped.status) == (Decimal("205.5"), 0, "skipped")


def test_the_volume_is_not_known_before_the_venue_told_it() -> None:
    """A strategy that has only begun has no volume, rather than none traded."""
    assert progress_after(STARTED).current_volume is None


def test_a_trade_moves_the_expected_volume_only() -> None:
    """The current volume is what the venue said; credit that is expected shows apart until the next query."""
    row = live_after(run_started(), STARTED, volume_checked("30"), trade_completed(1), trade_partly_completed(2))
    assert (row.current_volume, row.expected_volume) == (Decimal(30), Decimal(50))


def test_a_query_of_the_volume_overrules_what_was_expected() -> None:
    """After a query the expected volume is the venue's again."""
    row = live_after(run_started(), STARTED, volume_checked("30"), trade_completed(1), volume_checked("35"))
    assert (row.current_volume, row.expected_volume) == (Decimal(35), Decimal(35))


def test_wear_is_summed_exactly() -> None:
    """Wear of 0.1 and 0.2 makes 0.3, as decimals do and floats do not."""
    assert progress_after(STARTED, trade_completed(1, "0.1"), trade_completed(2, "0.2")).wear == Decimal("0.3")


def test_a_trade_that_was_called_off_did_not_fail() -> None:
    """Only abandoned trades that failed are counted as failed."""
    row = progress_after(STARTED, trade_abandoned(1), trade_abandoned(2, failed=False))
    assert (row.completed_trades, row.failed_trades) == (0, 1)


def test_a_new_start_counts_anew() -> None:
    """A strategy that is started again forgets the counts and the wear of the run before."""
    row = progress_after(STARTED, batch_planned(1, "0", 20), trade_completed(1), trade_abandoned(2), STARTED)
    assert (row.planned_trades, row.completed_trades, row.failed_trades, row.wear) == (0, 0, 0, Decimal(0))


def test_a_sweep_leaves_the_day_s_standing() -> None:
    """Volume and trades are those of the run before it: a sweep trades nothing towards the target."""
    sweep = StrategyStarted(run_id="run-2", terms=replace(example_terms(), sweep=True))
    over = StrategyEnded(user_id=1, strategy_id=STRATEGY, status="swept", current_volume=None, reason="sold")
    day = (STARTED, batch_planned(1, "0", 20), trade_completed(1), volume_checked("10"))
    before, row = progress_after(*day), progress_after(*day, run_started("run-2"), sweep, over)
    assert row == replace(before, status="swept", reason="sold")
    assert progress_after(sweep).completed_trades == 0


def test_resuming_goes_on_counting() -> None:
    """A strategy that is taken up again keeps its counts and its wear, and runs again."""
    row = progress_after(STARTED, batch_planned(1, "0", 20), trade_completed(1), run_started("run-2"), RESUMED)
    assert (row.planned_trades, row.completed_trades, row.status) == (20, 1, "running")
    assert row.wear == Decimal("0.0843")


def test_resuming_takes_the_new_terms() -> None:
    """A target that the operator raised between two runs is the one shown."""
    raised = replace(RESUMED, terms=replace(example_terms(), target_volume=Decimal(300)))
    assert progress_after(STARTED, raised).target_volume == Decimal(300)


def test_a_strategy_does_not_run_on_after_its_program() -> None:
    """A strategy without an end is interrupted when its run ends, and when a run begins after a crash."""
    assert progress_after(STARTED, RunEnded(run_id=RUN, exit_code=3, reason="stopped")).status == "interrupted"
    assert progress_after(STARTED, run_started("run-2", sealed=False)).status == "interrupted"


def test_an_end_without_a_volume_keeps_the_last_one() -> None:
    """A strategy that failed shows the volume that the venue told last."""
    failed = StrategyEnded(user_id=1, strategy_id=STRATEGY, status="failed", current_volume=None, reason="no stream")
    row = progress_after(STARTED, volume_checked("30"), failed)
    assert (row.current_volume, row.status) == (Decimal(30), "failed")


def test_a_reached_target_shows_the_volume_that_reached_it() -> None:
    """The volume of TargetReached counts even where no query was noted apart."""
    volumes = {"current_volume": Decimal(210), "target_volume": Decimal(200)}
    row = progress_after(STARTED, TargetReached(user_id=1, strategy_id=STRATEGY, skipped=False, **volumes))
    assert row.current_volume == Decimal(210)


def test_accounts_can_be_asked_for_one_by_one() -> None:
    """A question about one account is answered with its rows only."""
    with folded(STARTED, StrategyStarted(run_id=RUN, terms=example_terms(2))) as db:
        assert [row.user_id for row in query.progress(db, 2)] == [2]
        assert query.progress(db, 9) == ()


def test_only_the_newest_run_is_live() -> None:
    """Strategies of earlier runs stay in the progress, and leave the display."""
    with folded(run_started(), STARTED, run_started("run-2")) as db:
        assert (len(query.progress(db)), len(query.live(db))) == (1, 0)
