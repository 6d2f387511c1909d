"""How the views are: what `bin/run query health` tells."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bin.query_output import Written
from events.journal import EventJournal
from events.recorder import read_only_uri
from projections import tracking
from projections.as_of import decided_at
from projections.fingerprint import code_fingerprint
from projections.tracking import Tracked
from projections.views import VIEWS
from projections.views.base import View
from projections.views.table import Column

COLUMNS = tuple(
    Column(name, kind, nullable=True, words="")
    for name, kind in (
        ("view", "TEXT"),
        ("state", "TEXT"),
        ("position", "INTEGER"),
        ("lag_events", "INTEGER"),
        ("lag_seconds", "INTEGER"),
        ("unknown_events", "INTEGER"),
        ("stopped_at", "INTEGER"),
        ("stopped_by", "TEXT"),
        ("error", "TEXT"),
    )
)


def health_table(journal: EventJournal, path: Path, now_ms: int) -> tuple[Written, bool]:
    """A row for each view, and whether none has stopped. Nothing is folded or written.

    `state` is `current`, `behind`, `stopped` at an event that it could not take in, `outdated` (folded by other code,
    and folded again by the next who asks) or `missing`, also where a table is or has other columns. `lag_seconds` is
    the age of the oldest event that is missing; of the one before it where it cannot be read, None where neither can.
    """
    found, head = _found(path), journal.head()
    cells = [_cells(journal, view, found.get(view.name), head, now_ms) for view in VIEWS]
    return Written(COLUMNS, cells), all(row[1] != "stopped" for row in cells)


def _found(path: Path) -> dict[str, Tracked]:
    if not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(read_only_uri(path), uri=True)) as db:
            found = tracking.read(db)
            return {view.name: found[view.name] for view in VIEWS if view.name in found and view.stands(db)}
    except sqlite3.Error:
        return {}  # no file of ours: the next who asks makes it anew


def _cells(journal: EventJournal, view: View, found: Tracked | None, head: int, now_ms: int) -> tuple[Any, ...]:
    if found is None:
        return (view.name, "missing", 0, head, _age(journal, 0, head, now_ms), 0, None, None, None)
    lag = max(head - found.position, 0)
    return (
        view.name,
        _state(view, found, lag),
        found.position,
        lag,
        _age(journal, found.position, head, now_ms),
        found.unknown_events,
        found.stopped_at,
        found.stopped_by,
        found.error,
    )


def _state(view: View, found: Tracked, lag: int) -> str:
    if found.fingerprint.partition("-")[0] != code_fingerprint(view.module):
        return "outdated"
    if found.stopped_at is not None:
        return "stopped"
    return "behind" if lag else "current"


def _age(journal: EventJournal, position: int, head: int, now_ms: int) -> int | None:
    """Whole seconds since the first event after `position` was decided, 0 where there is none."""
    if position >= head:
        return 0
    at = decided_at(journal, position + 1) or (decided_at(journal, position) if position else 0)
    return max(now_ms - at, 0) // 1000 if at else None
