"""What tests of actors share."""

from collections.abc import Iterator

import pykka
import pytest

from actors.journal import JournalActor, JournalClient
from events.journal import InMemoryJournal


@pytest.fixture
def journal() -> InMemoryJournal:
    return InMemoryJournal()


@pytest.fixture
def client(journal: InMemoryJournal) -> Iterator[JournalClient]:
    """A client of a journal that runs."""
    ref = JournalActor.start(journal, lambda _failure: None)
    yield JournalClient(ref, journal)
    ref.stop(timeout=10)


@pytest.fixture(autouse=True)
def _stop_actors() -> Iterator[None]:
    """Whatever a test has started ends with it."""
    yield
    pykka.ActorRegistry.stop_all(timeout=10)
