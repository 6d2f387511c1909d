"""What may change about events without touching a log that was written before (docs/events.md has the rule)."""

from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from events.base import Event, Metadata, NewEvent
from events.catalog import Catalog
from events.journal import SqliteJournal
from events.recorder import JournalDatastore, JournalRecorder
from projections.runner import Runner
from projections.states import connection, orders, supervision, user, volume
from projections.views import VIEWS
from tests.golden.samples import GOLDEN_DIR

META = Metadata(correlation_id="c", causation=None, ts_event=1, ts_init=2)
TOPIC = "test.weighed.v1"
FOLDS: tuple[tuple[Any, Callable[[Any, Any], Any]], ...] = (
    (user.UserState(user_id=1), user.evolve),
    (orders.OrdersState(user_id=1), orders.evolve),
    (connection.ConnectionState(user_id=1), connection.evolve),
    (volume.VolumeState(), volume.evolve),
    (supervision.SupervisionState(), supervision.evolve),
)


class Weighed(Event, frozen=True, kw_only=True):
    """As it was first written."""

    weight: Decimal


class WeighedWithUnit(Event, frozen=True, kw_only=True):
    """The same class later: with a field that has a default."""

    weight: Decimal
    unit: str = "kg"


def written(event: Event) -> bytes:
    """What the first version of the code put on disk."""
    topic, state = Catalog({type(event): TOPIC}, {}).encode(NewEvent(event=event, meta=META))
    assert topic == TOPIC
    return state


def test_a_field_with_a_default_may_be_added() -> None:
    """Old records read with the default; a reader that does not know the field yet reads new records without it."""
    old = written(Weighed(weight=Decimal("1.50")))
    today = Catalog({WeighedWithUnit: TOPIC}, {})
    assert today.decode(TOPIC, old) == (META, WeighedWithUnit(weight=Decimal("1.50"), unit="kg"))
    new = written(WeighedWithUnit(weight=Decimal("1.50"), unit="g"))
    assert Catalog({Weighed: TOPIC}, {}).decode(TOPIC, new) == (META, Weighed(weight=Decimal("1.50")))


def test_a_class_may_be_renamed() -> None:
    """Its stored name stays, so old records are read as the class of today, and new ones are written as ever."""

    class Measured(Event, frozen=True, kw_only=True):
        weight: Decimal

    old = written(Weighed(weight=Decimal("1.50")))
    assert Catalog({Measured: TOPIC}, {}).decode(TOPIC, old)[1] == Measured(weight=Decimal("1.50"))
    assert written(Measured(weight=Decimal("1.50"))) == old


def test_a_class_may_move_to_another_module() -> None:
    """Nothing on disk names a module."""
    moved: Any = msgspec.defstruct(
        "Weighed", [("weight", Decimal)], bases=(Event,), module="events.elsewhere", frozen=True, kw_only=True
    )
    old = written(Weighed(weight=Decimal("1.50")))
    assert Catalog({moved: TOPIC}, {}).decode(TOPIC, old)[1] == moved(weight=Decimal("1.50"))
    assert written(moved(weight=Decimal("1.50"))) == old


@pytest.fixture
def every_sample(tmp_path: Path) -> Path:
    """A log that holds every event version that was ever written, as the bytes that were written."""
    path = tmp_path / "events.sqlite"
    files = sorted(GOLDEN_DIR.glob("*.json"))
    with closing(JournalDatastore(path)) as datastore:
        recorder = JournalRecorder(datastore)
        recorder.create_table()
        rows = [StoredEvent("user-1", n, file.stem, file.read_bytes()) for n, file in enumerate(files, 1)]
        recorder.insert_events(rows)
    return path


def test_every_version_ever_written_is_folded_by_today_s_states(every_sample: Path) -> None:
    """No actor stumbles over what an earlier one recorded."""
    with SqliteJournal(every_sample, read_only=True) as journal:
        for state, evolve in FOLDS:
            for recorded in journal.read():
                state = evolve(state, recorded)  # noqa: PLW2901 - a fold


def test_every_version_ever_written_is_taken_in_by_today_s_views(every_sample: Path, tmp_path: Path) -> None:
    """No view stops."""
    with (
        SqliteJournal(every_sample, read_only=True) as journal,
        closing(Runner(journal, tmp_path / "views.sqlite", VIEWS)) as runner,
    ):
        runner.catch_up()
        assert [one.stopped_at for one in runner.states().values()] == [None] * len(VIEWS)
