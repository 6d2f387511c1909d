"""What a person or a machine sees of a run while it goes on, and its summary at the end."""

import sys
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TextIO

import msgspec

from bin.exit_codes import ExitCode
from bin.hints import USUAL, Where, hinted
from bin.lines import LineFollower, for_machines, for_people
from events.journal import EventJournal
from events.numbers import plain
from projections.business import NOTHING_BEFORE, Before, BusinessLine
from projections.figures import counted, percentage, readable, volume_progress
from projections.query import LiveRow, ProgressRow, plain_fields
from projections.views.amounts import EXACT

Mode = Literal["auto", "plain", "json"]

EXIT_MEANINGS: dict[int, str] = {
    ExitCode.OK: "all targets reached",
    ExitCode.STOPPED: "stopped before every target was reached",
    ExitCode.INTERNAL: "a defect in Otomat",
    ExitCode.STORAGE: "storage failed; nothing was traded unrecorded",
}
"""What the exit codes of a run mean, for the last line of its summary."""


def meaning_of(exit_code: ExitCode, statuses: Collection[str]) -> str:
    """What the run came to, in words; a sweep has no targets."""
    if exit_code == ExitCode.OK and set(statuses) == {"swept"}:
        return "what could be sold is sold"
    if exit_code == ExitCode.ACCOUNT_FAILED:
        return _meaning_of_failure(set(statuses))
    return EXIT_MEANINGS.get(exit_code, exit_code.name)


def _meaning_of_failure(statuses: set[str]) -> str:
    if statuses & {"failed", "parked"}:
        return "some account failed or is parked"
    if statuses & {"worn", "day_over"}:
        return "some account met a limit before its target"
    return "the venue ended before every target was reached"


ENDINGS = {
    "reached": "target reached",
    "running": "not finished",
    "worn": "stopped at its wear limit",
    "day_over": "stopped as the day ended",
}
"""How a final status is said; the others stand for themselves."""


class HeldCoins(NamedTuple):
    """Coins that an account of the run could not sell; `token` is the ticker, or the venue's name of another token."""

    user_id: int
    token: str
    quantity: Decimal


class Ending(NamedTuple):
    """What a run came to: the final rows of its strategies, its exit code, and the coins that are left unsold."""

    rows: Sequence[ProgressRow]
    exit_code: ExitCode
    held: Sequence[HeldCoins] = ()


class Display(Protocol):
    """Shows a run between `start` and `stop`; both from the thread that constructed it, once each."""

    def start(self) -> None:
        """Begin to show, on a thread of its own. Before the run's first event is recorded."""

    def stopping(self, *, now: bool) -> None:
        """Say that the operator's stop was heard: after the trade in hand, or at once. From any thread."""

    def stop(self, ending: Ending) -> None:
        """Show all that was recorded until now, then the summary. Raises OSError where the output went away."""


def make_display(
    mode: Mode,
    journal: EventJournal,
    views: Path,
    out: TextIO = sys.stdout,
    where: Where = USUAL,
    before: Before = NOTHING_BEFORE,
) -> Display:
    """`auto` is the live display where `out` is a terminal, plain lines elsewhere; `json` is one object a line.

    `views` is the file that a started Runner keeps; only the live display reads it. `where` completes the commands
    that people are told to run. Lines of strategies that are resumed go on from `before`.
    """
    if mode == "json":
        return LineDisplay(journal, out, for_machines, summary_for_machines, before)
    if mode == "plain" or not out.isatty():
        return LineDisplay(
            journal,
            out,
            lambda line: hinted(for_people(line), where),
            lambda ending: hinted(final_summary(ending), where),
            before,
        )
    # Rich is some 20 MB: loaded only for a terminal.
    from bin.live_display import LiveDisplay  # noqa: PLC0415

    return LiveDisplay(views, out, where)


class LineDisplay:
    """One line for each business event of level `info` or above."""

    def __init__(
        self,
        journal: EventJournal,
        out: TextIO,
        write: Callable[[BusinessLine], str],
        summarise: Callable[[Ending], str],
        before: Before = NOTHING_BEFORE,
    ) -> None:
        self._out = out
        self._write = write
        self._summarise = summarise
        self._follower = LineFollower("display", journal, self._show, before)

    def start(self) -> None:
        self._follower.start()

    def stopping(self, *, now: bool) -> None:
        """Each account's own line says it."""

    def stop(self, ending: Ending) -> None:
        self._follower.stop()
        self._print(self._summarise(ending))

    def _show(self, line: BusinessLine) -> None:
        if line.level != "debug":
            self._print(self._write(line))

    def _print(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


def final_summary(ending: Ending) -> str:
    """Final volumes of every strategy and account, what they cost, what is left, and what the exit code means."""
    rows, exit_code, held = ending
    wear = plain(reduce(EXACT.add, (row.wear for row in rows), Decimal(0)))
    end = f"exit code {exit_code.value}: {meaning_of(exit_code, [row.status for row in rows])}"
    volumes = ("Final volumes:", *(_final_line(row) for row in rows), f"Wear in all: {wear} USDT")
    return readable("\n".join((*volumes, *(_held_line(one) for one in held), end)))


def _held_line(one: HeldCoins) -> str:
    sweep, acknowledge = f"bin/run sweep --user {one.user_id}", f"bin/run acknowledge --user {one.user_id}"
    deal = f"{sweep} sells them, {acknowledge} takes them off the books"
    return f"Held unsold: user {one.user_id} has {plain(one.quantity)} {one.token}: {deal}"


def _final_line(row: ProgressRow) -> str:
    name = f"  user {row.user_id} {row.strategy_id} ({row.token}): "
    if row.status == "swept":
        before = " with its trades before" if row.completed_trades else ""
        return f"{name}what could be sold is sold, wear {plain(row.wear)} USDT{before}"
    who = name + _final_volume(row)
    if row.status == "skipped":
        return f"{who}, Target already reached, skipped"
    trades = f"{counted(row.completed_trades, 'trade')} completed, {row.failed_trades} failed"
    why = f": {row.reason}" if row.reason else ""
    return f"{who}, {ENDINGS.get(row.status, row.status)}, {trades}, wear {plain(row.wear)} USDT{why}"


def _final_volume(row: ProgressRow) -> str:
    if row.current_volume is None:
        return f"volume not known, target {plain(row.target_volume)} USDT"
    progress = volume_progress(row.current_volume, row.target_volume)
    said = f"{progress} ({percentage(row.current_volume, row.target_volume)})"
    expected = row.expected_volume if isinstance(row, LiveRow) else None
    if expected is None or expected <= row.current_volume or row.status == "reached":
        return said
    return f"{said} when the venue was last asked, {plain(expected)} expected with the trades since"


def summary_for_machines(ending: Ending) -> str:
    """One JSON object: type `summary`, exit_code, meaning, the rows as `query progress` gives them, and the held coins
    (user_id, token, quantity).
    """
    rows, exit_code, held = ending
    meaning = meaning_of(exit_code, [row.status for row in rows])
    summary = {"type": "summary", "exit_code": exit_code.value, "meaning": meaning}
    coins = [{**one._asdict(), "quantity": plain(one.quantity)} for one in held]
    return msgspec.json.encode({**summary, "rows": [_progress_fields(row) for row in rows], "held": coins}).decode()


def _progress_fields(row: ProgressRow) -> dict[str, object]:
    fields = plain_fields(row)
    return {name: fields[name] for name in ProgressRow.__struct_fields__}
