"""The displays of a run: plain lines, JSON lines, and the summary."""

import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from bin.display import Ending, HeldCoins, LineDisplay, Mode, final_summary, make_display, summary_for_machines
from bin.exit_codes import ExitCode
from events.journal import InMemoryJournal
from projections.query import ProgressRow
from tests.support.example_log import write_example
from tests.support.source import ROOT

REACHED = ProgressRow(
    user_id=1,
    strategy_id="aop",
    token="AOP",
    target_volume=Decimal(200),
    current_volume=Decimal("200.00"),
    planned_trades=21,
    completed_trades=20,
    failed_trades=1,
    wear=Decimal("0.1"),
    status="reached",
)
SKIPPED = replace(REACHED, user_id=2, current_volume=Decimal("205.5"), status="skipped", wear=Decimal(0))


def shown(mode: Mode) -> list[str]:
    """What a display of this mode writes of the example run."""
    journal, out = InMemoryJournal(), io.StringIO()
    display = make_display(mode, journal, Path("unused"), out)
    display.start()
    write_example(journal)
    display.stop(Ending((REACHED, SKIPPED), ExitCode.OK))
    return out.getvalue().splitlines()


def test_plain_lines_tell_the_run_and_its_end() -> None:
    """One line per business event in order, with time and account, and the final volumes at the end."""
    lines = shown("plain")
    assert lines[0] == "00:00:00 run started, run_id=run-1, venue=paper, pid=4242"
    assert lines[3].startswith("00:00:00 user 2 aop_volume_boost: Target already reached, skipped, token=AOP")
    assert any(
        ", loop=20/20, trade_volume=10, wear=0.0843, volume=190/200 USDT, progress=95.00%" in line for line in lines
    )
    assert lines[-1] == "exit code 0: all targets reached"


def test_plain_lines_leave_out_the_details_of_orders() -> None:
    """A trade is one line: single placements and legs are for the log."""
    assert not [line for line in shown("plain") if "OTO order placed" in line or "closed, order_id" in line]


def test_auto_is_plain_where_the_output_is_no_terminal() -> None:
    """A pipe or a file gets plain lines without being asked."""
    assert shown("auto") == shown("plain")


def test_json_lines_are_one_object_each() -> None:
    """Machines read one object a line: lines with their fields, then one summary."""
    *lines, summary = [json.loads(line) for line in shown("json")]
    assert {line["type"] for line in lines} == {"line"}
    assert lines[3]["text"] == "Target already reached, skipped"
    assert lines[3]["fields"] == {"token": "AOP", "current_volume": "205.5", "target_volume": "200"}
    assert (summary["type"], summary["exit_code"], len(summary["rows"])) == ("summary", 0, 2)
    assert summary["rows"][0]["wear"] == "0.1"


def test_events_before_the_display_are_not_shown_again() -> None:
    """A second run on the same log shows its own events only."""
    journal, out = InMemoryJournal(), io.StringIO()
    write_example(journal)
    display = make_display("plain", journal, Path("unused"), out)
    display.start()
    display.stop(Ending((), ExitCode.STOPPED))
    assert out.getvalue().startswith("Final volumes:\n")


def test_an_output_that_went_away_is_reported_at_the_stop() -> None:
    """A closed pipe ends the display, not the run, and is raised when the run stops it."""

    class Gone(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise BrokenPipeError

    journal = InMemoryJournal()
    display = make_display("plain", journal, Path("unused"), Gone())
    display.start()
    write_example(journal)
    with pytest.raises(BrokenPipeError):
        display.stop(Ending((), ExitCode.OK))


def test_the_summary_says_volumes_skips_wear_and_meaning() -> None:
    """Every account's final volume, who was skipped, what it cost in all, what the exit code means."""
    failed = replace(REACHED, user_id=3, current_volume=None, status="failed", wear=Decimal("0.2"))
    assert final_summary(Ending((REACHED, SKIPPED, failed), ExitCode.ACCOUNT_FAILED)).splitlines() == [
        "Final volumes:",
        "  user 1 aop (AOP): 200/200 USDT (100.00%), target reached, 20 trades completed, 1 failed, wear 0.1 USDT",
        "  user 2 aop (AOP): 205.5/200 USDT (102.75%), Target already reached, skipped",
        "  user 3 aop (AOP): volume not known, target 200 USDT, failed, 20 trades completed, 1 failed, wear 0.2 USDT",
        "Wear in all: 0.3 USDT",
        "exit code 4: some account failed or is parked",
    ]


def test_the_summary_says_which_coins_are_held() -> None:
    """With what to do about them, for people and for machines."""
    deal = "bin/run sweep --user 1 sells them, bin/run acknowledge --user 1 takes them off the books"
    held = (HeldCoins(1, "AOP", Decimal("1659.4400")),)
    ending = Ending((replace(REACHED, status="stopped", completed_trades=1),), ExitCode.STOPPED, held)
    assert final_summary(ending).splitlines()[1:] == [
        "  user 1 aop (AOP): 200/200 USDT (100.00%), stopped, 1 trade completed, 1 failed, wear 0.1 USDT",
        "Wear in all: 0.1 USDT",
        f"Held unsold: user 1 has 1659.44 AOP: {deal}",
        "exit code 3: stopped before every target was reached",
    ]
    assert json.loads(summary_for_machines(ending))["held"] == [{"user_id": 1, "token": "AOP", "quantity": "1659.44"}]


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("worn", "some account met a limit before its target"),
        ("day_over", "some account met a limit before its target"),
        ("stopped", "the venue ended before every target was reached"),
        ("parked", "some account failed or is parked"),
    ],
)
def test_the_last_line_says_which_end_it_was(status: str, meaning: str) -> None:
    """Exit code 4 has several reasons."""
    last = final_summary(Ending((replace(REACHED, status=status),), ExitCode.ACCOUNT_FAILED)).splitlines()[-1]
    assert last == f"exit code 4: {meaning}"


def test_no_rich_without_a_terminal() -> None:
    """Plain and JSON displays and the logs do not load rich, which would cost some 20 MB."""
    program = (
        "import sys, io, pathlib; from bin.display import make_display; import bin.logs;"
        " from events.journal import InMemoryJournal;"
        " make_display('auto', InMemoryJournal(), pathlib.Path('x'), io.StringIO());"
        " sys.exit(any(name.split('.')[0] == 'rich' for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=30)


def test_a_line_display_is_made_of_the_parts_it_is_given() -> None:
    """The form of a line and of the summary can be chosen independently of how lines are followed."""
    journal, out = InMemoryJournal(), io.StringIO()
    display = LineDisplay(
        journal, out, lambda line: line.text, lambda ending: f"{len(ending.rows)} {ending.exit_code.name}"
    )
    display.start()
    write_example(journal)
    display.stop(Ending((REACHED,), ExitCode.OK))
    assert out.getvalue().splitlines()[-2:] == ["run ended", "1 OK"]
