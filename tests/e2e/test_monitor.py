"""`bin/run monitor` beside a supervisor that trades."""

import json
from pathlib import Path

from tests.support.cli import events, run, start, wait_for_line

SETTINGS = """
global_settings: {default_trade_interval_seconds: 0.15, default_volume_check_delay_seconds: 0.1}
strategies:
  - {strategy_id: aop, target_token: AOP, target_volume: 60, user_ids: [1], single_trade_amount_usdt: 40}
"""


def test_beside_a_supervisor_its_log_is_followed(tmp_path: Path) -> None:
    """Every report that it receives from then on is told; it asks for no key beside its own, and is not disturbed."""
    (tmp_path / "c.yaml").write_text(SETTINGS)
    supervisor = start("supervisor", "--config", tmp_path / "c.yaml", "--plain", "--data-dir", tmp_path)
    wait_for_line(supervisor, "trade done")
    watched = run("monitor", "--user", "1", "--duration", "0", "--json", "--data-dir", tmp_path)
    supervisor.communicate()
    told = [json.loads(line) for line in watched.out.splitlines()]
    updates = [one["order_status"] for one in told if one["type"] == "order_update"]
    log = [one for one in events(tmp_path) if one["topic"] in ("order.reported.v1", "stream.lost.v1")]
    assert updates == [one["data"]["order_status"] for one in log[-len(updates) :]]
    assert (supervisor.returncode, watched.code, told[1]["mode"], len(updates) >= 10) == (0, 0, "log", True)
    assert told[-1]["reason"] == "the supervisor has ended"
