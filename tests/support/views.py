"""Views folded from a few events, through a real journal and the real runner."""

import sqlite3

from events.base import Event
from events.journal import InMemoryJournal
from projections import query
from projections.query import LiveRow, ProgressRow
from projections.runner import IN_MEMORY, Runner
from tests.support.example_log import LogWriter


def folded(*events: Event, step_ms: int = 1000) -> sqlite3.Connection:
    """The views after `events`, which were recorded `step_ms` apart from 2025-10-10 00:00:00 UTC on."""
    journal = InMemoryJournal()
    writer = LogWriter(journal, step_ms)
    for event in events:
        writer.write("any", event)
    runner = Runner(journal, IN_MEMORY)
    runner.catch_up()
    return runner.db


def progress_after(*events: Event) -> ProgressRow:
    """The one row of the progress view."""
    (row,) = query.progress(folded(*events))
    return row


def live_after(*events: Event) -> LiveRow:
    """The one strategy of the newest run."""
    (row,) = query.live(folded(*events))
    return row
