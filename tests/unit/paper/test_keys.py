"""Listen keys: their form, their life, and what asking again does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from exchange.paper.keys import ListenKeys
from exchange.paper.settings import PaperSettings
from exchange.paper.store import Numbers, Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(tmp_path)
    yield made
    made.close()


def test_a_key_is_32_hex_and_belongs_to_its_account(store: Store) -> None:
    """Only its account's frames are sent on it."""
    keys = ListenKeys(PaperSettings(), Numbers(store))
    key = keys.create("1", now=0)
    assert re.fullmatch("[0-9a-f]{32}", key)
    assert keys.streams_of("1", now=0) == (f"alpha@{key}",)
    assert keys.streams_of("2", now=0) == ()


def test_a_key_expires(store: Store) -> None:
    """After its lifetime nothing is sent on it."""
    keys = ListenKeys(PaperSettings(listen_key_ttl_seconds=60), Numbers(store))
    key = keys.create("1", now=0)
    assert keys.streams_of("1", now=59_999) == (f"alpha@{key}",)
    assert keys.streams_of("1", now=60_000) == ()


@pytest.mark.parametrize(("repost", "live"), [("replaces", [1]), ("adds", [0, 1]), ("same", [0])])
def test_asking_again(store: Store, repost: Literal["replaces", "adds", "same"], live: list[int]) -> None:
    """A new key that ends the old one, a new one beside it, or the same one: nobody has measured it."""
    keys = ListenKeys(PaperSettings(listen_key_repost=repost), Numbers(store))
    given = [keys.create("1", now=0), keys.create("1", now=1)]
    assert keys.streams_of("1", now=2) == tuple(f"alpha@{given[index]}" for index in live)


def test_no_key_is_given_twice(store: Store) -> None:
    """Not after a restart either: the seed is the same, the number goes on."""
    before, after = (ListenKeys(PaperSettings(), Numbers(store)).create("1", now=0) for _ in range(2))
    assert before != after
