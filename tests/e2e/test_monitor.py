"""`bin/run monitor` beside a supervisor that trades."""

import json
from pathlib import Path

from tests.support.cli import events, run, start, wait_for_line

RUN = ("--token", "AOP", "--chain", "BSC", "--volume", "80", "--amount", "40", "--interval", "0.2", "--user", "1")


def test_beside_a_supervisor_its_log_is_followed(tmp_path: Path) -> None:
    """Every report that it receives from then on is told; it asks for no key beside its own, and is not disturbed."""
    supervisor = start("supervisor", *RUN, "--plain", "--data-dir", tmp_path)
    wait_for_line(supervisor, "trade done")
    watched = run("monitor", "--user", "1", "--duration", "0", "--json", "--data-dir", tmp_path)
    supervisor.communicate()
    told = [json.loads(line) for line in watched.out.splitlines()]
    updates = [one["order_status"] for one in told if one["type"] == "order_update"]
    log = [one for one in events(tmp_path) if one["topic"] in ("order.reported.v1", "stream.lost.v1")]
    assert updates == [one["data"]["order_status"] for one in log[-len(updates) :]]
    assert (supervisor.returncode, watched.code, told[1]["mode"], len(updates) >= 10) == (0, 0, "log", True)
    assert told[-1]["reason"] == "the supervisor has ended"
