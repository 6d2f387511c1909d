"""`bin/bench stop` measures a real account with a real log."""

from pathlib import Path

import msgspec
from typer.testing import CliRunner

from bin.bench_stop import QUICK_REPEATS, Results, app


def test_a_stop_is_timed_with_a_full_mailbox(tmp_path: Path) -> None:
    """Each stop is recorded, however many messages wait before it."""
    answer = CliRunner().invoke(app, ["--quick", "--json", "--data-dir", str(tmp_path)])
    found = msgspec.json.decode(answer.output, type=Results)
    assert found.repeats == QUICK_REPEATS
    assert 0 < found.median_ms <= found.slowest_ms
