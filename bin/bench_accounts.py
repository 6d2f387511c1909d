"""Settings files for benchmarks: so many accounts, all with the same strategy, whose target they never reach."""

from pathlib import Path

_SETTINGS = """\
global_settings:
  max_concurrent_users: {accounts}
strategies:
  - strategy_id: bench
    strategy_name: bench
    target_token: AOP
    target_chain: BSC
    target_volume: 1000000
    single_trade_amount_usdt: 40
    trade_interval_seconds: {interval}
    user_ids: [{users}]
venue:
  kind: paper
  starting_balance_usdt: 1000000
"""
SHORTEST_INTERVAL = "0.0001"
"""Seconds. Less than the millisecond that the strategy counts in: the next trade begins when the last one ends."""


def write_settings(directory: Path, accounts: int, interval: str) -> Path:
    """Write the settings of accounts 1 to `accounts` that wait `interval` seconds between trades."""
    file = directory / "bench.yaml"
    users = ", ".join(str(number) for number in range(1, accounts + 1))
    file.write_text(_SETTINGS.format(accounts=accounts, interval=interval, users=users))
    return file
