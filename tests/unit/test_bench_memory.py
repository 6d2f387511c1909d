"""The arithmetic of `bin/bench memory`, and the settings that its runs trade with."""

from pathlib import Path

import pytest

from bin.bench_accounts import SHORTEST_INTERVAL, write_settings
from bin.bench_memory import Measured, PerAccount, per_account, resident_mb
from bin.bench_supervisor import NotMeasured
from bin.paper_market import paper_market
from bin.run_plan import run_plan
from config.loader import load
from tests.support.settings import paper_of


def measured(accounts: int, trading_mb: float, idle_mb: float, threads: int) -> Measured:
    return Measured(accounts=accounts, trading_mb=trading_mb, idle_mb=idle_mb, idle_cpu_percent=0.1, threads=threads)


def test_the_kernels_kilobytes_have_1024_bytes() -> None:
    """50 MB are 48,828 of them: the stricter reading of a limit in MB."""
    assert resident_mb("Name:\tpython\nVmHWM:\t99999 kB\nVmRSS:\t  48828 kB\n") == 48828 * 1024 / 1_000_000


def test_a_process_that_ended_is_not_measured() -> None:
    """The kernel gives no memory for one that waits to be reaped; that is no 0 MB."""
    with pytest.raises(NotMeasured, match="it has ended"):
        resident_mb("Name:\tpython\nState:\tZ (zombie)\n")


def test_what_an_account_adds_is_shared_among_those_added() -> None:
    """From 1 to 11 accounts there are ten more."""
    assert per_account(measured(1, 45, 44, 14), measured(11, 50, 46, 64)) == PerAccount(
        trading_mb=0.5, idle_mb=0.2, threads=5.0
    )


def test_the_accounts_of_a_benchmark_trade_without_a_pause(tmp_path: Path) -> None:
    """Every account is planned for, all may trade at once, and the shortest interval rounds to none."""
    settings = load(write_settings(tmp_path, 12, SHORTEST_INTERVAL))
    plan = run_plan(settings, *paper_market(paper_of(settings)))
    assert [one.user_id for one in plan.terms] == list(range(1, 13))
    assert {one.interval_ms for one in plan.terms} == {0}
    assert plan.limits.overall == 12
