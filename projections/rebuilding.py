"""Views rebuilt from nothing beside the ones that are asked meanwhile, compared with them, and put in their place.

A rebuild's tables carry its suffix in their names. The switch is one short transaction: whoever reads sees either all
of the old tables or all of the new.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
from msgspec.structs import replace

from projections import tracking
from projections.folding import moving
from projections.tracking import Tracked
from projections.views.base import View
from projections.views.table import Table

MARK = "~"
"""Begins a suffix, and with it the names of whatever belongs to a rebuild."""
EXAMPLES = 3
ATTEMPTS = 100

VIEW_GROUPS = (("orders",),)
"""Views that are worth a process of their own; the others share one. The log's reports are nearly half of it."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One view: `differences` are rows that differ or stand on one side only, `examples` the keys of the first few.

    `rows` are counted by table. `skipped` says why there was nothing to compare with, empty where there was.
    A view that `stopped` could not take in an event.
    """

    view: str
    rows: tuple[tuple[str, int], ...]
    differences: int = 0
    examples: tuple[str, ...] = ()
    skipped: str = ""
    stopped: bool = False


def new_suffix(now_ns: int) -> str:
    """The suffix of a rebuild by this process."""
    return f"{MARK}{os.getpid()}{MARK}{now_ns:x}"


def groups(views: Sequence[View]) -> list[list[str]]:
    """The names of `views`, parted so that two processes have about as much to do."""
    apart = [[view.name for view in views if view.name in group] for group in VIEW_GROUPS]
    rest = [view.name for view in views if not any(view.name in group for group in VIEW_GROUPS)]
    return [group for group in (*apart, rest) if group]


def remove_leftovers(db: sqlite3.Connection) -> None:
    """Drop what rebuilds left behind whose processes have died."""
    with _immediate(db):
        for name, tracked in tracking.read(db).items():
            _, mark, rest = name.partition(MARK)
            if mark and not _alive(int(rest.partition(MARK)[0])):
                tracking.remove(db, tracked)


def remove(db: sqlite3.Connection, views: Sequence[View], suffix: str) -> None:
    """Drop a rebuild that is given up."""
    with _immediate(db):
        found = tracking.read(db)
        for view in views:
            if (tracked := found.get(view.name + suffix)) is not None:
                tracking.remove(db, tracked)


def comparable(db: sqlite3.Connection, states: dict[str, Tracked], view: View, suffix: str) -> bool:
    """Whether the view stands there, folded by the same code and still going."""
    return not _why_not(db, states, view, suffix)


def compare(
    db: sqlite3.Connection, views: Sequence[View], suffix: str, bring_level: Callable[[], object]
) -> list[Comparison]:
    """Every view with its rebuild, at the same position, in one snapshot; `bring_level` folds both up to one position.

    Nobody waits for it: it only reads.
    """
    for _ in range(ATTEMPTS):
        bring_level()
        with _snapshot(db):
            found = tracking.read(db)
            if all(_level(db, found, view, suffix) for view in views):
                return [_compare(db, found, view, suffix) for view in views]
    raise TimeoutError("the log grows faster than two views of it can be brought to one position")


def _level(db: sqlite3.Connection, found: dict[str, Tracked], view: View, suffix: str) -> bool:
    live, rebuilt = found.get(view.name), found[view.name + suffix]
    return bool(_why_not(db, found, view, suffix)) or (live is not None and live.position == rebuilt.position)


def _why_not(db: sqlite3.Connection, found: dict[str, Tracked], view: View, suffix: str) -> str:
    live, rebuilt = found.get(view.name), found[view.name + suffix]
    if rebuilt.stopped_at is not None:
        return f"the rebuilt one stopped before event {rebuilt.stopped_at} ({rebuilt.stopped_by}): {rebuilt.error}"
    if live is None:
        return "there was none before"
    if live.fingerprint != rebuilt.fingerprint:
        return "the one before was folded by other code, or from another log"
    if live.stopped_at is not None:
        return f"the one before had stopped before event {live.stopped_at}"
    if not view.stands(db):
        return "a table of the one before was missing, or had other columns"
    return ""


def _compare(db: sqlite3.Connection, found: dict[str, Tracked], view: View, suffix: str) -> Comparison:
    rows = tuple((table.name, _count(db, table.name + suffix)) for table in view.tables)
    if why_not := _why_not(db, found, view, suffix):
        is_stopped = found[view.name + suffix].stopped_at is not None
        return Comparison(view=view.name, rows=rows, skipped=why_not, stopped=is_stopped)
    differing = [key for table in view.tables for key in _differing(db, table, suffix)]
    return Comparison(view=view.name, rows=rows, differences=len(differing), examples=tuple(differing[:EXAMPLES]))


def _count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608 - names of ours


def _differing(db: sqlite3.Connection, table: Table[Any], suffix: str) -> Iterator[str]:
    """The keys of rows that are not the same on both sides."""
    old, new = f'"{table.name}"', f'"{table.name}{suffix}"'
    keys = ", ".join(f"a.{name}" for name in table.key)
    same_key = " AND ".join(f"a.{name} = b.{name}" for name in table.key)
    ours, theirs = (", ".join(f"{side}.{column.name}" for column in table.columns) for side in "ab")
    changed = f"SELECT {keys} FROM {old} a LEFT JOIN {new} b ON {same_key} WHERE ({ours}) IS NOT ({theirs})"  # noqa: S608
    added = f"SELECT {keys} FROM {new} a LEFT JOIN {old} b ON {same_key} WHERE b.{table.key[0]} IS NULL"  # noqa: S608
    for key in (*db.execute(changed), *db.execute(added)):
        yield f"{table.name} {' '.join(map(str, key))}"


def switch(db: sqlite3.Connection, views: Sequence[View], suffix: str, bring_level: Callable[[], object]) -> None:
    """Put the rebuilt views in the place of those before, at once, when they are at least as far."""
    for _ in range(ATTEMPTS):
        bring_level()
        with _immediate(db):
            found = tracking.read(db)
            if all(_reaches(found.get(view.name), found[view.name + suffix]) for view in views):
                for view in views:
                    _switch_one(db, view, suffix, found)
                return
    raise TimeoutError("the log grows faster than the rebuilt views can follow")


def _reaches(live: Tracked | None, rebuilt: Tracked) -> bool:
    return live is None or rebuilt.stopped_at is not None or rebuilt.position >= live.position


def _switch_one(db: sqlite3.Connection, view: View, suffix: str, found: dict[str, Tracked]) -> None:
    rebuilt = found[view.name + suffix]
    if view.name in found:
        tracking.remove(db, found[view.name])
    for table in view.tables:
        db.execute(f'ALTER TABLE "{table.name}{suffix}" RENAME TO "{table.name}"')
    db.execute("DELETE FROM tracking WHERE view = ?", (rebuilt.view,))
    names = " ".join(table.name for table in view.tables)
    stopped = rebuilt if rebuilt.stopped_at is not None else moving(rebuilt)
    tracking.write(db, replace(stopped, view=view.name, tables=names, rebuilt=suffix))


@contextmanager
def _immediate(db: sqlite3.Connection) -> Iterator[None]:
    with _transaction(db, "BEGIN IMMEDIATE"):
        yield


@contextmanager
def _snapshot(db: sqlite3.Connection) -> Iterator[None]:
    with _transaction(db, "BEGIN"):
        yield


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    db.execute(begin)
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
