"""The doctor's look at the settings by themselves. Nobody is contacted."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from bin import alert_tracking
from bin.alert_services import AlertsMisconfigured, services
from bin.doctor_findings import Finding, failure, ok, warning
from bin.venue_ports import rate_limits
from config.loader import load_with_origins
from config.origins import Loaded
from config.problems import ConfigError
from config.schema import AlphaVenueSettings, Settings, StrategySpec
from projections.figures import counted

CONFIGURATION, ALERTS, HEADROOM = "configuration", "alerts", "rate-limit headroom"
CALLS_OF_A_TRADE = 2
"""A price and a placement; looks and volumes come on top, now and then."""
LEGS_TAKE_S = Decimal("2.3")
"""What both legs of a trade were seen to take (venue protocol notes, 5.5)."""


def configuration(file: Path) -> tuple[Loaded | None, list[Finding]]:
    """The settings, None where they cannot be used, and what is to be said of them."""
    try:
        loaded = load_with_origins(file)
    except ConfigError as error:
        return None, [failure(CONFIGURATION, str(one), f"edit {file}") for one in error.problems]
    settings = loaded.settings
    strategies, accounts = counted(len(settings.strategies), "strategy"), counted(len(users_of(settings)), "account")
    words = f"{file}: {strategies.replace('strategys', 'strategies')}, {accounts}, venue {settings.venue.kind}"
    return loaded, [ok(CONFIGURATION, words)]


def users_of(settings: Settings) -> tuple[int, ...]:
    return tuple(sorted({user for spec in settings.strategies for user in spec.user_ids}))


def settings_findings(settings: Settings, data_dir: Path) -> Iterator[Finding]:
    yield alerts(settings, data_dir)
    yield headroom(settings)


def alerts(settings: Settings, data_dir: Path) -> Finding:
    try:
        known = services(settings.alerts.urls_file)
    except AlertsMisconfigured as error:
        return failure(ALERTS, str(error), "put that right, then try it: bin/run alerts test")
    if not known:
        if isinstance(settings.venue, AlphaVenueSettings):
            mend = "name one (alerts.urls_file), then try it: bin/run alerts test"
            return warning(ALERTS, "no service is named, so nobody is told when a live account is parked", mend)
        return ok(ALERTS, "no service is named, so nobody is told of trouble")
    tracked = alert_tracking.read(data_dir)
    if tracked is not None and tracked.outbox.dropped:
        words = f"{counted(tracked.outbox.dropped, 'alert')} could not be sent and were given up"
        return warning(ALERTS, words, "bin/run alerts test tells which service does not take them")
    return ok(ALERTS, f"{counted(len(known), 'service')} named; bin/run alerts test tries them")


def headroom(settings: Settings) -> Finding:
    """Whether the accounts that trade at a time ask less than the settings let them ask together."""
    limits = rate_limits(settings.venue)
    if limits is None or limits.address_calls_per_second is None:
        return ok(HEADROOM, "the settings limit no rate")
    at_once = min(len(users_of(settings)), settings.max_concurrent_users or len(users_of(settings)))
    wanted = at_once * max((_calls_per_second(spec) for spec in settings.strategies), default=Decimal(0))
    words = f"{counted(at_once, 'account')} at a time ask for about {wanted:.1f} calls a second"
    words += f" of {limits.address_calls_per_second} that the settings let all of them make"
    if wanted <= limits.address_calls_per_second:
        return ok(HEADROOM, words)
    mend = "accounts will wait for each other: raise trade_interval_seconds, or lower max_concurrent_users"
    return warning(HEADROOM, words, mend)


def _calls_per_second(spec: StrategySpec) -> Decimal:
    return CALLS_OF_A_TRADE / (spec.interval_seconds + LEGS_TAKE_S)
