"""The JSON Schema for editors."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bin.paths import ROOT
from config.editor_schema import JsonObject, json_schema
from config.file_form import AlphaVenueSection, ConfigFile, GlobalSettings, PaperVenueSection, StrategyEntry
from config.reader import fields_by_key
from config.tree import Mapping, Node, Scalar, Sequence
from config.yaml_tree import parse
from tests.support.settings import EXAMPLES

VENUES = (PaperVenueSection, AlphaVenueSection)
FILES = [ROOT / "config" / "trading_config.yaml", *sorted(EXAMPLES.glob("*.yaml"))]


def definition(name: str) -> JsonObject:
    result: JsonObject = json_schema()["$defs"][name]
    return result


def key_paths(node: Node | None, path: str = "") -> Iterator[str]:
    """Every key of a file, list positions left out."""
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield from (f"{path}{key.text}", *key_paths(value, f"{path}{key.text}."))
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from key_paths(item, path)
    else:
        assert node is None or isinstance(node, Scalar)


@pytest.mark.parametrize("form", [ConfigFile, GlobalSettings, StrategyEntry, PaperVenueSection, AlphaVenueSection])
def test_keys_are_the_loaders(form: type[msgspec.Struct]) -> None:
    """Each section has exactly the keys that the loader knows, and refuses others."""
    section = definition(form.__name__)
    kind = {"kind"} if form in VENUES else set()
    assert section["properties"].keys() == fields_by_key(form).keys() | kind
    assert section["additionalProperties"] is False


@pytest.mark.parametrize("name", ["GlobalSettings", "StrategyEntry", "PaperVenueSection", "AlphaVenueSection"])
def test_every_key_is_described(name: str) -> None:
    """An editor has something to show for each key."""
    for key, value in definition(name)["properties"].items():
        parts = [value, *value.get("anyOf", ())]
        assert any(part.get("description") for part in parts), key


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_examples_use_keys_of_the_schema(path: Path) -> None:
    """The default file and the documents' examples contain no key that the schema would refuse."""
    known = set(definition("ConfigFile")["properties"])
    for section, name in (
        ("global_settings", "GlobalSettings"),
        ("strategies", "StrategyEntry"),
        ("venue", "PaperVenueSection"),
        ("venue", "AlphaVenueSection"),
    ):
        known |= {f"{section}.{key}" for key in definition(name)["properties"]}
    used = {found for found in key_paths(parse(path.read_text(), path.name)) if "starting_volumes." not in found}
    assert used
    assert used <= known


def test_decimals_are_numbers_or_text() -> None:
    """An amount may be written with or without quotes; its bounds are those that the loader enforces."""
    assert definition("StrategyEntry")["properties"]["target_volume"] == {
        "description": "What the venue must count for each user, in USDT.",
        "exclusiveMinimum": 0,
        "maximum": 1_000_000_000_000,
        "type": ["number", "string"],
        "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
    }


def test_defaults() -> None:
    """Editors show the built-in defaults."""
    assert definition("GlobalSettings")["properties"]["default_single_trade_amount_usdt"]["default"] == 30
    assert definition("StrategyEntry")["properties"]["target_chain"]["default"] == "BSC"
    assert definition("PaperVenueSection")["properties"]["credit_rule"]["default"] == "divided"
    assert definition("AlphaVenueSection")["properties"]["on_restriction"]["default"] == "leave"


def test_the_kind_chooses_the_venue_section() -> None:
    """Without a kind it is the paper venue's; the real one must be named, and where it is."""
    venue = definition("ConfigFile")["properties"]["venue"]
    assert venue["else"] == {"$ref": "#/$defs/PaperVenueSection"}
    assert set(definition("AlphaVenueSection")["required"]) == {"kind", "rest_url", "stream_url"}
    assert not definition("PaperVenueSection")["required"]


def test_required() -> None:
    """A strategy must have its four keys."""
    assert set(definition("StrategyEntry")["required"]) == {"strategy_id", "target_token", "target_volume", "user_ids"}
