"""The picture of the live display, drawn on a console of a known size."""

import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from threading import Event as Flag

import pytest
from rich.console import Console

from bin.display import Ending, make_display
from bin.exit_codes import ExitCode
from bin.live_display import STOPPING, LiveDisplay, frame
from events.base import Event
from events.journal import InMemoryJournal
from events.strategies import StrategyEnded, StrategyStarted
from events.system import StreamClosed, StreamConnected, StreamFailed, StreamLost
from projections import query
from projections.runner import Runner
from tests.support.example_log import (
    RUN,
    STRATEGY,
    LogWriter,
    batch_planned,
    example_events,
    example_terms,
    run_started,
    trade_abandoned,
    volume_checked,
    write_example,
)
from tests.support.views import folded

EXAMPLE = tuple(event for _, event in example_events())


def picture(events: Sequence[Event], width: int = 140, height: int = 30) -> list[str]:
    """The lines of the frame after these events."""
    console = Console(file=io.StringIO(), width=width, height=height, record=True)
    with folded(*events, step_ms=300) as db:
        rows = query.live(db)
        now_ms = max((row.updated_at for row in rows), default=0)
        console.print(frame(rows, query.streams(db), query.newest_problems(db, 5), console, now_ms))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_a_row_tells_all_about_a_strategy() -> None:
    """Batch, volume, percentage, state, price, wear and time left stand in one line of a wide terminal."""
    row = picture(EXAMPLE[:60])[1]
    assert row.startswith("1     aop_volume_boost  6/20 ")
    for part in ("40/200 USDT 20.00%", "waiting for the sell", "0.03999", "0.3372", " s"):
        assert part in row


def test_a_skipped_account_stands_below_those_that_run() -> None:
    """Strategies that still run come first, and a skip is said in words."""
    assert "skipped: already at target" in picture(EXAMPLE[:60])[2]


def test_a_narrow_terminal_gets_two_lines_each() -> None:
    """80 columns show the same figures, with the state below the volume."""
    lines = picture(EXAMPLE[:60], width=80)
    assert "40/200 USDT 20.00%" in lines[1]
    assert " s left" in lines[1]
    assert "waiting for the sell, wear 0.3372" in lines[2]
    assert max(map(len, lines)) <= 80


def test_streams_and_problems_stand_below() -> None:
    """Streams that are up are counted, others told with their reason; then what went wrong, newest last."""
    given_up = StreamFailed(user_id=2, reason="no answer", attempts=10)
    *_, streams, first, last = picture(
        (run_started(), StreamConnected(user_id=1, attempt=1), given_up, trade_abandoned(1))
    )
    assert streams == "streams  1 of 2 up  user 2 failed since 00:00:00: no answer"
    assert first == "00:00:00 user 2 user stream given up after 10 attempts: no answer"
    assert last.startswith("00:00:00 user 1 aop_volume_boost: trade 1 of batch 1 failed")


def test_streams_of_accounts_that_are_done_are_counted() -> None:
    """A stream that we closed is no news; one that came back says how often."""
    up, lost = StreamConnected(user_id=1, attempt=1), StreamLost(user_id=1, reason="x", attempt=1, retry_in=Decimal(3))
    done = (StreamConnected(user_id=2, attempt=1), StreamClosed(user_id=2, reason="reached"))
    streams = picture((run_started(), up, lost, up, *done))[1]
    assert streams == "streams  1 of 2 up, 1 closed  user 1 up since 00:00:00, 1 reconnect"


def test_more_accounts_than_lines_are_counted() -> None:
    """A crowd is cut to the height of the terminal, running ones first, and the rest is counted."""
    crowd = [StrategyStarted(run_id=RUN, terms=example_terms(user)) for user in range(1, 41)]
    ended = [
        StrategyEnded(user_id=n, strategy_id=STRATEGY, status="stopped", current_volume=None) for n in range(1, 31)
    ]
    lines = picture((run_started(), *crowd, *ended), height=15)
    assert [line.split()[0] for line in lines[1:11]] == [str(user) for user in range(31, 41)]
    assert lines[-1] == "... and 29 more"
    assert len(lines) < 15


def test_an_idle_strategy_has_no_figures_yet() -> None:
    """Before the first batch and the first price there is nothing to show but the state."""
    row = picture((run_started(), StrategyStarted(run_id=RUN, terms=example_terms())))[1]
    assert " - " in row[:30]
    assert row.split()[-7:] == ["0/200", "USDT", "0.00%", "starting", "-", "0", "-"]


def test_volumes_beyond_the_target_fill_the_bar() -> None:
    """A volume above the target is told as it is, and the bar is full."""
    planned = (StrategyStarted(run_id=RUN, terms=example_terms()), batch_planned(1, "0", 20), volume_checked("205.5"))
    row = picture((run_started(), *planned))[1]
    assert "━" * 12 + "  205.5/200 USDT 102.75%" in row


class Terminal(io.StringIO):
    """A text file that says it is a terminal; `drawn` is set when `awaited` is written."""

    def __init__(self, awaited: str = "nothing") -> None:
        super().__init__()
        self.awaited, self.drawn = awaited, Flag()

    def write(self, text: str, /) -> int:
        if self.awaited in text:
            self.drawn.set()
        return super().write(text)

    def isatty(self) -> bool:
        return True


def test_the_live_display_draws_the_views_and_then_the_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the last state of the views is drawn before the summary, however short the run was."""
    monkeypatch.setenv("TERM", "xterm")
    journal, out = InMemoryJournal(), Terminal()
    runner = Runner(journal, tmp_path / "views.sqlite")
    display = make_display("auto", journal, tmp_path / "views.sqlite", out)
    assert isinstance(display, LiveDisplay)
    display.start()
    write_example(journal)
    runner.catch_up()
    display.stop(Ending(query.progress(runner.db), ExitCode.OK))
    runner.close()
    assert "target reached" in out.getvalue()
    assert "exit code 0: all targets reached" in out.getvalue()


def test_the_live_display_says_that_a_view_has_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures that do not move any more are not shown without a word."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    journal, out = InMemoryJournal(), Terminal()
    write_example(journal)
    runner = Runner(journal, tmp_path / "views.sqlite")
    runner.catch_up()
    runner.db.execute("UPDATE tracking SET stopped_at = 9, stopped_by = 'a.b.v1', error = 'no' WHERE view = 'progress'")
    display = LiveDisplay(tmp_path / "views.sqlite", out)
    display.start()
    display.stop(Ending((), ExitCode.OK))
    runner.close()
    assert "the view progress stopped before event 9 (a.b.v1): no" in out.getvalue()


def test_the_live_display_says_that_a_stop_was_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else may change on the screen for minutes while a trade in hand is finished."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    out = Terminal(STOPPING)
    runner = Runner(InMemoryJournal(), tmp_path / "views.sqlite")
    display = LiveDisplay(tmp_path / "views.sqlite", out)
    display.start()
    display.stopping(now=False)
    drawn = out.drawn.wait(10)
    display.stop(Ending((), ExitCode.STOPPED))
    runner.close()
    assert drawn


def test_the_live_display_begins_with_an_empty_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Views without a single event can be drawn."""
    monkeypatch.setenv("TERM", "xterm")
    journal, out = InMemoryJournal(), Terminal()
    runner = Runner(journal, tmp_path / "views.sqlite")
    display = LiveDisplay(tmp_path / "views.sqlite", out)
    display.start()
    LogWriter(journal).write("system", run_started())
    display.stop(Ending((), ExitCode.STOPPED))
    runner.close()
    assert "stopped before every target was reached" in out.getvalue()
