"""`bin/run monitor` beside a supervisor that trades."""

import json
import signal
from pathlib import Path

from tests.support.cli import events, start, wait_for_line

LONG = ("--token", "AOP", "--chain", "BSC", "--volume", "5000", "--amount", "40", "--interval", "0.05")


def test_beside_a_supervisor_its_log_is_followed(tmp_path: Path) -> None:
    """Every report that it receives from then on is told, to its end; the supervisor's stream is not disturbed."""
    supervisor = start("supervisor", *LONG, "--user", "1", "--plain", "--data-dir", tmp_path)
    wait_for_line(supervisor, "trade done")
    monitor = start("monitor", "--user", "1", "--duration", "0", "--json", "--data-dir", tmp_path)
    first = json.loads(wait_for_line(monitor, '"order_update"'))
    supervisor.send_signal(signal.SIGINT)
    assert monitor.stdout is not None
    rest = [json.loads(line) for line in monitor.stdout]  # communicate() would miss what was read with the first line
    for process in (monitor, supervisor):
        process.communicate()
    assert (supervisor.returncode, monitor.returncode, rest[-1]["reason"]) == (3, 0, "the supervisor has ended")
    told = [one["order_status"] for one in (first, *rest) if one["type"] == "order_update"]
    log = [one for one in events(tmp_path) if one["topic"] in ("order.reported.v1", "stream.lost.v1")]
    assert told == [one["data"]["order_status"] for one in log[-len(told) :]]
