"""From the file form to the resolved form.

Precedence: the strategy's key, the `global_settings` key, the built-in default (strategy execution flow,
configuration). A retry delay that nobody gives is 20 times the strategy's own trade interval.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import cast

import msgspec

from config.file_form import BUILT_IN, DEFAULT_KIND, RETRY_DELAY_INTERVALS
from config.origins import Loaded, Origin, Source
from config.reader import Section
from config.schema import (
    AlertSettings,
    AlphaVenueSettings,
    PaperVenueSettings,
    Settings,
    StartingVolume,
    StrategySpec,
    VenueSettings,
)
from config.sections import VENUE_FILES, absolute, is_enabled, section_of, strategies_of

FILE_KEYS = {
    "token": "target_token",
    "chain": "target_chain",
    "amount": "single_trade_amount_usdt",
    "interval_seconds": "trade_interval_seconds",
    "sell_discount_percentage": "sell_profit_percentage",
}
"""The file's key for each field of StrategySpec that is not named as in the file."""

RUN_FIELDS = (
    "max_concurrent_users",
    "request_timeout_seconds",
    "listen_key_renewal_minutes",
    "max_parallel_volume_queries",
)
"""The fields of Settings that belong to the run as a whole."""

DEFAULT_CHAIN = "BSC"

_VENUES: dict[object, type[PaperVenueSettings | AlphaVenueSettings]] = {
    "paper": PaperVenueSettings,
    "alpha": AlphaVenueSettings,
}


def resolve(root: Section) -> Loaded:
    """Return the settings of a file without problems."""
    shared = section_of(root, "global_settings")
    resolution = _Resolution(shared)
    enabled = [entry for entry in strategies_of(root) if is_enabled(entry)]
    whole = resolution.given(shared, "", RUN_FIELDS)
    whole["strategies"] = tuple(resolution.strategy(entry) for entry in enabled)
    whole["venue"] = resolution.venue(section_of(root, "venue"))
    whole["alerts"] = resolution.alerts(section_of(root, "alerts"))
    disabled = tuple(str(e.values["strategy_id"]) for e in strategies_of(root) if not is_enabled(e))
    return Loaded(msgspec.convert(whole, Settings), resolution.origins, disabled)


class _Resolution:
    """Picks each value by precedence, and keeps where it was found."""

    def __init__(self, shared: Section) -> None:
        self._shared = shared
        self.origins: dict[str, Origin] = {}

    def strategy(self, entry: Section) -> StrategySpec:
        name = str(entry.values["strategy_id"])
        fields = {field: self._pick(entry, name, field) for field in StrategySpec.__struct_fields__}
        if fields["retry_delay_seconds"] is None:
            fields["retry_delay_seconds"] = RETRY_DELAY_INTERVALS * cast("Decimal", fields["interval_seconds"])
            self._note(entry, f"{name}.retry_delay_seconds", "derived", "retry_delay_seconds")
        return msgspec.convert(fields, StrategySpec)

    def _pick(self, entry: Section, name: str, field: str) -> object:
        key, label = FILE_KEYS.get(field, field), f"{name}.{field}"
        shared = "default_max_concurrent_users" if key == "max_concurrent_users" else key
        if key in entry.values:
            self._note(entry, label, "file", key)
            return entry.values[key]
        if shared in self._shared.values:
            self._note(self._shared, label, "global_settings", shared)
            return self._shared.values[shared]
        self._note(entry, label, "built-in", key)
        return {"target_chain": DEFAULT_CHAIN, "strategy_name": name}.get(key, getattr(BUILT_IN, key, None))

    def venue(self, section: Section) -> VenueSettings:
        form = _VENUES[section.values.get("kind", DEFAULT_KIND)]
        self.given(section, "venue.", ("kind",))
        given = self.given(section, "venue.", form.__struct_fields__)
        given |= {name: absolute(section, name) for name in VENUE_FILES if name in given}
        if "starting_volumes" in given:
            given["starting_volumes"] = _flat(cast("dict[int, dict[str, Decimal]]", given["starting_volumes"]))
        return msgspec.convert(given | {"kind": form.__struct_config__.tag}, form)

    def alerts(self, section: Section) -> AlertSettings:
        given = self.given(section, "alerts.", AlertSettings.__struct_fields__)
        given |= {name: absolute(section, name) for name in ("urls_file",) if name in given}
        return msgspec.convert(given, AlertSettings)

    def given(self, section: Section, prefix: str, fields: Iterable[str]) -> dict[str, object]:
        """Return the values that the section has for these fields: the struct has the defaults of the rest."""
        for field in fields:
            self._note(section, prefix + field, "file" if field in section.values else "built-in", field)
        return {field: section.values[field] for field in fields if field in section.values}

    def _note(self, section: Section, label: str, source: Source, key: str) -> None:
        place = section.place_of(key)
        written = source in {"file", "global_settings"}
        self.origins[label] = Origin("option" if place.option and written else source, place, section.path_of(key))


def _flat(volumes: dict[int, dict[str, Decimal]]) -> tuple[StartingVolume, ...]:
    return tuple(
        StartingVolume(user, token, volume)
        for user, by_token in sorted(volumes.items())
        for token, volume in sorted(by_token.items())
    )
