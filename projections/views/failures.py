"""Actors that failed, and the fresh ones that took their place."""

from events.base import Recorded
from events.system import ActorFailed, ActorRestarted, RunStarted
from projections.views.base import View
from projections.views.table import Book, Row, Table
from projections.words import account_of


class FailureRow(Row):
    position: int
    at: int
    run_id: str
    user_id: int | None
    actor: str
    what: str
    restarts: int | None
    error: str


class FailingRunRow(Row):
    only_row: int
    run_id: str


FAILURE_ROWS = Table(
    "failures",
    FailureRow,
    ("position",),
    words={
        "actor": "name of the actor",
        "what": "failed or restarted",
        "restarts": "how many fresh actors there have been in its place, this one included",
        "error": "type and message of the error",
    },
)
FAILING_RUN = Table("failures_run", FailingRunRow, ("only_row",), words={"run_id": "the newest run"})


def _run_started(book: Book, _at: Recorded, event: RunStarted) -> None:
    book[FAILING_RUN].put(FailingRunRow(1, event.run_id))


def _failed(book: Book, at: Recorded, event: ActorFailed) -> None:
    _note(book, at, event.actor, ("failed", None, event.error))


def _restarted(book: Book, at: Recorded, event: ActorRestarted) -> None:
    _note(book, at, event.actor, ("restarted", event.restarts, ""))


def _note(book: Book, at: Recorded, actor: str, outcome: tuple[str, int | None, str]) -> None:
    run = book[FAILING_RUN].get(1)
    run_id = run.run_id if run else ""
    row = FailureRow(at.position, at.meta.ts_init, run_id, account_of(at.event), actor, *outcome)
    book[FAILURE_ROWS].append(row)


FAILURES = View(
    name="failures",
    module=__name__,
    tables=(FAILURE_ROWS, FAILING_RUN),
    handlers={RunStarted: _run_started, ActorFailed: _failed, ActorRestarted: _restarted},
)
