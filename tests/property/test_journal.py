"""Whatever is appended, by however many: no gap, no loss, nothing changed."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.base import Event, Metadata, NewEvent
from events.catalog import STORED_NAMES, Catalog
from events.journal import Append, EventJournal, SqliteJournal, VersionConflict
from tests.support.journals import JOURNALS, append, news, number, opened, started
from tests.support.values import values

ROOT = Path(__file__).parents[2]
CATALOG = Catalog()


@settings(max_examples=150)
@given(event=st.sampled_from(list(STORED_NAMES)).flatmap(values), meta=values(Metadata))
def test_every_event_is_read_as_it_was_written(event: Event, meta: Metadata) -> None:
    """Any value of any field, amounts to the last digit."""
    topic, state = CATALOG.encode(NewEvent(event=event, meta=meta))
    assert CATALOG.decode(topic, state) == (meta, event)


@pytest.mark.parametrize("kind", JOURNALS)
@settings(max_examples=25, deadline=None)
@given(commits=st.lists(st.lists(st.builds(append, st.sampled_from("abc"), st.integers(0, 4), st.integers(0, 3)))))
def test_any_appends_leave_no_gap(kind: str, commits: list[list[Append]]) -> None:
    """Right or wrong about their version, alone or together: versions and positions are complete, and in order."""
    with TemporaryDirectory() as directory, opened(kind, Path(directory)) as journal:
        outcomes = [outcome for commit in commits for outcome in journal.append_many(commit)]
        accepted = [one for outcome in outcomes if isinstance(outcome, tuple) for one in outcome]
        assert accepted == list(journal.read())
        assert_gapless(journal)


def assert_gapless(journal: EventJournal) -> None:
    """Positions of the log, and versions of each stream, count from 1."""
    seen: Counter[str] = Counter()
    for position, one in enumerate(journal.read(), 1):
        seen[one.stream] += 1
        assert (one.position, one.version) == (position, seen[one.stream])
    assert {stream: journal.stream_version(stream) for stream in seen} == dict(seen)


@pytest.mark.parametrize("kind", JOURNALS)
@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=6), min_size=2, max_size=6))
def test_threads_that_contend_for_one_stream_leave_no_gap(kind: str, sizes: list[list[int]]) -> None:
    """Each writes on after what it saw and tries again when it was too late: every event is there, exactly once."""

    def write(writer: int) -> None:
        for first, size in enumerate(sizes[writer]):
            while True:
                try:
                    client.append("a", journal.stream_version("a"), news(size, writer * 1000 + first * 10))
                    break
                except VersionConflict:
                    continue

    with TemporaryDirectory() as directory, opened(kind, Path(directory)) as journal, started(journal) as client:
        with ThreadPoolExecutor(len(sizes)) as pool:
            list(pool.map(write, range(len(sizes))))
        expected = Counter(
            w * 1000 + f * 10 + k for w, s in enumerate(sizes) for f, n in enumerate(s) for k in range(n)
        )
        assert Counter(number(one) for one in journal.read()) == expected
        assert_gapless(journal)


WRITE_UNTIL_KILLED = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from events.journal import SqliteJournal
from tests.support.journals import news, started

def write(writer):
    version = 0
    while True:
        client.append(f"s{writer}", version, news(writer + 1, version + 1))
        version += writer + 1
        with printing:
            print(writer, version, flush=True)

printing = Lock()
with SqliteJournal(Path(sys.argv[1])) as journal, started(journal) as client, ThreadPoolExecutor(4) as pool:
    list(pool.map(write, range(4)))
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_leaves_what_it_acknowledged(tmp_path: Path, seed: int) -> None:
    """After kill -9 every acknowledged event is there, and beyond them only whole appends, at most one per writer."""
    path = tmp_path / "events.sqlite"
    command = [sys.executable, "-c", WRITE_UNTIL_KILLED, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(Random(seed).randrange(20, 400))]
        writer.kill()
        lines += writer.stdout.readlines()
    acknowledged = dict.fromkeys(range(4), 0)
    for line in lines:
        if line.endswith("\n"):
            acknowledged[int(line.split()[0])] = int(line.split()[1])
    with SqliteJournal(path) as journal:
        assert_gapless(journal)
        for number_, version in acknowledged.items():
            assert journal.stream_version(f"s{number_}") in (version, version + number_ + 1)
