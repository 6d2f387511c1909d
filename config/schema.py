"""The settings as the program uses them: every default applied, so no other module ever needs to know one.

The form in which they are written down is `config.file_form`; `config.loader` turns one into the other.
"""

import hashlib
from decimal import Decimal
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from events.numbers import plain
from events.values import PriceSource

LatencyProfile = Literal["fast", "observed"]
CreditRule = Literal["divided", "multiplied"]
RestrictionRule = Literal["leave", "cancel"]
AlertKind = Literal[
    "target_reached",
    "account_parked",
    "stream_lost",
    "wear_limit",
    "inventory_held",
    "storage",
    "daily_statement",
]


class StrategySpec(Struct, frozen=True, kw_only=True):
    """One enabled strategy, every value final. Volumes and amounts in USDT; a percentage of 10 is 10 %."""

    strategy_id: str
    strategy_name: str
    token: str
    chain: str
    alpha_id: str | None
    target_volume: Decimal
    user_ids: tuple[int, ...]
    amount: Decimal
    interval_seconds: Decimal
    buy_offset_percentage: Decimal
    sell_discount_percentage: Decimal
    order_timeout_seconds: Decimal
    retry_delay_seconds: Decimal
    volume_check_delay_seconds: Decimal
    max_price_volatility_percentage: Decimal
    max_retry_attempts: int
    max_concurrent_users: int | None
    probe_trades: int
    unwind_slippage_percentage: Decimal
    unwind_attempts: int
    unwind_timeout_seconds: Decimal
    settle_seconds: Decimal
    silence_seconds: Decimal
    max_wear_usdt: Decimal | None
    max_wear_bps: Decimal | None
    continue_after_midnight: bool
    price_source: PriceSource
    max_slippage_percentage: Decimal
    max_book_share: Decimal
    max_price_age_seconds: Decimal


class StartingVolume(Struct, frozen=True):
    """What the paper venue has already counted for one account and ticker when it first starts."""

    user_id: int
    token: str
    volume: Decimal


class Restraint(Struct, frozen=True, kw_only=True):
    """What we hold ourselves to at any venue. Calls in a second; None: as many as there are to make."""

    self_match_guard: bool = False
    placements_per_second: Decimal | None = None
    calls_per_second: Decimal | None = None
    address_calls_per_second: Decimal | None = None
    call_burst: int = 1
    longest_call_wait_seconds: Decimal = Decimal(15)


class PaperVenueSettings(Restraint, frozen=True, kw_only=True, tag_field="kind", tag="paper"):
    """The paper venue and its options. File names are absolute."""

    seed: int = 1
    latency: LatencyProfile = "fast"
    credit_rule: CreditRule = "divided"
    volume_lag_seconds: Decimal = Decimal(0)
    starting_balance_usdt: Decimal = Decimal(100_000)
    starting_volumes: tuple[StartingVolume, ...] = ()
    book_levels: int = 12
    level_notional_usdt: Decimal = Decimal(150)
    never_fill_probability: Decimal = Decimal(0)
    match_accounts: bool = False
    tokens_file: str | None = None
    symbols_file: str | None = None
    tape_file: str | None = None
    faults_file: str | None = None

    @property
    def kind(self) -> Literal["paper"]:
        return "paper"


class AlphaVenueSettings(Restraint, frozen=True, kw_only=True, tag_field="kind", tag="alpha"):
    """The real venue: where it is, and what is done there. File names are absolute.

    No host has a default: nothing is contacted that the operator has not written down. A file that is None is the one
    of its usual name in the data directory. `on_restriction` says what becomes of an account's open orders when the
    venue wants to see its owner. The rates are those that are known to do no harm (venue protocol notes, section 13).
    """

    rest_url: str
    stream_url: str
    ca_file: str | None = None
    connect_timeout_seconds: Decimal = Decimal(5)
    credentials_file: str | None = None
    acknowledgements_file: str | None = None
    on_restriction: RestrictionRule = "leave"
    self_match_guard: bool = True
    placements_per_second: Decimal | None = Decimal(1)
    calls_per_second: Decimal | None = Decimal(3)
    address_calls_per_second: Decimal | None = Decimal(10)

    @property
    def kind(self) -> Literal["alpha"]:
        return "alpha"


VenueSettings = PaperVenueSettings | AlphaVenueSettings


class AlertSettings(Struct, frozen=True, kw_only=True):
    """What the operator is told of, and how often. The services' URLs are secrets and stand elsewhere.

    `urls_file` is absolute; None: they are in the environment, or there are none.
    """

    urls_file: str | None = None
    tell: tuple[AlertKind, ...] = get_args(AlertKind)
    dedupe_seconds: Decimal = Decimal(3600)
    most_per_hour: int = 20
    stream_lost_seconds: Decimal = Decimal(120)


class Settings(Struct, frozen=True, kw_only=True):
    """All that the program needs to know. `strategies` are the enabled ones, in the file's order."""

    strategies: tuple[StrategySpec, ...]
    venue: VenueSettings = PaperVenueSettings()
    alerts: AlertSettings = AlertSettings()
    max_concurrent_users: int | None = None
    request_timeout_seconds: Decimal = Decimal(10)
    listen_key_renewal_minutes: Decimal = Decimal(25)
    max_parallel_volume_queries: int = 8


def canonical(value: object) -> object:
    """Replace every Decimal in builtin containers by its plain text."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return {key: canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    return value


def config_hash(settings: Settings) -> str:
    """Return the SHA-256 (64 hex digits) of the effective values: 10 and 10.0 count as the same."""
    values = canonical(msgspec.to_builtins(settings, builtin_types=(Decimal,)))
    return hashlib.sha256(msgspec.json.encode(values, order="deterministic")).hexdigest()
