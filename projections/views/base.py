"""What a view is."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from events.base import Event, Recorded
from projections.views.table import Book, Table

Handler = Callable[[Book, Recorded, Any], None]
"""Changes the rows of the view's tables by what one event says. Called in the position order of the log."""


@dataclass(frozen=True)
class View:
    """A read model: its tables and one handler per event class. `module` is the name of the module that makes it.

    Other events leave it as it is. Handlers see only the view's own tables: views are folded independently.
    """

    name: str
    module: str
    tables: tuple[Table[Any], ...]
    handlers: Mapping[type[Event], Handler]

    def stands(self, db: sqlite3.Connection, suffix: str = "") -> bool:
        """Whether all its tables, with the suffix in their names, are there with their columns."""
        return all(table.stands(db, suffix) for table in self.tables)
