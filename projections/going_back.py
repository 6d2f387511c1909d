"""Files of their own for what was known at an earlier position. The same position gives the same bytes.

SQLite writes pages as they come; written anew in one go, rows lie in the order of their keys, and the counters of the
file's header start afresh.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from events.recorder import read_only_uri


def copy_log(log: Path, target: Path, position: int) -> None:
    """The events up to a position, as they are stored, to a new file. Another process may be writing the log.

    Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(target.resolve().as_uri(), uri=True, isolation_level=None)) as db:
        db.execute("ATTACH ? AS log", (read_only_uri(log),))
        (schema,) = db.execute("SELECT sql FROM log.sqlite_schema WHERE name = 'stored_events'").fetchone()
        db.execute("BEGIN")
        db.execute(schema)
        db.execute(
            "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state)"
            " SELECT rowid, originator_id, originator_version, topic, state FROM log.stored_events"
            " WHERE rowid <= ? ORDER BY rowid",
            (position,),
        )
        db.execute("COMMIT")


def copy_views(views: sqlite3.Connection, target: Path) -> None:
    """Everything of a views file to a new one, in which asking changes nothing. Raises sqlite3.Error."""
    views.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = WAL")  # whoever asks would set it
