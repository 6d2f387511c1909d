"""JournalActor: many writers, one commit; one failure, no more commits."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pykka
import pytest

from actors.journal import AppendUnanswered, JournalActor, JournalClient, Reply
from events.base import NewEvent, Recorded
from events.catalog import EventNotStorable
from events.journal import Append, InMemoryJournal, Outcome, SqliteJournal, StorageFailed, VersionConflict
from events.system import StreamClosed
from tests.support.journals import META, append, limit_pages, new, news, started

WAIT_S = 10


class GatedJournal(InMemoryJournal):
    """A journal whose disk is as slow and as broken as a test wants: a commit says that it began, and waits."""

    def __init__(self) -> None:
        super().__init__()
        self.began = Event()
        self.gate = Event()
        self.commits: list[int] = []
        self.broken = False

    def append_many(self, appends: Sequence[Append]) -> list[Outcome]:
        self.commits.append(len(appends))
        self.began.set()
        assert self.gate.wait(WAIT_S)
        if self.broken:
            raise StorageFailed("the disk is gone")
        return super().append_many(appends)


@pytest.fixture
def gated() -> Iterator[GatedJournal]:
    journal = GatedJournal()
    yield journal
    journal.gate.set()


def behind(journal: GatedJournal, appends: Sequence[Append]) -> list[pykka.Future[tuple[Recorded, ...]]]:
    """Ask all while the first is being committed, then let the commits go on; the actor is stopped at the end."""
    ref = JournalActor.start(journal, lambda _: None)
    futures = [ref.ask(appends[0], block=False)]
    assert journal.began.wait(WAIT_S)
    futures += [ref.ask(one, block=False) for one in appends[1:]]
    stopped = ref.stop(block=False)
    journal.gate.set()
    stopped.get(timeout=WAIT_S)
    return futures


def test_an_append_is_answered_with_what_was_recorded() -> None:
    """The caller gets positions and versions, and can read them back."""
    journal = InMemoryJournal()
    with started(journal) as client:
        recorded = client.append("a", 0, news(2))
        assert tuple(client.read_stream("a")) == recorded
        assert tuple(client.read_stream("a", 1)) == recorded[1:]


def test_appends_that_wait_share_a_commit(gated: GatedJournal) -> None:
    """While one commit runs, all others gather, and the next takes every one of them."""
    futures = behind(gated, [append(f"s{number}", 0) for number in range(10)])
    assert [future.get(timeout=WAIT_S)[0].position for future in futures] == list(range(1, 11))
    assert gated.commits == [1, 9]


def test_a_conflict_is_answered_alone(gated: GatedJournal) -> None:
    """Those who share its commit get what they asked for."""
    first, good, stale, last = behind(gated, [append("a", 0), append("b", 0), append("a", 0), append("a", 1)])
    assert [future.get(timeout=WAIT_S)[0].position for future in (first, good, last)] == [1, 2, 3]
    with pytest.raises(VersionConflict, match="stream a is at version 1, not at 0"):
        stale.get(timeout=WAIT_S)


def test_what_waits_before_a_stop_is_recorded(gated: GatedJournal) -> None:
    """No work is lost by stopping: the stop message waits its turn."""
    futures = behind(gated, [append("a", version) for version in range(5)])
    assert [future.get(timeout=WAIT_S)[0].version for future in futures] == [1, 2, 3, 4, 5]


def test_a_refused_append_does_not_end_the_actor() -> None:
    """A conflict and an event that cannot be written are the caller's trouble only."""
    with started(InMemoryJournal()) as client:
        with pytest.raises(VersionConflict):
            client.append("a", 3, news(1))
        with pytest.raises(EventNotStorable):
            client.append("a", 0, [NewEvent(event=StreamClosed(user_id=1, reason="\ud800"), meta=META)])
        assert client.append("a", 0, news(1))[0].version == 1


def test_a_full_disk_fails_all_that_wait_and_halts(tmp_path: Path) -> None:
    """Every waiter learns of it, the owner is told once, and nothing is recorded afterwards, room or no room."""
    halts: list[StorageFailed] = []
    with SqliteJournal(tmp_path / "events.sqlite") as journal, started(journal, halts.append) as client:
        client.append("a", 0, news(1))
        limit_pages(journal, 4)
        for _ in range(2):
            with pytest.raises(StorageFailed, match="full"):
                client.append("a", 1, news(100))
        limit_pages(journal, 0)
        with pytest.raises(StorageFailed, match="full"):
            client.append("a", 1, news(1))
        assert (len(halts), journal.head()) == (1, 1)


def test_a_storage_failure_reaches_every_waiter(gated: GatedJournal) -> None:
    """Those who share the commit that failed, and those who came after it, are all answered."""
    gated.broken = True
    for future in behind(gated, [append(f"s{number}", 0) for number in range(5)]):
        with pytest.raises(StorageFailed, match="the disk is gone"):
            future.get(timeout=WAIT_S)
    assert gated.commits == [1]


def test_no_answer_in_time_is_an_error_of_its_own(gated: GatedJournal) -> None:
    """The caller stops waiting; the append may be recorded all the same, and is."""
    ref = JournalActor.start(gated, lambda _: None)
    with pytest.raises(AppendUnanswered, match=r"stream a: no answer within 0\.01 s"):
        JournalClient(ref, gated, timeout_s=0.01).append("a", 0, news(1))
    gated.gate.set()
    ref.stop(timeout=WAIT_S)
    assert gated.head() == 1


def test_a_stopped_journal_is_a_storage_failure() -> None:
    """An actor that outlives the journal must not trade."""
    with started(InMemoryJournal()) as client:
        pass
    with pytest.raises(StorageFailed, match="stream a: the journal has stopped"):
        client.append("a", 0, (new(),))


def test_many_threads_append_to_streams_of_their_own(tmp_path: Path) -> None:
    """Nobody loses an event, and everybody's answer is their own."""

    def write(stream: str) -> list[tuple[str, int]]:
        return [(one.stream, one.version) for version in range(50) for one in client.append(stream, version, news(1))]

    with SqliteJournal(tmp_path / "events.sqlite") as journal, started(journal) as client:
        with ThreadPoolExecutor(8) as pool:
            for number, answers in enumerate(pool.map(write, [f"s{number}" for number in range(8)])):
                assert answers == [(f"s{number}", version) for version in range(1, 51)]
        assert [one.position for one in journal.read()] == list(range(1, 401))


def test_a_reply_can_be_read_again() -> None:
    """As a pykka future, whose place it takes."""
    reply = Reply()
    reply.set("answer")
    assert [reply.get(timeout=0), reply.get()] == ["answer", "answer"]


def test_a_reply_that_does_not_come_times_out() -> None:
    """With pykka's own exception."""
    with pytest.raises(pykka.Timeout, match="0 seconds"):
        Reply().get(timeout=0)
