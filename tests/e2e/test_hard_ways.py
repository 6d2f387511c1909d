"""Runs that do not go smoothly: at the end the log equals the venue's books all the same."""

from pathlib import Path

import pytest

from tests.campaigns import disk
from tests.campaigns.crash import campaign
from tests.support.audit import offences
from tests.support.cli import events, progress, run

HARD_WAYS = {
    "thin books": ("default_volume_check_delay_seconds: 0.1", "book_levels: 2, level_notional_usdt: 5"),
    "orders that never fill": (
        """default_volume_check_delay_seconds: 0.1, order_timeout_seconds: 0.6, retry_delay_seconds: 0.1,
        max_retry_attempts: 20, unwind_timeout_seconds: 0.6""",
        "never_fill_probability: 0.3",
    ),
    "volume that lags": ("default_volume_check_delay_seconds: 0.3", "volume_lag_seconds: 2"),
}


@pytest.fixture(scope="module", params=HARD_WAYS)
def hard_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three accounts and two tokens, the hard way; run once for this module."""
    settings, venue = HARD_WAYS[request.param]
    directory = tmp_path_factory.mktemp("hard")
    (directory / "c.yaml").write_text(CONFIG.format(settings=settings, venue=venue))
    result = run("supervisor", "--config", directory / "c.yaml", "--data-dir", directory / "data")
    assert result.code == 0, result.out + result.err
    return directory / "data"


def test_the_books_agree_after_a_hard_run(hard_run: Path) -> None:
    """Positions and versions have no gaps, each intent is settled once, and every figure is the venue's."""
    assert offences(hard_run) == []


def test_no_target_is_overshot_by_more_than_a_trade(hard_run: Path) -> None:
    """Neither missing nor late credit makes us trade what is not needed."""
    for row in progress(hard_run).values():
        assert float(row["current_volume"]) - float(row["target_volume"]) <= 30


def test_no_coin_is_held_in_silence(hard_run: Path) -> None:
    """What a trade leaves is sold or recorded as dust; nothing worth selling is left."""
    held = [e for e in events(hard_run) if e["topic"].startswith("inventory.held")]
    assert held == []


@pytest.mark.timeout(240)
@pytest.mark.timeout(180)
def test_the_books_agree_after_ten_kills() -> None:
    """Of supervisor, venue or both, at any instant, in a commit or in recovery: nothing is lost, nothing is doubled."""
    assert campaign(kills=10, seed=7, kills_per_round=5) == 0


@pytest.mark.parametrize(("how", "nth"), [("error", 1), ("error after", 23)])
def test_a_failed_write_stops_the_run_and_the_next_start_recovers(tmp_path: Path, how: str, nth: int) -> None:
    """No order is sent that the log does not hold; exit code 74; the same command then goes on."""
    assert disk.one_round(tmp_path, how, nth) == (True, [])


def test_a_full_disk_stops_the_run_and_the_next_start_recovers(tmp_path: Path) -> None:
    """For real: no file may grow beyond 200 kB."""
    assert disk.one_round(tmp_path, "size", 200_000) == (True, [])


CONFIG = """
global_settings: {{default_trade_interval_seconds: 0.02, {settings}}}
strategies:
  - {{strategy_id: aop, target_token: AOP, target_volume: 30, user_ids: [1, 2], single_trade_amount_usdt: 40}}
  - {{strategy_id: koge, target_token: KOGE, target_volume: 60, user_ids: [1, 3], single_trade_amount_usdt: 30}}
venue: {{kind: paper, {venue}}}
"""
