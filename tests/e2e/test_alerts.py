"""Alerts of a run, and that nobody waits for them."""

from pathlib import Path

import pytest

from tests.support.alert_server import SECRET, alert_server
from tests.support.cli import run

SETTINGS = """
global_settings: {default_trade_interval_seconds: 0.02, default_volume_check_delay_seconds: 0.1}
strategies:
  - {strategy_id: aop, target_token: AOP, target_volume: 20, user_ids: [1], single_trade_amount_usdt: 40}
"""


def test_a_service_that_never_answers_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run reaches its target and ends while the service still has the request; the URL stands in no file."""
    (tmp_path / "c.yaml").write_text(SETTINGS)
    data = tmp_path / "data"
    with alert_server() as server:
        server.answer = "hangs"
        monkeypatch.setenv("OTOMAT_ALERT_URLS", server.url)
        done = run("supervisor", "--config", tmp_path / "c.yaml", "--plain", "--data-dir", data)
        call = server.next()
    assert (done.code, call["title"]) == (0, "Otomat: User 1: target reached")
    assert SECRET not in done.out + done.err
    assert not [file for file in data.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
