"""The real supervisor on a disk that fails: `python -m tests.campaigns.faulty_supervisor HOW N COMMAND...`.

The Nth write of the event log goes wrong: an error in place of the write, an error although the write was done, or the
process is killed before the write, inside its transaction, or after its commit. With `size` the disk is full for real:
no file may grow beyond N bytes.
"""

import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from itertools import count

from eventsourcing.sqlite import SQLiteCursor

from bin.cli import main
from events import commits
from events.seals import Head, NewRow

ERRORS = ("disk I/O error", "database or disk is full", "database is locked", "attempt to write a readonly database")
HOWS = ("error", "error after", "kill", "kill inside", "kill after", "size")

Commit = Callable[[SQLiteCursor, Head, Sequence[NewRow]], Head]


def spoil(how: str, nth: int) -> None:
    """Let the Nth write of this process's event log go wrong."""
    if how == "size":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as on a full disk: the write fails, the program goes on
        resource.setrlimit(resource.RLIMIT_FSIZE, (nth, nth))
        return
    commit: Commit = commits.commit_at_once
    writes = count(1)

    def faulty(c: SQLiteCursor, before: Head, rows: Sequence[NewRow]) -> Head:
        if next(writes) != nth:
            return commit(c, before, rows)
        if how.endswith("after"):
            commit(c, before, rows)
        elif how == "kill inside":
            c.execute("BEGIN IMMEDIATE")
            commit(c, before, rows)
        if how.startswith("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        raise sqlite3.OperationalError(ERRORS[nth % len(ERRORS)])

    commits.commit_at_once = faulty


if __name__ == "__main__":
    spoil(sys.argv[1], int(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
