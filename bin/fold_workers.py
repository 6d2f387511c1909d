"""Folding a long log with several processes, and hearing how far they are."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from bin.environment import child_environment
from bin.paths import ROOT
from projections.rebuilding import groups
from projections.views import VIEWS

Tell = Callable[[int, int], object]


class WorkerFailed(Exception):
    """A process that folds has ended before its time; it has said why on stderr."""


def fold_in_processes(data_dir: Path, groups: Sequence[Sequence[str]], suffix: str, tell: Tell) -> None:
    """Fold each group of views in a process of its own, up to the log's end. Raises WorkerFailed.

    `tell` hears how many events are folded, on average over the groups, and of how many.
    """
    done = [0] * len(groups)
    with _workers(data_dir, groups, suffix) as lines:
        for line in lines:
            number, so_far, total = map(int, line.split())
            done[number] = so_far
            tell(sum(done) // len(done), total)


def help_along(data_dir: Path, tell: Tell) -> None:
    """Fold the views of `data_dir` as they stand, for a Runner that has very much to fold; it does what is left."""
    with suppress(WorkerFailed):
        fold_in_processes(data_dir, groups(VIEWS), "", tell)


@contextmanager
def _workers(data_dir: Path, groups: Sequence[Sequence[str]], suffix: str) -> Iterator[TextIO]:
    """What all of them write, in one pipe: their lines are short enough to stay whole."""
    reading, writing = os.pipe()
    workers = [
        _start([str(number), str(data_dir.resolve()), suffix, *group], writing) for number, group in enumerate(groups)
    ]
    os.close(writing)
    try:
        with os.fdopen(reading) as lines:
            yield lines
        if any(worker.wait() for worker in workers):
            raise WorkerFailed("the views could not be folded")
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def _start(arguments: Sequence[str], output: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "bin.fold_worker", *arguments]
    # In a session of its own: Ctrl-C is for whoever started it, who then ends it.
    return subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=ROOT, env=child_environment(), stdin=subprocess.DEVNULL, stdout=output, start_new_session=True
    )
