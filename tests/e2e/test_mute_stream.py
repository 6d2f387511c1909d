"""User streams that fall silent, and keys that are renewed while trades are under way."""

from pathlib import Path

import pytest

from tests.support.audit import offences
from tests.support.cli import events, run

SETTINGS = """
global_settings: {default_trade_interval_seconds: 0.05, default_volume_check_delay_seconds: 0.2,
  order_timeout_seconds: 120, silence_seconds: 0.5, listen_key_renewal_minutes: MINUTES}
strategies:
  - {strategy_id: aop, target_token: AOP, target_volume: 40, user_ids: [1], single_trade_amount_usdt: 40}
venue: {latency: fast}
"""
MUTE = """
seed: 1
rules:
  - {do: {fault: mute}, when: {nth: 5, at_most: 1}}
"""


def traded(directory: Path, minutes: str, *options: str | Path) -> Path:
    """The data directory of a run that reached its target with keys that are renewed after so many minutes."""
    settings = directory / "settings.yaml"
    settings.write_text(SETTINGS.replace("MINUTES", minutes))
    command = ("supervisor", "--config", settings, "--data-dir", directory / "data", "--plain")
    done = run(*command, *options, timeout=60)
    assert done.code == 0, done.out + done.err
    return directory / "data"


def topics(data: Path) -> list[str]:
    return [event["topic"].rsplit(".", 1)[0] for event in events(data)]


@pytest.fixture(scope="module")
def mute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From its fifth frame on the stream answers pings and delivers nothing."""
    directory = tmp_path_factory.mktemp("mute")
    (directory / "mute.yaml").write_text(MUTE)
    return traded(directory, "25", "--faults", directory / "mute.yaml")


def test_a_silent_stream_is_replaced_and_no_leg_times_out(mute: Path) -> None:
    """The look over REST brings what no frame brought: that is the proof, and another stream is opened."""
    found = topics(mute)
    missed = found.index("stream.frames_missed")
    assert found[missed:].index("stream.lost") < found[missed:].index("stream.connected")
    assert "order.leg_timed_out" not in found
    assert offences(mute) == []


def test_trading_goes_on_only_after_the_open_orders_were_compared(mute: Path) -> None:
    """Each time the stream comes back."""
    found = topics(mute)
    before = [found[at - 1] for at, topic in enumerate(found) if topic == "account.trading_resumed"]
    assert before == ["account.reconciled"] * 2


def test_a_renewed_key_loses_no_frame_and_counts_none_twice(tmp_path: Path) -> None:
    """Keys overlap while trades are under way, and each renewal is followed by a comparison: the books agree."""
    data = traded(tmp_path, "0.01")
    found = topics(data)
    assert found.count("stream.renewed") >= 1
    assert "stream.lost" not in found
    assert found.count("account.reconciled") > found.count("stream.renewed")
    assert offences(data) == []
