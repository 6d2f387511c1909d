"""The JSON Schema of the settings file, for editors that complete and check while one types."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from config.file_form import (
    BUILT_IN,
    DEFAULT_KIND,
    AlertsSection,
    AlphaVenueSection,
    ConfigFile,
    GlobalSettings,
    PaperVenueSection,
    StrategyEntry,
    Tunables,
)
from config.resolve import DEFAULT_CHAIN, RUN_FIELDS
from config.schema import AlertSettings, AlphaVenueSettings, PaperVenueSettings, Settings

JsonObject = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DECIMAL_TEXT = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"


def json_schema() -> JsonObject:
    """Return the schema: unknown keys refused, each key with its description, bounds and default."""
    schema = msgspec.json.schema(ConfigFile)
    defs = schema["$defs"]
    for form in (ConfigFile, GlobalSettings, StrategyEntry, PaperVenueSection, AlphaVenueSection, AlertsSection):
        _complete(defs[form.__name__]["properties"], _defaults(form))
    # An editor that may choose between a section and null says only "neither": without null it says what is wrong.
    sections = defs[ConfigFile.__name__]["properties"]
    sections.update({name: definition["anyOf"][0] for name, definition in sections.items()})
    sections["venue"] = _by_kind(defs)
    shared = defs[GlobalSettings.__name__]["properties"]
    shared.update({f"default_{name}": shared[name] for name in Tunables.__struct_fields__})
    return {"$schema": _DIALECT, **schema}


def _defaults(form: type[Struct]) -> Mapping[str, object]:
    """The built-in value of each key; None is no default."""
    tunables = msgspec.structs.asdict(BUILT_IN)
    run = Settings(strategies=())
    if form is GlobalSettings:
        return {**tunables, **{name: getattr(run, name) for name in RUN_FIELDS}}
    if form is StrategyEntry:
        return {**tunables, "enabled": True, "target_chain": DEFAULT_CHAIN}
    if form is PaperVenueSection:
        return {"kind": DEFAULT_KIND, **msgspec.structs.asdict(PaperVenueSettings())}
    if form is AlertsSection:
        return msgspec.structs.asdict(AlertSettings())
    return _optional_defaults(AlphaVenueSettings) if form is AlphaVenueSection else {}


def _optional_defaults(form: type[Struct]) -> Mapping[str, object]:
    fields = msgspec.structs.fields(form)
    return {field.name: field.default for field in fields if field.default is not msgspec.NODEFAULT}


def _by_kind(defs: JsonObject) -> JsonObject:
    """The one section or the other, chosen by its kind, so that an editor speaks of that one alone."""
    paper, alpha = (form.__name__ for form in (PaperVenueSection, AlphaVenueSection))
    defs[paper]["required"].remove("kind")
    for name in (paper, alpha):
        defs[name]["properties"]["kind"]["description"] = "paper: simulated here. alpha: the real venue."
    chosen = {"properties": {"kind": {"const": "alpha"}}, "required": ["kind"]}
    return {"if": chosen, "then": {"$ref": f"#/$defs/{alpha}"}, "else": {"$ref": f"#/$defs/{paper}"}}


def _complete(properties: JsonObject, defaults: Mapping[str, object]) -> None:
    for name, definition in properties.items():
        definition.pop("default", None)
        _admit_numbers(definition)
        default = defaults.get(name)
        if default not in {None, ()}:
            definition["default"] = float(default) if isinstance(default, Decimal) else default


def _admit_numbers(definition: JsonObject) -> None:
    """Where msgspec expects a decimal as text, a number is right as well."""
    if definition.get("format") == "decimal":
        del definition["format"]
        definition.update({"type": ["number", "string"], "pattern": _DECIMAL_TEXT})
    for key in ("items", "additionalProperties"):
        if isinstance(definition.get(key), dict):
            _admit_numbers(definition[key])
    for choice in definition.get("anyOf", ()):
        _admit_numbers(choice)
