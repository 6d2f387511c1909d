"""Golden samples: what is on disk is read the same for ever."""

import json
from pathlib import Path

import pytest

from events import accounts, control, executions, inventory, orders, strategies, system, trades, unwinds, volumes
from events.base import Event
from events.catalog import STORED_NAMES, Catalog
from tests.golden.samples import GOLDEN_DIR, SAMPLES, golden_file

FILES = sorted(GOLDEN_DIR.glob("*.json"))


def test_every_event_class_has_a_stored_name() -> None:
    """An event that is added to the vocabulary cannot be forgotten here."""
    modules = (accounts, control, executions, inventory, orders, strategies, system, trades, unwinds, volumes)
    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event) and value.__module__ == module.__name__
    }
    assert classes == set(STORED_NAMES)


@pytest.mark.parametrize("topic", STORED_NAMES.values())
def test_every_stored_name_has_a_golden_file(topic: str) -> None:
    """No event is in use whose form on disk is not pinned."""
    assert golden_file(topic).exists()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_file_reads_as_its_sample(file: Path) -> None:
    """What was ever written decodes to the event that it was."""
    sample = SAMPLES[file.stem]
    assert Catalog().decode(file.stem, file.read_bytes()) == (sample.meta, sample.event)


@pytest.mark.parametrize("topic", STORED_NAMES.values())
def test_a_sample_is_written_as_its_golden_file(topic: str) -> None:
    """Today's code writes what yesterday's code wrote, to the last digit."""
    name, state = Catalog().encode(SAMPLES[topic])
    assert (name, json.loads(state)) == (topic, json.loads(golden_file(topic).read_bytes()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_amount_is_stored_with_an_exponent(file: Path) -> None:
    """An auditor reads 0.00000001, never 1E-8; the venue's own text stays as it came."""
    data = json.loads(file.read_bytes())["data"]
    data.pop("raw", None)
    assert "E-" not in json.dumps(data)
