"""`bin/test --simulate`: what it says, and how it ends."""

import pytest

from tests.simulation import __main__ as command
from tests.simulation.run import Result

BROKEN = Result(
    seed=98,
    virtual_ms=3_600_000,
    real_s=1.0,
    events=5,
    trades=2,
    lives=1,
    digest="",
    drawn={"cut": 2},
    statuses={"reached": 1},
    offence="account 1 has 2 live placements",
    steps=("1 log records something",),
)


def test_a_seed_that_keeps_every_promise_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    """The summary says how much was simulated, what went wrong on purpose, and what it came to."""
    assert command.main(["--simulate", "2", "--seed", "3", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert "2 seeds" in out
    assert "went wrong on purpose" in out
    assert "every promise was kept" in out


def test_every_step_of_a_seed_can_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """-v tells each message and each event."""
    assert command.main(["--simulate", "1", "--seed", "3", "-v"]) == 0
    assert "user-1         takes StartStrategies" in capsys.readouterr().out


def test_a_broken_promise_ends_with_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And the seeds that broke one are named at the end."""
    monkeypatch.setattr(command, "simulate", lambda *_, **__: BROKEN)
    assert command.main(["--simulate", "1", "--seed", "98", "-v"]) == 1
    assert "FAILED: 1 seeds: [98]" in capsys.readouterr().out


def test_a_failure_says_how_to_see_it_again() -> None:
    """The promise, the last steps, and one command."""
    said = command.failure(BROKEN)
    assert "account 1 has 2 live placements" in said
    assert "log records something" in said
    assert "bin/test --simulate 1 --seed 98 -v" in said


@pytest.mark.parametrize("args", [["--simulate", "0"], ["--simulate", "x"], ["--simulate", "1", "--hours", "25"]])
def test_wrong_numbers_are_refused(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With exit code 2 and the number that was wrong."""
    with pytest.raises(SystemExit) as ended:
        command.main(args)
    assert ended.value.code == 2
    assert args[-1] in capsys.readouterr().err


def test_hours_of_steady_trading(capsys: pytest.CaptureFixture[str]) -> None:
    """An hour of two accounts that trade every 20 s, with nothing going wrong."""
    assert command.main(["--simulate", "1", "--hours", "1", "--jobs", "1"]) == 0
    assert "went wrong on purpose: nothing" in capsys.readouterr().out
