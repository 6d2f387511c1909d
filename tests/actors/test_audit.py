"""Decisions made again from the log."""

import msgspec
import pytest
from msgspec.structs import replace

from actors.audit import Audit
from bin.account_stream import record
from events.base import NewEvent, Recorded
from events.control import AccountPaused
from events.journal import InMemoryJournal
from events.strategies import BatchPlanned
from tests.support.account import ALICE
from tests.support.example_log import write_example
from tests.support.fake_venue import FakeVenue
from tests.support.house import house, quick_terms


@pytest.fixture(scope="module")
def log() -> tuple[Recorded, ...]:
    """Two accounts that reach their targets."""
    venue = FakeVenue(fills_at_once=True)
    with house(venue, quick_terms(1), quick_terms(2)) as running:
        running.result()
    return tuple(running.journal.read())


def planned(log: tuple[Recorded, ...]) -> int:
    return next(at for at, one in enumerate(log) if isinstance(one.event, BatchPlanned))


def test_every_decision_of_a_run_comes_out_again(log: tuple[Recorded, ...]) -> None:
    """State, message and time are in the log, and nothing else decides."""
    audit = Audit()
    assert list(audit.differences(log)) == []
    assert (audit.events, audit.unchecked) == (len(log), 0)
    assert audit.checked >= len({one.meta.ts_init for one in log})


def test_a_decision_that_was_changed_is_told_with_both_sides(log: tuple[Recorded, ...]) -> None:
    """Whoever edits what was decided cannot edit what it was decided from so that both agree."""
    at = planned(log)
    before = log[at].event
    assert isinstance(before, BatchPlanned)
    edited = replace(before, planned_trades=before.planned_trades + 1)
    (first, *_) = Audit().differences((*log[:at], replace(log[at], event=edited), *log[at + 1 :]))
    assert (edited in first.recorded, before in first.decided, first.error) == (True, True, "")


def test_a_message_of_another_version_cannot_be_checked_and_says_so(log: tuple[Recorded, ...]) -> None:
    """What cannot be decided again is no silent success."""
    meta = replace(log[0].meta, received=msgspec.Raw(b'{"type":"Forgotten"}'))
    (difference,) = Audit().differences((replace(log[0], meta=meta),))
    assert difference.error.startswith("the message cannot be read")


def test_events_without_messages_are_counted() -> None:
    """A log that another program wrote is read without a difference, and every append is unchecked."""
    journal = InMemoryJournal()
    write_example(journal)
    audit = Audit()
    assert list(audit.differences(journal.read())) == []
    assert (audit.checked, audit.unchecked) == (0, journal.head())


def test_what_was_recorded_while_nobody_ran_is_no_part_of_the_decision_before(log: tuple[Recorded, ...]) -> None:
    """A process was killed after a decision, and the next thing on the stream is the operator's word: unchecked."""
    at = planned(log)
    journal = InMemoryJournal()
    for one in log[: at + 1]:
        journal.append(one.stream, one.version - 1, [NewEvent(event=one.event, meta=one.meta)])
    record(journal, 1, lambda _: [AccountPaused(user_id=1, by=ALICE, strategy_id="", trade_id="")])
    audit = Audit()
    assert list(audit.differences(journal.read())) == []
    assert audit.unchecked == 1
