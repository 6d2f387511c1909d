"""`bin/run sweep` as its user runs it, on the paper venue."""

from pathlib import Path

from bin.exit_codes import ExitCode
from events.journal import SqliteJournal
from tests.support.audit import offences
from tests.support.cli import events, run
from tests.support.example_log import write_example

SETTINGS = """
global_settings: {default_trade_interval_seconds: 0.05, default_volume_check_delay_seconds: 0.2, unwind_attempts: 1}
strategies:
  - {strategy_id: aop, target_token: AOP, target_volume: 20, user_ids: [1], single_trade_amount_usdt: 40}
venue: {latency: fast}
"""
NOTHING_SELLS = """
seed: 1
rules:
  - {do: {fault: activation, becomes: REJECTED}, when: {nth: 1}}
  - {do: {fault: reply, name: insufficient_balance}, when: {endpoint: order/place}}
"""


def test_held_coins_are_sold_and_trading_goes_on(tmp_path: Path) -> None:
    """A run that could sell nothing says what to do; the sweep does it; the same run then reaches its target."""
    config, faults, data = tmp_path / "settings.yaml", tmp_path / "faults.yaml", tmp_path / "data"
    config.write_text(SETTINGS)
    faults.write_text(NOTHING_SELLS)
    command = ("supervisor", "--config", config, "--data-dir", data, "--plain")
    held = run(*command, "--faults", faults)
    assert held.code == ExitCode.ACCOUNT_FAILED
    assert "bin/run sweep --user 1" in held.out
    swept = run("sweep", "--user", "1", "--config", config, "--data-dir", data)
    assert (swept.code, "what could be sold is sold" in swept.out) == (0, True)
    again = run(*command)
    assert (again.code, "target reached" in again.out) == (0, True)
    assert offences(data) == []


def test_a_sweep_of_an_unknown_account_is_a_usage_error(tmp_path: Path) -> None:
    """An account that the settings do not name changes nothing in the log."""
    config = tmp_path / "settings.yaml"
    config.write_text(SETTINGS)
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        write_example(journal)
    before = events(tmp_path)
    answer = run("sweep", "--user", "99", "--config", config, "--data-dir", tmp_path)
    assert (answer.code, events(tmp_path)) == (ExitCode.USAGE, before)
    assert "the settings have no strategies of user 99" in answer.err
