"""Views folded from a few events, through a real journal and the real runner."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

from events.base import Event
from events.journal import InMemoryJournal
from projections import query
from projections.query import LiveRow, ProblemRow, ProgressRow
from projections.runner import IN_MEMORY, Runner
from tests.support.example_log import LogWriter

Answer = TypeVar("Answer")


@contextmanager
def folded(*events: Event, step_ms: int = 1000) -> Iterator[sqlite3.Connection]:
    """The views after `events`, which were recorded `step_ms` apart from 2025-10-10 00:00:00 UTC on."""
    journal = InMemoryJournal()
    writer = LogWriter(journal, step_ms)
    for event in events:
        writer.write("any", event)
    with closing(Runner(journal, IN_MEMORY)) as runner:
        runner.catch_up()
        yield runner.db


def ask(question: Callable[[sqlite3.Connection], Answer], *events: Event) -> Answer:
    """The views' answer after `events`."""
    with folded(*events) as db:
        return question(db)


def progress_after(*events: Event) -> ProgressRow:
    """The one row of the progress view."""
    (row,) = ask(query.progress, *events)
    return row


def live_after(*events: Event) -> LiveRow:
    """The one strategy of the newest run."""
    (row,) = ask(query.live, *events)
    return row


def problems_after(*events: Event, limit: int = 9) -> tuple[ProblemRow, ...]:
    """The last problems of the newest run."""
    with folded(*events) as db:
        return query.newest_problems(db, limit)
