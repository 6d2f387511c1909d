"""What a view is, and exact decimal arithmetic inside SQLite."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import Any

from events.base import Event, Recorded

Handler = Callable[[sqlite3.Connection, Recorded, Any], None]
"""Writes what one event changes. Called in the position order of the log, inside the runner's transaction."""

EXACT = Context(prec=200, traps=[Inexact])
"""Adds without ever rounding: a sum that needed more digits would raise instead."""


@dataclass(frozen=True)
class View:
    """A read model: the DDL of its tables (statements that end in `;`) and one handler per event class.

    Other events leave it as it is. Handlers write only the view's own tables, and may read only those: views are
    folded independently.
    """

    name: str
    schema: str
    handlers: Mapping[type[Event], Handler]

    def fold(self, db: sqlite3.Connection, recorded: Recorded) -> None:
        """Write what `recorded` changes, which may be nothing."""
        handler = self.handlers.get(type(recorded.event))
        if handler is not None:
            handler(db, recorded, recorded.event)


def exact_sum(augend: str, addend: str) -> str:
    """Add two decimals written as text, every digit kept."""
    return format(EXACT.add(Decimal(augend), Decimal(addend)), "f")


def add_functions(db: sqlite3.Connection) -> None:
    """Give `db` the SQL function `exact_sum(text, text)`, for SQLite itself would add decimals as floats."""
    db.create_function("exact_sum", 2, exact_sum, deterministic=True)
