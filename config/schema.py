"""The settings in both their forms: as written in the file, and resolved for the rest of the program.

The file form (`ConfigFile` and what it contains) mirrors the YAML. Each field's bounds and description live once, in its
annotation; the loader and the JSON Schema for editors both read them there. The resolved form (`Settings`) has every
default applied: no other module ever needs to know a default.
"""

import hashlib
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

LatencyProfile = Literal["fast", "observed"]
CreditRule = Literal["divided", "multiplied"]

MOST_MONEY = 1_000_000_000_000
MOST_SECONDS = 86_400
MOST_USER_ID = 2**63 - 1
RETRY_DELAY_INTERVALS = 20
"""A failed trade waits this many trade intervals (strategy execution flow, "API errors")."""


def _number(description: str, **bounds: int) -> Meta:
    return Meta(description=description, extra_json_schema=dict[str, Any](bounds))


def _text(description: str, pattern: str, example: str) -> Meta:
    return Meta(description=description, extra_json_schema={"pattern": pattern, "examples": [example]})


def _money(description: str) -> Meta:
    return _number(f"{description}, in USDT.", exclusiveMinimum=0, maximum=MOST_MONEY)


def _seconds(description: str) -> Meta:
    return _number(f"{description}, in seconds.", minimum=0, maximum=MOST_SECONDS)


def _positive_seconds(description: str) -> Meta:
    return _number(f"{description}, in seconds.", exclusiveMinimum=0, maximum=MOST_SECONDS)


UserId = Annotated[int, _number("An account's number.", minimum=1, maximum=MOST_USER_ID)]
Ticker = Annotated[str, _text("A token's ticker as the venue writes it.", r"^\S{1,32}$", "KOGE")]
Volume = Annotated[Decimal, _number("A traded volume, in USDT.", minimum=0, maximum=MOST_MONEY)]
UserLimit = Annotated[int, _number("How many users may trade at the same time.", minimum=1, maximum=10_000)]


class Tunables(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a strategy may set for itself and `global_settings` may set for all; None means "not given here"."""

    buy_offset_percentage: (
        Annotated[Decimal, _number("Buy this many percent above the market price.", minimum=0, maximum=100)]
        | None
    ) = None
    sell_profit_percentage: (
        Annotated[
            Decimal, _number("Sell this many percent below the buy price.", minimum=0, exclusiveMaximum=100)
        ]
        | None
    ) = None
    trade_interval_seconds: Annotated[Decimal, _positive_seconds("Wait between two trades")] | None = None
    single_trade_amount_usdt: Annotated[Decimal, _money("What one trade spends")] | None = None
    order_timeout_seconds: (
        Annotated[Decimal, _positive_seconds("How long one leg of an order may take to fill")] | None
    ) = None
    retry_delay_seconds: (
        Annotated[Decimal, _seconds("Wait after a failed trade; 20 times the trade interval when absent")]
        | None
    ) = None
    volume_check_delay_seconds: (
        Annotated[Decimal, _seconds("Wait after a batch before the volume is queried again")] | None
    ) = None
    max_price_volatility_percentage: (
        Annotated[
            Decimal,
            _number(
                "No trade while the price is further than this from where the batch began.",
                exclusiveMinimum=0,
            ),
        ]
        | None
    ) = None
    max_retry_attempts: (
        Annotated[
            int, _number("Failed trades in a row before the account is parked.", minimum=1, maximum=1000)
        ]
        | None
    ) = None
    probe_trades: (
        Annotated[
            int,
            _number("At most so many trades in a token's first batch; 0: no limit.", minimum=0, maximum=1000),
        ]
        | None
    ) = None


BUILT_IN = Tunables(
    buy_offset_percentage=Decimal(10),
    sell_profit_percentage=Decimal(10),
    trade_interval_seconds=Decimal(1),
    single_trade_amount_usdt=Decimal(30),
    order_timeout_seconds=Decimal(300),
    volume_check_delay_seconds=Decimal(5),
    max_price_volatility_percentage=Decimal(10),
    max_retry_attempts=5,
    probe_trades=0,
)
"""The value of each key that neither the strategy nor `global_settings` gives (strategy execution flow, configuration)."""


class GlobalSettings(Tunables, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `global_settings` section. Every key of a strategy may also be written `default_<key>` here."""

    max_concurrent_users: (
        Annotated[UserLimit, Meta(description="Over all strategies; absent: no limit.")] | None
    ) = None
    default_max_concurrent_users: Annotated[UserLimit, Meta(description="Within each strategy.")] | None = (
        None
    )
    request_timeout_seconds: Annotated[Decimal, _positive_seconds("How long one venue request may take")] = (
        Decimal(10)
    )
    max_parallel_volume_queries: Annotated[
        int, _number("How many users' volumes are queried at the same time.", minimum=1, maximum=100)
    ] = 8


class StrategyEntry(Tunables, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of `strategies`."""

    strategy_id: Annotated[
        str, _text("A unique name.", r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", "koge_volume_boost")
    ]
    strategy_name: Annotated[str, _text("A title for people.", r"^.{1,200}$", "KOGE volume")] | None = None
    enabled: Annotated[bool, Meta(description="false: checked, but not run.")] = True
    target_token: Ticker
    target_chain: Annotated[Ticker, Meta(description="The chain's name as the venue writes it.")] = "BSC"
    target_volume: Annotated[Decimal, _money("What the venue must count for each user")]
    user_ids: Annotated[tuple[UserId, ...], Meta(min_length=1, description="The accounts that trade.")]
    max_concurrent_users: Annotated[UserLimit, Meta(description="Within this strategy.")] | None = None


class VenueSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `venue` section: the paper venue and its options."""

    kind: Annotated[Literal["paper"], Meta(description="Paper is the only venue in this version.")] = "paper"
    seed: Annotated[int, _number("Everything random comes from it.", minimum=0, maximum=2**63 - 1)] = 1
    latency: Annotated[LatencyProfile, Meta(description="observed: as slow as the real venue.")] = "fast"
    credit_rule: Annotated[CreditRule, Meta(description="How the venue counts volume.")] = "divided"
    volume_lag_seconds: Annotated[Decimal, _seconds("How late the venue counts a trade")] = Decimal(0)
    starting_balance_usdt: Annotated[Decimal, _money("What each account owns at first")] = Decimal(100_000)
    starting_volumes: Annotated[
        dict[UserId, dict[Ticker, Volume]],
        Meta(description="Volume counted before the run, per user and ticker."),
    ] = {}
    tokens_file: Annotated[str, Meta(description="A token list dump; relative to this file.")] | None = None
    symbols_file: Annotated[str, Meta(description="An exchange info dump; relative to this file.")] | None = (
        None
    )
    tape_file: (
        Annotated[str, Meta(description="Recorded trades that move the price; relative to this file.")] | None
    ) = None


class ConfigFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    global_settings: GlobalSettings = GlobalSettings()
    strategies: Annotated[
        tuple[StrategyEntry, ...], Meta(min_length=1, description="What is to be traded.")
    ] = ()
    venue: VenueSection = VenueSection()


class StrategySpec(Struct, frozen=True, kw_only=True):
    """One enabled strategy, every value final. Money in USDT, times in seconds, percentages as written (10 is 10 %)."""

    strategy_id: str
    strategy_name: str
    token: str
    chain: str
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


class StartingVolume(Struct, frozen=True):
    """What the paper venue has already counted for one account and ticker when it first starts."""

    user_id: int
    token: str
    volume: Decimal


class VenueSettings(Struct, frozen=True, kw_only=True):
    """The venue to trade on; file names are absolute."""

    kind: Literal["paper"] = "paper"
    seed: int = 1
    latency: LatencyProfile = "fast"
    credit_rule: CreditRule = "divided"
    volume_lag_seconds: Decimal = Decimal(0)
    starting_balance_usdt: Decimal = Decimal(100_000)
    starting_volumes: tuple[StartingVolume, ...] = ()
    tokens_file: str | None = None
    symbols_file: str | None = None
    tape_file: str | None = None


class Settings(Struct, frozen=True, kw_only=True):
    """All that the program needs to know; `strategies` holds the enabled ones in the file's order, at least one."""

    strategies: tuple[StrategySpec, ...]
    venue: VenueSettings = VenueSettings()
    max_concurrent_users: int | None = None
    request_timeout_seconds: Decimal = Decimal(10)
    max_parallel_volume_queries: int = 8


def plain(number: Decimal) -> str:
    """Write a number without exponent or trailing zeros: 10, 0.2, 1000."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _canonical(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return value


def config_hash(settings: Settings) -> str:
    """Return the SHA-256 (64 hex digits) of the effective settings: 10 and 10.0 are the same, comments do not count."""
    values = _canonical(msgspec.to_builtins(settings, builtin_types=(Decimal,)))
    return hashlib.sha256(msgspec.json.encode(values, order="deterministic")).hexdigest()
