"""Commands that are recommended can be copied as they stand."""

import io
from decimal import Decimal
from pathlib import Path

import pytest

from bin.display import Ending, HeldCoins, make_display
from bin.exit_codes import ExitCode
from bin.hints import USUAL, Where, hinted
from bin.paths import DEFAULT_CONFIG, DEFAULT_DATA_DIR
from events.journal import InMemoryJournal

ELSEWHERE = Where(Path("my data"), Path("live.yaml"))


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("then: bin/run resume --user 1", "then: bin/run resume --user 1 --data-dir 'my data'"),
        ("bin/run sweep --user 12, or", "bin/run sweep --user 12 --config live.yaml --data-dir 'my data', or"),
        ("bin/run query streams tells why", "bin/run query streams --data-dir 'my data' tells why"),
        ("bin/run resume --user 12 --data-dir x", "bin/run resume --user 12 --data-dir x"),
        ("bin/run supervisor goes on", "bin/run supervisor goes on"),
    ],
)
def test_commands_name_what_is_not_usual(text: str, completed: str) -> None:
    """Each what it takes, and none twice."""
    assert hinted(text, ELSEWHERE) == completed
    assert hinted(completed, ELSEWHERE) == completed


def test_what_is_usual_is_not_named() -> None:
    """The shortest command that does it."""
    for where in (USUAL, Where(DEFAULT_DATA_DIR, DEFAULT_CONFIG)):
        assert hinted("bin/run sweep --user 1", where) == "bin/run sweep --user 1"


def test_the_end_of_a_run_names_its_data_directory() -> None:
    """Where it says how to sell what is left."""
    out = io.StringIO()
    display = make_display("plain", InMemoryJournal(), Path("unused"), out, ELSEWHERE)
    display.start()
    display.stop(Ending((), ExitCode.ACCOUNT_FAILED, (HeldCoins(1, "AOP", Decimal(3)),)))
    assert "bin/run sweep --user 1 --config live.yaml --data-dir 'my data' sells them" in out.getvalue()
    assert "bin/run acknowledge --user 1 --data-dir 'my data' takes them" in out.getvalue()
