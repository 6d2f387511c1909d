"""The effective value of every key, with where it came from: what `bin/run config show` prints."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
from msgspec import Struct

from config.origins import Loaded
from config.resolve import FILE_KEYS, RUN_FIELDS
from config.schema import PaperVenueSettings, StrategySpec, canonical, config_hash
from events.numbers import plain

Value = str | int | Decimal | None | tuple[int | str, ...] | dict[int, dict[str, Decimal]]


class EffectiveValue(Struct, frozen=True):
    """One key. `strategy_id` and `user_id` are None where the key concerns the whole run; amounts are Decimal."""

    strategy_id: str | None
    user_id: int | None
    key: str
    value: Value
    origin: str


def run_values(loaded: Loaded) -> list[EffectiveValue]:
    """The keys of `global_settings` that are no defaults."""
    return [_value(loaded, name, name, getattr(loaded.settings, name)) for name in RUN_FIELDS]


def venue_values(loaded: Loaded) -> list[EffectiveValue]:
    """The keys of the `venue` section."""
    venue = loaded.settings.venue
    values = {"kind": venue.kind, **msgspec.structs.asdict(venue)}
    if isinstance(venue, PaperVenueSettings):
        values["starting_volumes"] = _by_user(venue)
    return [_value(loaded, f"venue.{name}", name, value) for name, value in values.items()]


def alert_values(loaded: Loaded) -> list[EffectiveValue]:
    """The keys of the `alerts` section."""
    values = msgspec.structs.asdict(loaded.settings.alerts)
    return [_value(loaded, f"alerts.{name}", name, value) for name, value in values.items()]


def strategy_values(loaded: Loaded, spec: StrategySpec) -> list[EffectiveValue]:
    """The keys of a strategy, which are the same for each of its users."""
    return [
        msgspec.structs.replace(
            _value(loaded, f"{spec.strategy_id}.{field}", FILE_KEYS.get(field, field), getattr(spec, field)),
            strategy_id=spec.strategy_id,
        )
        for field in StrategySpec.__struct_fields__
    ]


def all_values(loaded: Loaded) -> Iterator[EffectiveValue]:
    """Every key of the run, the venue and the alerts, and of every strategy for every user."""
    yield from run_values(loaded)
    yield from venue_values(loaded)
    yield from alert_values(loaded)
    for spec in loaded.settings.strategies:
        for user_id in spec.user_ids:
            for value in strategy_values(loaded, spec):
                yield msgspec.structs.replace(value, user_id=user_id)


def as_json(loaded: Loaded) -> bytes:
    """An object with `config_hash`, `disabled` (strategy ids) and `values`."""
    report = {
        "config_hash": config_hash(loaded.settings),
        "disabled": loaded.disabled,
        "values": tuple(all_values(loaded)),
    }
    return msgspec.json.format(msgspec.json.encode(_builtin(report)))


def as_table(loaded: Loaded) -> str:
    """Aligned columns: key, value, origin; a block for the run, the venue and each strategy."""
    shared = {"the whole run": run_values, "venue": venue_values, "alerts": alert_values}
    blocks = [_block(title, values(loaded)) for title, values in shared.items()]
    for spec in loaded.settings.strategies:
        title = f"{spec.strategy_id}, for user {' and for user '.join(str(user) for user in spec.user_ids)}"
        blocks.append(_block(title, strategy_values(loaded, spec)))
    blocks += [f"{name}: not enabled" for name in loaded.disabled]
    return "\n\n".join([*blocks, f"config hash {config_hash(loaded.settings)}"])


def as_yaml(loaded: Loaded) -> str:
    """A settings file in which every key is written out, its origin in a comment; it loads to the same settings."""
    lines = ["global_settings:", *_yaml(run_values(loaded), "  "), "venue:", *_yaml(venue_values(loaded), "  ")]
    lines += ["alerts:", *_yaml(alert_values(loaded), "  ")]
    lines.append("strategies:" if loaded.settings.strategies else "strategies: # none is enabled")
    for spec in loaded.settings.strategies:
        first, *rest = _yaml(strategy_values(loaded, spec), "    ")
        lines += ["  - " + first.lstrip(), *rest]
    return "\n".join(lines)


def _value(loaded: Loaded, label: str, key: str, value: Value) -> EffectiveValue:
    return EffectiveValue(None, None, key, value, str(loaded.origins[label]))


def _by_user(venue: PaperVenueSettings) -> dict[int, dict[str, Decimal]]:
    volumes: dict[int, dict[str, Decimal]] = {}
    for start in venue.starting_volumes:
        volumes.setdefault(start.user_id, {})[start.token] = start.volume
    return volumes


def _block(title: str, values: list[EffectiveValue]) -> str:
    cells = [(value.key, _text(value.value), value.origin) for value in values]
    widths = [max(len(row[column]) for row in cells) for column in (0, 1)]
    return "\n".join([title, *(f"  {k:<{widths[0]}}  {v:<{widths[1]}}  {o}" for k, v, o in cells)])


def _text(value: Value) -> str:
    """The value for people."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(
            f"user {user}: {plain(v)} {t}" for user, by_token in value.items() for t, v in by_token.items()
        )
    return plain(value) if isinstance(value, Decimal) else str(value)


def _yaml(values: list[EffectiveValue], indent: str) -> list[str]:
    return [f"{indent}{value.key}: {_yaml_text(value.value)} # {value.origin}" for value in values]


def _yaml_text(value: Value) -> str:
    """The value as JSON, which is YAML too."""
    return plain(value) if isinstance(value, Decimal) else msgspec.json.encode(_builtin(value)).decode()


def _builtin(value: object) -> object:
    return canonical(msgspec.to_builtins(value, builtin_types=(Decimal,)))
