"""The paper venue as the supervisor's child: started, reached, stopped, or told why not."""

import os
import signal
from decimal import Decimal
from pathlib import Path
from queue import SimpleQueue

import pytest
from msgspec.structs import replace

from bin.exit_codes import ExitCode
from bin.paper_process import PaperProcess, VenueNotStarted
from bin.venue_ports import VenuePorts
from config.schema import PaperVenueSettings, StartingVolume
from exchange.alpha.transport import Timeouts
from exchange.errors import Unavailable
from exchange.quiet import Quiet
from tests.support.cli import venue_pid

VOLUME = StartingVolume(user_id=3, token="AOP", volume=Decimal("12.5"))
SETTINGS = PaperVenueSettings(starting_volumes=(VOLUME,), starting_balance_usdt=Decimal(777))


def test_the_settings_reach_the_venue_and_the_clients_too(tmp_path: Path) -> None:
    """What was configured is what an account finds there; after the stop nobody answers."""
    process = PaperProcess(SETTINGS, tmp_path)
    client = VenuePorts(process.start(), Timeouts(answer=5)).client(3, Quiet(lambda: 0))
    try:
        assert [(one.ticker, one.volume) for one in client.user_volume().tokens] == [("AOP", Decimal("12.5"))]
        assert [one.free for one in client.balances() if one.asset == "USDT"] == [777]
    finally:
        process.stop()
    with pytest.raises(Unavailable):
        client.user_volume()
    client.close()


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_whoever_watches_a_venue_hears_of_its_death_only(tmp_path: Path, how: str) -> None:
    """One that was killed is told with what ended it; one that was stopped is not told."""
    process = PaperProcess(SETTINGS, tmp_path)
    process.start()
    ended: SimpleQueue[int] = SimpleQueue()
    watcher = process.watch(ended.put)
    pid = venue_pid(tmp_path)
    assert pid is not None
    if how == "killed":
        os.kill(pid, signal.SIGKILL)
        assert ended.get(timeout=10) == -signal.SIGKILL
    process.stop()
    watcher.join(10)
    assert ended.empty()


def test_a_venue_that_refuses_its_settings_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its exit code becomes ours, and its own words are on stderr."""
    broken = tmp_path / "tokens.json"
    broken.write_text("no dump")
    process = PaperProcess(replace(SETTINGS, tokens_file=str(broken)), tmp_path)
    with pytest.raises(VenueNotStarted) as refused:
        process.start()
    assert refused.value.exit_code == ExitCode.CONFIGURATION
    assert "tokens.json" in capfd.readouterr().err
