"""How long work is told."""

import io

import pytest

from bin.progress_bar import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call is worth a word."""
    for name in ("QUIET_S", "REDRAW_S", "LINE_EVERY_S"):
        monkeypatch.setattr(f"bin.progress_bar.{name}", 0)


@pytest.mark.usefixtures("impatient")
def test_a_terminal_gets_a_bar_that_is_taken_away() -> None:
    """It is drawn over itself with its share, and leaves the line empty."""
    bar = ProgressBar("folding", Terminal())
    bar(0, 1_000)
    bar(500, 1_000)
    told = bar._out.getvalue()  # type: ignore[attr-defined]
    assert "50%  folding: 500 of 1,000 events, " in told
    assert told.count("\n") == 0
    bar.close()
    assert bar._out.getvalue().endswith("\r\033[K")  # type: ignore[attr-defined]


@pytest.mark.usefixtures("impatient")
def test_a_pipe_gets_plain_lines() -> None:
    """Each is a whole line with rate and time left, without control characters."""
    out = io.StringIO()
    bar = ProgressBar("folding", out)
    bar(0, 10)
    bar(9, 10)
    bar.close()
    last = out.getvalue().splitlines()[-1]
    assert last.startswith("folding: 9 of 10 events, ")
    assert last.endswith(" left")
    assert "\r" not in out.getvalue()


def test_quick_work_is_not_worth_a_word() -> None:
    """Nothing is written before a second has passed."""
    out = io.StringIO()
    bar = ProgressBar("folding", out)
    bar(5, 10)
    bar.close()
    assert out.getvalue() == ""
