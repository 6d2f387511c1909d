"""Volume events in words."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from events.base import Event
from events.numbers import plain
from events.volumes import (
    CreditRateObserved,
    MulPointChanged,
    SymbolRulesChanged,
    TargetReached,
    VolumeObserved,
    VolumeUnavailable,
)


def _observed(event: VolumeObserved) -> str:
    tokens = ", ".join(f"{each.ticker} {plain(each.volume)}" for each in event.tokens)
    return f"the venue counts {plain(event.total)} USDT today" + (f": {tokens}" if tokens else "")


def _unavailable(event: VolumeUnavailable) -> str:
    return f"the venue could not be asked for the volume ({event.outcome}): {event.message}"


def _reached(event: TargetReached) -> str:
    figures = f"{plain(event.current_volume)} of {plain(event.target_volume)} USDT"
    if event.skipped:
        return f"{event.strategy_id}: target already reached, skipped: the venue counts {figures}"
    return f"{event.strategy_id}: target reached: the venue counts {figures}"


def _rate_observed(event: CreditRateObserved) -> str:
    return (
        f"{event.strategy_id}: the {event.trades} trades of batch {event.batch} were credited"
        f" {plain(event.measured)} USDT each, not {plain(event.expected)}; plans use what was measured from now on"
    )


def _rules_changed(event: SymbolRulesChanged) -> str:
    changes = ", ".join(f"{name} from {before} to {after}" for name, before, after in rule_changes(event))
    return f"{event.strategy_id}: the filters of {event.after.symbol} are others now: {changes}"


def rule_changes(event: SymbolRulesChanged) -> Iterator[tuple[str, str, str]]:
    """Each filter that changed, by its name, and what it was and is."""
    for name in event.after.__struct_fields__:
        before, after = getattr(event.before, name), getattr(event.after, name)
        if before != after:
            yield name, _told(before), _told(after)


def _told(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def _multiplier_changed(event: MulPointChanged) -> str:
    return (
        f"{event.strategy_id}: the venue changed the multiplier of {event.ticker} from {event.before} to"
        f" {event.after}; the batch ends and is planned anew"
    )


VOLUMES: dict[type[Event], Callable[[Any], str]] = {
    VolumeObserved: _observed,
    VolumeUnavailable: _unavailable,
    TargetReached: _reached,
    CreditRateObserved: _rate_observed,
    MulPointChanged: _multiplier_changed,
    SymbolRulesChanged: _rules_changed,
}
