"""The runs of the supervisor: which code and settings, on which venue, for which accounts, and how each ended."""

from events.base import Recorded
from events.system import RunEnded, RunStarted
from projections.views.base import View
from projections.views.table import Book, Row, Table


class RunRow(Row):
    run_id: str
    status: str
    started_at: int
    ended_at: int | None
    exit_code: int | None
    reason: str
    accounts: str
    venue: str
    code_version: str
    config_hash: str
    python_version: str
    pid: int
    position: int


RUN_ROWS = Table(
    "runs",
    RunRow,
    ("run_id",),
    words={
        "status": "running, ended, or broken off: the program died, and the next run found no end",
        "started_at": "when it began, ms since the epoch (UTC)",
        "ended_at": "when it stopped in order, ms since the epoch (UTC)",
        "exit_code": "what the command ended with",
        "reason": "why it ended",
        "accounts": "its accounts, with spaces between",
        "venue": "the venue that it traded on",
        "code_version": "commit of the code that decided",
        "config_hash": "SHA-256 of the settings in force",
        "python_version": "version of Python",
        "pid": "process id",
        "position": "where in the log it begins",
    },
)


def _started(book: Book, at: Recorded, event: RunStarted) -> None:
    for row in book[RUN_ROWS].every():
        if row.status == "running" and (open_run := book[RUN_ROWS].edit(row.run_id)):
            open_run.status = "broken off"
    book[RUN_ROWS].put(
        RunRow(
            run_id=event.run_id,
            status="running",
            started_at=at.meta.ts_init,
            ended_at=None,
            exit_code=None,
            reason="",
            accounts=" ".join(map(str, event.accounts)),
            venue=event.venue,
            code_version=event.code_version,
            config_hash=event.config_hash,
            python_version=event.python_version,
            pid=event.pid,
            position=at.position,
        )
    )


def _ended(book: Book, at: Recorded, event: RunEnded) -> None:
    if row := book[RUN_ROWS].edit(event.run_id):
        row.status, row.ended_at = "ended", at.meta.ts_init
        row.exit_code, row.reason = event.exit_code, event.reason


RUNS = View(name="runs", module=__name__, tables=(RUN_ROWS,), handlers={RunStarted: _started, RunEnded: _ended})
