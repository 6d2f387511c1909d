"""Runs on a venue that misbehaves as a file says."""

from pathlib import Path

import pytest

from tests.support.books import logged_orders, venue_orders
from tests.support.cli import events, ledger, progress, run
from tests.support.source import ROOT

FAST = """\
global_settings: {{trade_interval_seconds: 0.1, volume_check_delay_seconds: 0.2, retry_delay_seconds: 0.2}}
strategies:
  - {{strategy_id: s, target_token: AOP, target_volume: 80, user_ids: [1], single_trade_amount_usdt: 40,
     order_timeout_seconds: 5}}
venue: {{faults_file: {plan}}}
"""
SETTINGS = """\
strategies: [{strategy_id: s, target_token: AOP, target_volume: 20, user_ids: [1]}]
venue: {faults_file: faults.yaml}
"""


@pytest.mark.timeout(120)
def test_a_run_reaches_its_target_under_the_example_plan(tmp_path: Path) -> None:
    """Lost and false answers, cut connections, doubled and broken frames: the log still equals the venue's books."""
    plan = ROOT / "docs" / "examples" / "faults.yaml"
    (tmp_path / "c.yaml").write_text(FAST.format(plan=plan))
    done = run("supervisor", "--config", tmp_path / "c.yaml", "--plain", "--data-dir", tmp_path)
    assert done.code == 0, done.out + done.err
    assert {row["status"] for row in progress(tmp_path).values()} == {"reached"}
    assert logged_orders(events(tmp_path)) == venue_orders(ledger(tmp_path))


@pytest.mark.parametrize(("command", "option"), [(("config", "check"), ()), (("supervisor", "--plain"), ("--config",))])
def test_a_wrong_plan_ends_it_before_anything_is_started(
    tmp_path: Path, command: tuple[str, ...], option: tuple[str, ...]
) -> None:
    """Exit 78 with every mistake and its line; no data directory is made."""
    (tmp_path / "c.yaml").write_text(SETTINGS)
    (tmp_path / "faults.yaml").write_text("rules:\n- do: {fault: slow}\n- do: {fault: mut}\n")
    place = ("--data-dir", tmp_path / "data") if option else ()
    done = run(*command, *option, tmp_path / "c.yaml", *place)
    assert done.code == 78
    assert "faults.yaml:2:7: rules[0].do.seconds: found nothing" in done.err
    assert 'faults.yaml:3:15: rules[1].do.fault: found "mut"' in done.err
    assert not (tmp_path / "data").exists()
