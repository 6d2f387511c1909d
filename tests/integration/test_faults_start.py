"""The paper venue as a process with a fault file."""

import json
import subprocess
from pathlib import Path

import pytest
import requests

from exchange.alpha import paths
from tests.support.paper import RESTING, TIMEOUT, PaperAccount, PaperVenue, venue_command
from tests.support.source import ROOT


def test_a_venue_starts_with_a_plan(tmp_path: Path) -> None:
    """`--faults FILE`: the first placement's answer is lost, the second's is not."""
    file = tmp_path / "faults.yaml"
    file.write_text("rules: [{do: {fault: no_reply}, when: {endpoint: oto-order/place, nth: 1}}]")
    command = venue_command(tmp_path / "data", "--faults", str(file))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        account = PaperAccount(PaperVenue(ready["url"], ready["ws"], process))
        with pytest.raises(requests.ConnectionError):
            account.post(paths.OTO_PLACE, RESTING)
        account.post(paths.OTO_PLACE, RESTING)
        assert len(account.get(paths.OPEN_ORDERS)) == 2
        process.terminate()


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        (
            "rules: [{do: {fault: mut}}, {do: {fault: slow}}]",
            ("rules[0].do.fault", "did you mean mute?", "rules[1].do"),
        ),
        ("rules: [{do: {fault: set_offline, token: AOPP}}]", ("0 tokens are called 'AOPP'",)),
    ],
)
def test_a_venue_does_not_start_with_a_wrong_plan(tmp_path: Path, text: str, errors: tuple[str, ...]) -> None:
    """Exit 78, all mistakes at once, and no traceback."""
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    command = venue_command(tmp_path / "data", "--faults", str(file))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (done.returncode, done.stdout) == (78, "")
    assert [error for error in errors if error not in done.stderr] == []
    assert "Traceback" not in done.stderr
