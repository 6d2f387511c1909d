"""What a run is to do, from the settings and what the venue lists; and what the log says about the program."""

import os
import platform
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from msgspec.structs import replace

from actors.deciders.admission import Limits
from actors.supervisor import RunPlan
from bin.environment import child_environment
from bin.paths import ROOT
from config.market_check import QUOTE_ASSET, is_meant
from config.schema import AlphaVenueSettings, Settings, StrategySpec, VenueSettings, config_hash
from events.system import RunStarted
from events.values import StrategyTerms, SymbolRules
from exchange.port import Token

GIT_WITHIN_S = 10


def run_plan(settings: Settings, tokens: Sequence[Token], rules: Mapping[str, SymbolRules]) -> RunPlan:
    """The plan of a run. The settings have passed `config.market_check.check_tokens` with the same listings."""
    on_restriction = settings.venue.on_restriction if isinstance(settings.venue, AlphaVenueSettings) else "leave"
    rules_of_venue = {"on_restriction": on_restriction, "self_match_guard": settings.venue.self_match_guard}
    terms = tuple(
        replace(strategy_terms(spec, user_id, _rules_of(spec, tokens, rules)), **rules_of_venue)
        for spec in settings.strategies
        for user_id in spec.user_ids
    )
    return RunPlan(run=_run_started(settings, terms), terms=terms, limits=_limits(settings))


def strategy_terms(spec: StrategySpec, user_id: int, rules: SymbolRules) -> StrategyTerms:
    return StrategyTerms(
        strategy_id=spec.strategy_id,
        user_id=user_id,
        ticker=spec.token,
        chain=spec.chain,
        rules=rules,
        target_volume=spec.target_volume,
        amount=spec.amount,
        buy_offset_percentage=spec.buy_offset_percentage,
        sell_discount_percentage=spec.sell_discount_percentage,
        max_price_volatility_percentage=spec.max_price_volatility_percentage,
        interval_ms=_ms(spec.interval_seconds),
        order_timeout_ms=_ms(spec.order_timeout_seconds),
        retry_delay_ms=_ms(spec.retry_delay_seconds),
        volume_check_delay_ms=_ms(spec.volume_check_delay_seconds),
        max_retry_attempts=spec.max_retry_attempts,
        probe_trades=spec.probe_trades,
        unwind_slippage_percentage=spec.unwind_slippage_percentage,
        unwind_attempts=spec.unwind_attempts,
        unwind_timeout_ms=_ms(spec.unwind_timeout_seconds),
        settle_ms=_ms(spec.settle_seconds),
        silence_ms=_ms(spec.silence_seconds),
        max_wear_usdt=spec.max_wear_usdt,
        max_wear_bps=spec.max_wear_bps,
        continue_after_midnight=spec.continue_after_midnight,
        price_source=spec.price_source,
        max_slippage_percentage=spec.max_slippage_percentage,
        max_book_share=spec.max_book_share,
        max_price_age_ms=_ms(spec.max_price_age_seconds),
    )


def _rules_of(spec: StrategySpec, tokens: Sequence[Token], rules: Mapping[str, SymbolRules]) -> SymbolRules:
    alpha_id = next(token.alpha_id for token in tokens if is_meant(spec, token) and token.tradable)
    return rules[f"{alpha_id}{QUOTE_ASSET}"]


def _ms(seconds: Decimal) -> int:
    return int(seconds * 1000)


def _limits(settings: Settings) -> Limits:
    limited = ((spec.strategy_id, spec.max_concurrent_users) for spec in settings.strategies)
    return Limits(
        overall=settings.max_concurrent_users,
        per_strategy=tuple((strategy_id, limit) for strategy_id, limit in limited if limit is not None),
    )


def _run_started(settings: Settings, terms: Sequence[StrategyTerms]) -> RunStarted:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return RunStarted(
        run_id=f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}",
        pid=os.getpid(),
        code_version=_code_version(project["version"]),
        python_version=platform.python_version(),
        dependencies=tuple(_installed(requirement) for requirement in project["dependencies"]),
        config_hash=config_hash(settings),
        venue=settings.venue.kind,
        accounts=tuple(sorted({one.user_id for one in terms})),
        previous_run_sealed=False,
        listen_key_renewal_ms=_ms(settings.listen_key_renewal_minutes * 60),
        hosts=hosts_of(settings.venue),
    )


def hosts_of(venue: VenueSettings) -> tuple[str, ...]:
    """Every host that a run on the real venue contacts; none of the paper venue."""
    if not isinstance(venue, AlphaVenueSettings):
        return ()
    return tuple(dict.fromkeys(urlsplit(url).netloc for url in (venue.rest_url, venue.stream_url)))


def _code_version(version: str) -> str:
    """`0.1.0+068242c4f1aa`, with `.dirty` where files differ from that commit; only the version outside a checkout."""
    if not (ROOT / ".git").exists():
        return version
    command = ["git", "-C", str(ROOT), "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=.dirty"]
    try:
        found = subprocess.run(  # noqa: S603
            command, env=child_environment(), capture_output=True, text=True, timeout=GIT_WITHIN_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return version
    return f"{version}+{found.stdout.strip()}"


def _installed(requirement: str) -> str:
    name = requirement.partition(">")[0]
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} is not installed"
