"""`bin/bench kill` measures a real run with orders resting at the venue."""

from pathlib import Path

import msgspec
from typer.testing import CliRunner

from bin.bench_kill import Results, app

ACCOUNTS = 3


def test_a_kill_is_timed_and_what_it_timed_was_done(tmp_path: Path) -> None:
    """Every buy was canceled before the time was taken, or there is no result."""
    options = ["--quick", "--accounts", str(ACCOUNTS), "--json", "--data-dir", str(tmp_path)]
    answer = CliRunner().invoke(app, options)
    found = msgspec.json.decode(answer.output, type=Results)
    assert found.accounts == ACCOUNTS
    assert 0 < found.median_ms <= found.ended_median_ms
