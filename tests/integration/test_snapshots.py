"""Snapshots: the same state as from the log, or none."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from actors import order_tracker, user
from actors.address import Address, DeadLetters
from actors.base import Decider, Ledger
from actors.journal import JournalClient
from actors.system import start_journal
from events.journal import EventJournal, InMemoryJournal
from projections.snapshots import Snapshot, Snapshots, fingerprint
from projections.states.connection import ConnectionSettings, ConnectionState
from tests.support.fake_venue import FakeVenue
from tests.support.house import house, quick_terms


@pytest.fixture(scope="module")
def log() -> EventJournal:
    """An account that reached its target in some trades."""
    journal = InMemoryJournal()
    with house(FakeVenue(fills_at_once=True), quick_terms(), journal=journal) as running:
        running.result()
    return journal


class Desk:
    """Folds streams of a log beside a file of snapshots."""

    def __init__(self, path: Path, log: EventJournal) -> None:
        self.path = path
        self.log = log
        self._ref = start_journal(log, Address("supervisor", DeadLetters()))

    def fold(self, decider: Decider[Any], stream: str, *, snapshots: bool = True) -> Ledger[Any]:
        kept = Snapshots(self.path) if snapshots else None
        ledger: Ledger[Any] = Ledger(stream, decider, JournalClient(self._ref, self.log, snapshots=kept))
        ledger.recover()
        return ledger

    def keep(self, decider: Decider[Any], stream: str, version: int) -> None:
        """A snapshot of what the stream was at this version."""
        state, position = decider.initial, 0
        for recorded in self.log.read_stream(stream):
            if recorded.version <= version:
                state, position = decider.evolve(state, recorded), recorded.position
        snapshots = Snapshots(self.path)
        snapshots.start()
        snapshots.offer(stream, Snapshot(version, position, state), decider.initial)
        snapshots.stop()

    def change(self, statement: str) -> None:
        db = sqlite3.connect(self.path)
        with db:
            db.execute(statement)
        db.close()

    def stop(self) -> None:
        self._ref.stop()


@pytest.fixture
def desk(tmp_path: Path, log: EventJournal) -> Iterator[Desk]:
    desk = Desk(tmp_path / "views.sqlite", log)
    yield desk
    desk.stop()


def read_from(ledger: Ledger[Any]) -> int:
    """The version of the snapshot that the fold began with."""
    return ledger._snapshot_version


@pytest.mark.parametrize(("decider", "stream"), [(user.pure(1), "user-1"), (order_tracker.pure(1), "orders-1")])
def test_a_state_from_any_snapshot_is_the_state_from_the_log(
    desk: Desk,
    decider: Decider[Any],
    stream: str,
) -> None:
    """Wherever it was taken, to the last field, and with all orders in the order of their ends."""
    whole = desk.fold(decider, stream, snapshots=False)
    for version in range(1, whole._version + 1, 7):
        desk.keep(decider, stream, version)
        found = desk.fold(decider, stream)
        assert (read_from(found), repr(found.state)) == (version, repr(whole.state))
        assert (found.position, found._version) == (whole.position, whole._version)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET state = substr(state, 1, 40)",
        "UPDATE snapshots SET state = 'nonsense'",
        "UPDATE snapshots SET fingerprint = 'other code'",
        "UPDATE snapshots SET position = position + 1",
        "UPDATE snapshots SET version = 100000",
        "DROP TABLE snapshots",
        "CREATE TRIGGER t BEFORE INSERT ON snapshots BEGIN SELECT RAISE(ABORT, 'no'); END",
    ],
)
def test_a_snapshot_that_is_not_right_falls_back_to_the_log(desk: Desk, damage: str) -> None:
    """Damaged, of other code, of another log, ahead of the log, or gone: the state is the log's all the same."""
    decider = user.pure(1)
    whole = desk.fold(decider, "user-1", snapshots=False)
    desk.keep(decider, "user-1", 10)
    desk.change(damage)
    assert desk.fold(decider, "user-1").state == whole.state


def test_a_file_that_is_no_database_is_as_good_as_none(desk: Desk) -> None:
    """And nothing is raised, neither by reading nor by writing."""
    desk.path.write_bytes(b"this is no database" * 100)
    decider = user.pure(1)
    desk.keep(decider, "user-1", 10)
    assert read_from(desk.fold(decider, "user-1")) == 0


def test_other_settings_are_another_fingerprint() -> None:
    """A state carries the settings that its fold began with; with new ones it is folded anew."""
    before = ConnectionState(user_id=1)
    after = replace(before, settings=ConnectionSettings(tries_in_a_row=3))
    assert fingerprint(before) != fingerprint(after)
    assert fingerprint(before) == fingerprint(ConnectionState(user_id=1))
