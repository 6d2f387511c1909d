"""Where each effective value came from."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from config.problems import Place
from config.schema import Settings

Source = Literal["file", "global_settings", "option", "built-in", "derived"]


class Origin(Struct, frozen=True):
    """`place` and `key_path` say where the value is, or would be, written."""

    source: Source
    place: Place
    key_path: str

    def __str__(self) -> str:
        match self.source:
            case "built-in":
                return "built-in default"
            case "derived":
                return "derived: 20 x trade_interval_seconds"
            case "global_settings":
                return f"{self.place} (global default)"
            case _:
                return str(self.place)


class Loaded(Struct, frozen=True):
    """The settings, and the origin of every value in them.

    The keys of `origins` name values of the resolved form: `<strategy_id>.<field of StrategySpec>`,
    `venue.<field of VenueSettings>`, or a field of Settings. `disabled` names the strategies left out.
    """

    settings: Settings
    origins: Mapping[str, Origin]
    disabled: tuple[str, ...] = ()
