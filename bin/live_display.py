"""The live display on a terminal. The only module that loads rich."""

import time
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bin.display import Ending, final_summary
from bin.hints import USUAL, Where, hinted
from projections import query
from projections.figures import counted, duration, percentage, short, utc, volume_progress
from projections.pace import seconds_left
from projections.query import LiveRow, ProblemRow, StreamRow
from projections.runner import open_to_read

REFRESH_S = 0.25
REDRAWN_S = 1.0
"""Time goes on for an account that does not."""
PROBLEMS = 5
BAR_WIDTH = 12
FRAME_LINES = 4
"""Lines around the strategies' rows: the table's head, how many more there are, the streams, the cursor's."""
WIDE = 110
"""Columns from which one line per strategy is enough."""

STOPPING = "stopping: each account finishes its trade in hand; Ctrl-C again cancels what is open"
STOPPING_NOW = "stopping now: what is open is canceled; Ctrl-C again leaves at once"

STATUS_STYLES = {
    "reached": "green",
    "skipped": "green",
    "swept": "green",
    "failed": "bold red",
    "parked": "bold red",
    "stopped": "yellow",
}
STREAM_STYLES = {"up": "green", "down": "yellow", "failed": "bold red"}


class LiveDisplay:
    """Shows the views on a thread of its own: four times a second where they have changed, otherwise once a second."""

    def __init__(self, views: Path, out: TextIO, where: Where = USUAL) -> None:
        self._db = open_to_read(views)
        self._console = Console(file=out)
        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name="display", daemon=True)
        self._shown = -1
        self._drawn_at = 0.0
        self._banner = ""
        self._where = where

    def start(self) -> None:
        self._live.start()
        self._thread.start()

    def stopping(self, *, now: bool) -> None:
        self._banner = STOPPING_NOW if now else STOPPING
        self._shown = -1

    def stop(self, ending: Ending) -> None:
        self._stopping.set()
        self._thread.join()
        self._banner, self._shown = "", -1
        self._refresh()
        self._live.stop()
        self._db.close()
        self._console.print(Text(hinted(final_summary(ending), self._where)))

    def _run(self) -> None:
        while not self._stopping.wait(REFRESH_S):
            self._refresh()

    def _refresh(self) -> None:
        position, now = query.position(self._db), time.monotonic()
        if position != self._shown or now - self._drawn_at >= REDRAWN_S:
            self._shown, self._drawn_at = position, now
            self._live.update(self._frame(), refresh=True)

    def _frame(self) -> RenderableType:
        problems = query.newest_problems(self._db, PROBLEMS)
        now_ms = time.time_ns() // 1_000_000
        shown = frame(query.live(self._db), query.streams(self._db), problems, self._console, now_ms)
        stopped = (
            Text(words, style="bold red", no_wrap=True, overflow="ellipsis") for words in query.stopped(self._db)
        )
        banner = [Text(self._banner, style="bold yellow", no_wrap=True, overflow="ellipsis")] if self._banner else []
        return Group(*stopped, *banner, shown)


def frame(
    rows: Sequence[LiveRow],
    streams: Sequence[StreamRow],
    problems: Sequence[ProblemRow],
    console: Console,
    now_ms: int,
) -> RenderableType:
    """The whole picture at a time in ms since the epoch, cut to the console's height.

    Strategies that still run come first, the rest is counted.
    """
    wide = console.width >= WIDE
    room = (console.height - FRAME_LINES - len(problems)) // (1 if wide else 2)
    shown = sorted(rows, key=lambda row: row.status != "running")[: max(1, room)]
    parts: list[RenderableType] = [_wide(shown, now_ms) if wide else _narrow(shown, now_ms)]
    if hidden := len(rows) - len(shown):
        parts.append(Text(f"... and {hidden} more", style="dim"))
    return Group(*parts, *_streams(streams), *(_problem(problem) for problem in problems))


def _wide(rows: Sequence[LiveRow], now_ms: int) -> Table:
    table = _table("user", "strategy", "batch", "volume", "")
    # Rich narrows columns that may wrap first; the texts in this one are cut instead.
    table.add_column("state", ratio=1)
    for heading in ("price", "wear", "time left"):
        table.add_column(heading, no_wrap=True, justify="right", min_width=len(heading))
    for row in rows:
        price = "-" if row.last_price is None else short(row.last_price)
        table.add_row(*_who(row), _bar(row), _volume(row), _state(row), price, short(row.wear), _left(row, now_ms))
    return table


def _narrow(rows: Sequence[LiveRow], now_ms: int) -> Table:
    """Two lines each: how far, and below it what is going on."""
    table = _table("user", "strategy", "batch")
    table.add_column("volume", ratio=1)
    for row in rows:
        left = f"{_left(row, now_ms)} left" if seconds_left(row, now_ms) is not None else ""
        volume = Table.grid(padding=(0, 2))
        volume.add_row(_bar(row), _volume(row), left)
        price = "" if row.last_price is None else f", price {short(row.last_price)}"
        state = _state(row).append(f", wear {short(row.wear)}{price}", style="default")
        table.add_row(*_who(row), Group(volume, state))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    return table


def _who(row: LiveRow) -> tuple[str, str, str]:
    return str(row.user_id), row.strategy_id, f"{row.trade}/{row.batch_trades}" if row.batch else "-"


def _bar(row: LiveRow) -> ProgressBar:
    done = min(row.expected_volume or Decimal(0), row.target_volume)
    return ProgressBar(total=float(row.target_volume), completed=float(done), width=BAR_WIDTH)


def _volume(row: LiveRow) -> str:
    volume = row.expected_volume or Decimal(0)
    return f"{volume_progress(volume, row.target_volume)} {percentage(volume, row.target_volume)}"


def _state(row: LiveRow) -> Text:
    if row.status == "running" and row.reason:
        return Text(f"{row.reason}; {row.state}", style="bold yellow", no_wrap=True, overflow="ellipsis")
    return Text(row.state, style=STATUS_STYLES.get(row.status, ""), no_wrap=True, overflow="ellipsis")


def _left(row: LiveRow, now_ms: int) -> str:
    left = seconds_left(row, now_ms)
    return "-" if left is None else duration(left)


def _streams(streams: Sequence[StreamRow]) -> list[Text]:
    """How many are up, and those that are or were in trouble one by one."""
    if not streams:
        return []
    counts = Counter(stream.state for stream in streams)
    line = Text("streams  ", style="bold", no_wrap=True, overflow="ellipsis")
    line.append(f"{counts['up']} of {len(streams)} up", style="green" if counts["up"] else "default")
    if counts["closed"]:
        line.append(f", {counts['closed']} closed", style="dim")
    for stream in streams:
        if stream.state in ("down", "failed") or (stream.state == "up" and stream.reconnects):
            line.append(f"  {_stream(stream)}", style=STREAM_STYLES[stream.state])
    return [line]


def _stream(stream: StreamRow) -> str:
    again = f", {counted(stream.reconnects, 'reconnect')}" if stream.reconnects else ""
    reason = f": {stream.reason}" if stream.reason else ""
    return f"user {stream.user_id} {stream.state} since {utc(stream.since)[11:19]}{again}{reason}"


def _problem(problem: ProblemRow) -> Text:
    who = "" if problem.user_id is None else f"user {problem.user_id} "
    return Text(f"{utc(problem.at)[11:19]} {who}{problem.text}", style="red", overflow="ellipsis", no_wrap=True)
