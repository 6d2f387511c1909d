"""What every EventJournal promises, on each implementation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from events.base import NewEvent, Recorded
from events.catalog import EventNotStorable
from events.journal import Append, EventJournal, VersionConflict
from events.system import StreamClosed
from tests.golden.samples import SAMPLES
from tests.support.journals import JOURNALS, META, append, new, news, number, opened


@pytest.fixture(params=JOURNALS)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventJournal]:
    with opened(request.param, tmp_path) as journal:
        yield journal


def places(events: Iterator[Recorded] | tuple[Recorded, ...]) -> list[tuple[int, str, int]]:
    """Position, stream and version of each."""
    return [(one.position, one.stream, one.version) for one in events]


def test_an_empty_journal_has_nothing(journal: EventJournal) -> None:
    """Positions and versions begin before 1, and reads end at once."""
    assert (journal.head(), journal.stream_version("a")) == (0, 0)
    assert [*journal.read(), *journal.read_stream("a")] == []


def test_an_append_tells_where_its_events_are(journal: EventJournal) -> None:
    """Positions count through the log, versions through the stream, both from 1."""
    journal.append("a", 0, news(2))
    assert places(journal.append("b", 0, news(1))) == [(3, "b", 1)]
    assert places(journal.append("a", 2, news(2))) == [(4, "a", 3), (5, "a", 4)]
    assert (journal.head(), journal.stream_version("a"), journal.stream_version("b")) == (5, 4, 1)


def test_what_was_appended_is_read_back(journal: EventJournal) -> None:
    """Each event of the vocabulary reads as it was recorded, from the log and from its stream."""
    recorded = journal.append("all", 0, tuple(SAMPLES.values()))
    assert [(one.topic, one.meta, one.event) for one in recorded] == [
        (topic, sample.meta, sample.event) for topic, sample in SAMPLES.items()
    ]
    assert tuple(journal.read()) == recorded
    assert tuple(journal.read_stream("all")) == recorded


@pytest.mark.parametrize("expected", [0, 1, 3, 7])
def test_another_version_than_the_streams_is_refused(journal: EventJournal, expected: int) -> None:
    """Neither an overwrite nor a gap: the error says what was expected and what there is."""
    journal.append("a", 0, news(2))
    with pytest.raises(VersionConflict, match=f"stream a is at version 2, not at {expected}") as error:
        journal.append("a", expected, news(1))
    assert (error.value.stream, error.value.expected, error.value.actual) == ("a", expected, 2)
    assert journal.head() == 2


def test_a_conflict_fails_alone(journal: EventJournal) -> None:
    """The other appends of the same commit are recorded, and leave no gap where the refused one was."""
    outcomes = journal.append_many([append("a", 0, 2), append("b", 4), append("a", 0), append("c", 0)])
    assert [type(outcome) for outcome in outcomes] == [tuple, VersionConflict, VersionConflict, tuple]
    assert places(journal.read()) == [(1, "a", 1), (2, "a", 2), (3, "c", 1)]


def test_appends_of_one_commit_follow_each_other(journal: EventJournal) -> None:
    """Two appends to one stream may share a commit, in the order in which they came."""
    journal.append_many([append("a", 0, 2), append("a", 2), append("b", 0), append("a", 3)])
    assert [one.version for one in journal.read_stream("a")] == [1, 2, 3, 4]


def test_an_event_that_cannot_be_written_fails_alone(journal: EventJournal) -> None:
    """It is refused with its append; the others of the commit are recorded."""
    bad = NewEvent(event=StreamClosed(user_id=1, reason="\ud800"), meta=META)
    outcomes = journal.append_many([append("a", 0), Append(stream="b", expected_version=0, events=(new(), bad))])
    assert [type(outcome) for outcome in outcomes] == [tuple, EventNotStorable]
    assert (journal.head(), journal.stream_version("b")) == (1, 0)


def test_an_append_of_nothing_checks_the_version(journal: EventJournal) -> None:
    """It records nothing, and still tells a writer that it is too late."""
    assert journal.append("a", 0, ()) == ()
    with pytest.raises(VersionConflict):
        journal.append("a", 1, ())


def test_a_large_append_is_one(journal: EventJournal) -> None:
    """More events than go into one statement are recorded and read in order."""
    recorded = journal.append("a", 0, news(1300))
    assert [number(one) for one in journal.read()] == list(range(1, 1301))
    assert tuple(journal.read_stream("a")) == recorded


def test_a_large_append_that_conflicts_leaves_nothing(journal: EventJournal) -> None:
    """All or none, however many."""
    journal.append("a", 0, news(1))
    with pytest.raises(VersionConflict):
        journal.append("a", 0, news(1300))
    assert journal.head() == 1


@pytest.mark.parametrize(
    ("after", "limit", "upto", "positions"),
    [
        (0, None, None, [1, 2, 3, 4, 5]),
        (2, None, None, [3, 4, 5]),
        (1, 2, None, [2, 3]),
        (1, None, 4, [2, 3, 4]),
        (1, 2, 2, [2]),
        (5, None, None, []),
        (0, 0, None, []),
        (3, None, 2, []),
    ],
)
def test_reading_a_part(
    journal: EventJournal, after: int, limit: int | None, upto: int | None, positions: list[int]
) -> None:
    """After a position, at most so many, up to a position."""
    journal.append("a", 0, news(5))
    assert [one.position for one in journal.read(after, limit=limit, upto=upto)] == positions


def test_reading_the_rest_of_a_stream(journal: EventJournal) -> None:
    """Only what is after the version, only of that stream."""
    journal.append_many([append("a", 0, 3), append("b", 0, 3)])
    assert places(journal.read_stream("b", 1)) == [(5, "b", 2), (6, "b", 3)]


def test_subscribers_hear_of_what_is_durable(journal: EventJournal) -> None:
    """One call for one commit, after it can be read, without what was refused."""
    heard: list[tuple[int, tuple[Recorded, ...]]] = []
    journal.subscribe(lambda recorded: heard.append((journal.head(), recorded)))
    journal.append_many([append("a", 0, 2), append("a", 9), append("b", 0)])
    journal.append_many([append("a", 0)])
    assert heard == [(3, tuple(journal.read()))]


def test_a_subscriber_that_left_hears_no_more(journal: EventJournal) -> None:
    """Others still do."""
    left: list[int] = []
    stayed: list[int] = []

    def leaving(recorded: tuple[Recorded, ...]) -> None:
        left.extend(one.position for one in recorded)

    journal.subscribe(leaving)
    journal.subscribe(lambda recorded: stayed.extend(one.position for one in recorded))
    journal.append("a", 0, news(1))
    journal.unsubscribe(leaving)
    journal.append("a", 1, news(1))
    assert (left, stayed) == ([1], [1, 2])


def test_streams_may_have_any_name(journal: EventJournal) -> None:
    """A stream's name is text, not an identifier of the library's kind."""
    for stream in ("user-1", "a b'c\"d", "0123456789abcdef0123456789abcdef", "Ω"):
        journal.append(stream, 0, news(1))
        assert [one.stream for one in journal.read_stream(stream)] == [stream]
