"""What is written beside the views of how far they are."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from projections import tracking
from projections.tracking import Tracked

VIEWS = [Tracked(name, "f", name, 7, 0) for name in ("a", "b", "c")]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "views.sqlite", isolation_level=None)) as opened:
        tracking.prepare(opened)
        tracking.write(opened, *VIEWS)
        yield opened


def test_views_that_moved_on_are_where_they_moved(db: sqlite3.Connection) -> None:
    """Together or not, and with what else has changed in them; the others stay."""
    now = [replace(VIEWS[0], position=9), replace(VIEWS[1], position=9, unknown_events=2)]
    tracking.advance(db, VIEWS[:2], now)
    assert list(tracking.read(db).values()) == [*now, VIEWS[2]]


def test_a_view_that_stopped_before_the_others_stays_there(db: sqlite3.Connection) -> None:
    """With the event and the reason."""
    stopped = replace(VIEWS[1], position=8, stopped_at=9, stopped_by="x", error="no")
    now = [replace(VIEWS[0], position=9), stopped, replace(VIEWS[2], position=9)]
    tracking.advance(db, VIEWS, now)
    assert list(tracking.read(db).values()) == now


def test_the_version_tells_that_somebody_has_written(db: sqlite3.Connection, tmp_path: Path) -> None:
    """This connection or another; to read changes nothing."""
    before = tracking.version(db)
    tracking.read(db)
    assert tracking.version(db) == before
    with closing(sqlite3.connect(tmp_path / "views.sqlite")) as other, other:
        tracking.write(other, replace(VIEWS[0], position=8))
    others = tracking.version(db)
    assert (others[0] != before[0], others[1]) == (True, before[1])
    tracking.write(db, replace(VIEWS[0], position=9))
    assert tracking.version(db) != others
