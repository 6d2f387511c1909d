"""Telling the log to people and scripts: the events that were asked for, one line each, also as they are recorded."""

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Literal, TextIO

import msgspec
import typer

from bin.progress_bar import ProgressBar
from bin.readers import watch_reader
from events.base import Recorded
from events.journal import EventJournal
from projections import replay
from projections.answers import CannotAnswer
from projections.as_of import check_position
from projections.replay import Reasons, Told
from projections.selection import Selection, Selector, check_known, check_types, scan
from projections.subjects import Subjects
from projections.views.problems import is_problem

Form = Literal["table", "jsonl"]
MOST_TOGETHER = 1_000
"""No decision is of more events."""
RAW_INDENT = " " * len("position  ")


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told and how: from position `first` to `last`, both counted in, None for the log's ends."""

    wanted: Selection
    first: int | None = None
    last: int | None = None
    limit: int | None = None
    form: Form = "table"
    raw: bool = False
    follow: bool = False


def tell(journal: EventJournal, telling: Telling, out: TextIO) -> None:
    """Write the events' lines to `out`; with `follow`, until Ctrl-C or until nobody reads any more.

    Raises CannotAnswer for what the log does not know, OutsideLog for a position that it does not have; then nothing
    was written.
    """
    head = journal.head()
    selector = _selector(journal, telling, head)
    found = _found(journal, telling, head, selector, out)
    first = list(islice(found, 1))
    if telling.wanted.order is not None and not (first or selector.order_seen):
        raise CannotAnswer(f"the log knows no order {telling.wanted.order}; bin/run query orders lists them")
    if telling.form == "table":
        out.write(replay.TABLE_HEAD + "\n")
    _say_unknown(_write(out, _line_writer(telling, journal, out), chain(first, found)))


def _found(journal: EventJournal, telling: Telling, head: int, selector: Selector, out: TextIO) -> Iterator[Told]:
    after = 0 if telling.first is None else check_position(journal, telling.first) - 1
    upto = head if telling.last is None else check_position(journal, telling.last)
    reasons = Reasons()
    log = map(reasons.told, journal.read(max(after - MOST_TOGETHER, 0), upto=upto))
    found: Iterator[Told] = (one for one in log if one.recorded.position > after and selector.takes(one.recorded))
    if telling.follow:
        found = chain(found, _new(journal, head, selector, reasons, out))
    return islice(found, telling.limit)


def _selector(journal: EventJournal, telling: Telling, head: int) -> Selector:
    wanted, subjects = telling.wanted, Subjects()
    check_types(wanted.types, journal, head)
    if wanted.names_somebody:
        bar = ProgressBar("looking who is who", sys.stderr)
        subjects = scan(journal, head, bar)
        bar.close()
        if not telling.follow:
            check_known(wanted, subjects)
    return Selector(wanted, journal.catalog, subjects)


def _new(journal: EventJournal, after: int, selector: Selector, reasons: Reasons, out: TextIO) -> Iterator[Told]:
    """What is recorded from now on."""
    is_deserted = watch_reader(out)
    while True:
        out.flush()
        head = journal.head()
        if head > after:
            news = [reasons.told(one) for one in journal.read(after, upto=head)]
            after = head
            yield from selector.from_growing(news)
        elif is_deserted():
            raise BrokenPipeError(errno.EPIPE, "nobody reads any more")


def _write(out: TextIO, write_line: Callable[[Told], str], found: Iterable[Told]) -> int:
    """How many events of unknown kind there were."""
    unknown = 0
    for one in found:
        out.write(write_line(one))
        unknown += replay.is_unknown(one.recorded)
    return unknown


def _line_writer(telling: Telling, journal: EventJournal, out: TextIO) -> Callable[[Told], str]:
    if telling.form == "jsonl":
        return lambda told: replay.json_line(told, journal.catalog) + "\n"
    line = _coloured if out.isatty() and "NO_COLOR" not in os.environ else replay.table_line
    return lambda told: f"{line(told)}\n{_raw(told.recorded) if telling.raw else ''}"


def _coloured(told: Told) -> str:
    line = replay.table_line(told)
    return typer.style(line, fg=typer.colors.RED) if is_problem(told.recorded.event) else line


def _raw(recorded: Recorded) -> str:
    return "".join(f"{RAW_INDENT}{line}\n" for line in replay.raw_lines(recorded))


def _say_unknown(unknown: int) -> None:
    if unknown:
        sys.stderr.write(f"{unknown} of these events are of kinds that this version does not know\n")
