"""The settings as the operator writes them in YAML.

Bounds and descriptions stand once, in the annotations here: `config.reader` enforces them and
`config.editor_schema` publishes them. The bounds are JSON Schema's own keywords.
"""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from config.schema import AlertKind, CreditRule, LatencyProfile, RestrictionRule
from events.values import PriceSource

MOST_MONEY = 1_000_000_000_000
MOST_SECONDS = 86_400
MOST_INTEGER = 10**18 - 1


def _number(description: str, **bounds: int | bool) -> Meta:
    return Meta(description=description, extra_json_schema={**bounds})


def _text(description: str, expected: str, pattern: str) -> Meta:
    """`expected` is the pattern in words, for error messages."""
    return Meta(description=description, extra_json_schema={"pattern": pattern}, extra={"expected": expected})


UserId = Annotated[int, _number("An account's number.", minimum=1, maximum=MOST_INTEGER)]
Money = Annotated[Decimal, _number("An amount in USDT.", exclusiveMinimum=0, maximum=MOST_MONEY)]
Volume = Annotated[Decimal, _number("A traded volume in USDT.", minimum=0, maximum=MOST_MONEY)]
Duration = Annotated[Decimal, _number("Seconds, above 0.", exclusiveMinimum=0, maximum=MOST_SECONDS)]
Delay = Annotated[Decimal, _number("Seconds; 0: none.", minimum=0, maximum=MOST_SECONDS)]
Premium = Annotated[Decimal, _number("Percent above.", minimum=0, maximum=100)]
Discount = Annotated[Decimal, _number("Percent below.", minimum=0, exclusiveMaximum=100)]
Movement = Annotated[Decimal, _number("Percent.", exclusiveMinimum=0, maximum=1000)]
Attempts = Annotated[int, _number("At least 1.", minimum=1, maximum=1000)]
Probes = Annotated[int, _number("0: no limit.", minimum=0, maximum=1000)]
UserLimit = Annotated[int, _number("How many users may trade at a time.", minimum=1, maximum=10_000)]
Parallelism = Annotated[int, _number("How many at a time.", minimum=1, maximum=100)]
Levels = Annotated[int, _number("How many on each side.", minimum=1, maximum=500)]
Rate = Annotated[Decimal, _number("How many in a second.", exclusiveMinimum=0, maximum=100_000)]
Burst = Annotated[int, _number("At least 1.", minimum=1, maximum=1_000)]
CallWait = Annotated[Decimal, _number("Seconds, above 0.", exclusiveMinimum=0, maximum=60)]
Share = Annotated[Decimal, _number("From 0 to 1.", minimum=0, maximum=1)]
BookShare = Annotated[Decimal, _number("Above 0, up to 1.", exclusiveMinimum=0, maximum=1)]
Bps = Annotated[Decimal, _number("Hundredths of a percent.", exclusiveMinimum=0, maximum=10_000)]
Seed = Annotated[int, _number("Any whole number.", minimum=0, maximum=MOST_INTEGER)]
AlphaId = Annotated[str, _text("The venue's id of a token.", "ALPHA_ and digits", r"^ALPHA_\d{1,18}$")]
Name = Annotated[str, _text("A name.", "letters, digits and . _ -, at most 64", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Title = Annotated[str, _text("A title for people.", "one line of at most 200 characters", r"^\S.{0,199}$")]
Ticker = Annotated[str, _text("As the venue writes it.", "a word of at most 32 characters", r"^\S{1,32}$")]
File = Annotated[str, _text("Relative to this file.", "the name of a file", r"^\S.{0,4095}$")]

_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_AUTHORITY = rf"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\])(?::(?:{_PORT}))?"
RestUrl = Annotated[str, _text("https:// and a host.", "https:// and a host, no path", rf"^https://{_AUTHORITY}/?$")]
StreamUrl = Annotated[
    str,
    _text("wss://, a host and a path.", "wss://, a host and a path", rf"^wss://{_AUTHORITY}(?:/[A-Za-z0-9._~/-]*)?$"),
]


RenewalMinutes = Annotated[Decimal, _number("Minutes, above 0.", exclusiveMinimum=0, maximum=30)]


class Tunables(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a strategy may set for itself and `global_settings` for all of them."""

    buy_offset_percentage: Annotated[Premium, Meta(description="Buy this far above the market.")] | None = None
    sell_profit_percentage: Annotated[Discount, Meta(description="Sell this far below the buy.")] | None = None
    trade_interval_seconds: Annotated[Duration, Meta(description="Wait between trades.")] | None = None
    single_trade_amount_usdt: Annotated[Money, Meta(description="What one trade spends, in USDT.")] | None = None
    order_timeout_seconds: Annotated[Duration, Meta(description="How long a leg may take to fill.")] | None = None
    retry_delay_seconds: (
        Annotated[Delay, Meta(description="Wait after a failed trade. Absent: 20 times the trade interval.")] | None
    ) = None
    volume_check_delay_seconds: (
        Annotated[Delay, Meta(description="Wait after a batch before the volume is queried again.")] | None
    ) = None
    max_price_volatility_percentage: (
        Annotated[Movement, Meta(description="No trade when the price moved further since the batch began.")] | None
    ) = None
    max_retry_attempts: (
        Annotated[Attempts, Meta(description="Failed trades in a row before the account is parked.")] | None
    ) = None
    probe_trades: (
        Annotated[Probes, Meta(description="Most trades in the first batch of a token; 0: no limit.")] | None
    ) = None
    unwind_slippage_percentage: (
        Annotated[Discount, Meta(description="Leftover coins are sold at most so far below the best bid.")] | None
    ) = None
    unwind_attempts: Annotated[Attempts, Meta(description="How often a sale of them is tried.")] | None = None
    unwind_timeout_seconds: Annotated[Duration, Meta(description="How long each sale may rest.")] | None = None
    settle_seconds: (
        Annotated[Duration, Meta(description="How long looks must not show an unanswered order.")] | None
    ) = None
    silence_seconds: (
        Annotated[Duration, Meta(description="A live order of which nothing is heard so long is looked up.")] | None
    ) = None
    max_wear_usdt: Annotated[Money, Meta(description="What trading may cost an account per UTC day.")] | None = None
    max_wear_bps: Annotated[Bps, Meta(description="The same, in bps of what was bought.")] | None = None
    continue_after_midnight: Annotated[bool, Meta(description="Go on with the new UTC day.")] | None = None
    price_source: (
        Annotated[PriceSource, Meta(description="aggTicker24: the venue's price and the offsets; book: best offers.")]
        | None
    ) = None
    max_slippage_percentage: (
        Annotated[Discount, Meta(description="By the book, limits are at most so far from the best offers.")] | None
    ) = None
    max_book_share: (
        Annotated[BookShare, Meta(description="By the book, a trade takes at most this share of the best offers.")]
        | None
    ) = None
    max_price_age_seconds: (
        Annotated[Duration, Meta(description="Prices and books that are older are not traded on.")] | None
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
    unwind_slippage_percentage=Decimal(2),
    unwind_attempts=5,
    unwind_timeout_seconds=Decimal(10),
    settle_seconds=Decimal(10),
    silence_seconds=Decimal(3),
    continue_after_midnight=False,
    price_source="aggTicker24",
    max_slippage_percentage=Decimal(1),
    max_book_share=Decimal("0.9"),
    max_price_age_seconds=Decimal(10),
)
"""For keys that neither the strategy nor `global_settings` gives (strategy execution flow, configuration)."""

RETRY_DELAY_INTERVALS = 20
"""A failed trade waits this many trade intervals (strategy execution flow, API errors)."""


class GlobalSettings(Tunables, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Defaults for all strategies (`X` and `default_X` mean the same here), and limits of the whole run."""

    max_concurrent_users: (
        Annotated[UserLimit, Meta(description="Users that trade at a time, over all strategies.")] | None
    ) = None
    default_max_concurrent_users: (
        Annotated[UserLimit, Meta(description="The same within each strategy, unless it says otherwise.")] | None
    ) = None
    request_timeout_seconds: (
        Annotated[Duration, Meta(description="How long one request to the venue may take.")] | None
    ) = None
    listen_key_renewal_minutes: (
        Annotated[RenewalMinutes, Meta(description="How long a user stream's listen key is used.")] | None
    ) = None
    max_parallel_volume_queries: (
        Annotated[Parallelism, Meta(description="Users whose volume is queried at a time.")] | None
    ) = None


class StrategyEntry(Tunables, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One volume target, for one token and some users."""

    strategy_id: Annotated[Name, Meta(description="Unique in this file; it names the strategy in the log.")]
    strategy_name: Title | None = None
    enabled: Annotated[bool, Meta(description="false: checked, but not run.")] | None = None
    target_token: Ticker
    target_chain: Annotated[Ticker, Meta(description="The chain's name. Absent: BSC.")] | None = None
    alpha_id: Annotated[AlphaId, Meta(description="The token's alphaId: no other of its ticker is traded.")] | None = (
        None
    )
    target_volume: Annotated[Money, Meta(description="What the venue must count for each user, in USDT.")]
    user_ids: Annotated[
        tuple[UserId, ...],
        Meta(min_length=1, description="The accounts.", extra_json_schema={"uniqueItems": True}),
    ]
    max_concurrent_users: (
        Annotated[UserLimit, Meta(description="Users of this strategy that trade at a time.")] | None
    ) = None


class RestraintSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What we hold ourselves to at any venue."""

    self_match_guard: (
        Annotated[bool, Meta(description="One account at a time trades a symbol, so that they never trade together.")]
        | None
    ) = None
    placements_per_second: Annotated[Rate, Meta(description="Orders that one account places.")] | None = None
    calls_per_second: Annotated[Rate, Meta(description="Requests of one account, orders among them.")] | None = None
    address_calls_per_second: Annotated[Rate, Meta(description="Requests of all accounts together.")] | None = None
    call_burst: Annotated[Burst, Meta(description="Requests that may follow one another at once.")] | None = None
    longest_call_wait_seconds: (
        Annotated[CallWait, Meta(description="A request that would wait longer for these rates is given up.")] | None
    ) = None


class PaperVenueSection(
    RestraintSection, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="paper"
):
    """The paper venue and its options."""

    seed: Annotated[Seed, Meta(description="Everything random comes from it.")] | None = None
    latency: Annotated[LatencyProfile, Meta(description="observed: as slow as the real venue.")] | None = None
    credit_rule: (
        Annotated[CreditRule, Meta(description="How volume counts: divided by mulPoint, or multiplied.")] | None
    ) = None
    volume_lag_seconds: Annotated[Delay, Meta(description="How late a trade is counted.")] | None = None
    starting_balance_usdt: Annotated[Money, Meta(description="What each account owns at first.")] | None = None
    starting_volumes: (
        Annotated[dict[UserId, dict[Ticker, Volume]], Meta(description="Volume today before the run.")] | None
    ) = None
    book_levels: Annotated[Levels, Meta(description="Price levels of the book.")] | None = None
    level_notional_usdt: Annotated[Money, Meta(description="What one level holds.")] | None = None
    never_fill_probability: Annotated[Share, Meta(description="Orders that no fill ever reaches.")] | None = None
    match_accounts: Annotated[bool, Meta(description="Accounts' orders meet each other, too.")] | None = None
    tokens_file: Annotated[File, Meta(description="A dump of the token list.")] | None = None
    symbols_file: Annotated[File, Meta(description="A dump of the exchange info.")] | None = None
    tape_file: Annotated[File, Meta(description="Recorded trades that move the price.")] | None = None
    faults_file: Annotated[File, Meta(description="What goes wrong on purpose.")] | None = None


class AlphaVenueSection(
    RestraintSection, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="alpha"
):
    """The real venue. Only the two hosts named here are ever contacted, and only over TLS that is verified."""

    rest_url: Annotated[RestUrl, Meta(description="Where requests go: https:// and a host.")]
    stream_url: Annotated[StreamUrl, Meta(description="Where the user streams are: wss://, a host and a path.")]
    ca_file: Annotated[File, Meta(description="Certificates (PEM) that are trusted beside the usual ones.")] | None = (
        None
    )
    connect_timeout_seconds: (
        Annotated[Duration, Meta(description="How long connecting to the venue may take.")] | None
    ) = None
    credentials_file: (
        Annotated[File, Meta(description="The encrypted sessions. Absent: credentials.json in the data directory.")]
        | None
    ) = None
    acknowledgements_file: (
        Annotated[File, Meta(description="Who accepted what. Absent: acknowledgements.json in the data directory.")]
        | None
    ) = None
    on_restriction: (
        Annotated[
            RestrictionRule,
            Meta(
                description="Open orders of an account that the venue wants to see the owner of: leave or cancel them."
            ),
        ]
        | None
    ) = None


DEFAULT_KIND = "paper"
VenueSection = Annotated[PaperVenueSection | AlphaVenueSection, Meta(extra={"default_kind": DEFAULT_KIND})]


class AlertsSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the operator is told of by other services. Their URLs are secrets, so they do not stand here."""

    urls_file: (
        Annotated[File, Meta(description="The services' URLs, one a line. Absent: those in OTOMAT_ALERT_URLS.")] | None
    ) = None
    tell: (
        Annotated[
            tuple[AlertKind, ...],
            Meta(description="What is told of. Absent: all.", extra_json_schema={"uniqueItems": True}),
        ]
        | None
    ) = None
    dedupe_seconds: Annotated[Delay, Meta(description="The same alert is not told again so soon.")] | None = None
    most_per_hour: Annotated[Attempts, Meta(description="More alerts wait, and come as one.")] | None = None
    stream_lost_seconds: Annotated[Duration, Meta(description="How long a stream may be down.")] | None = None


class ConfigFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Otomat: which accounts are to reach which volume, and how."""

    global_settings: GlobalSettings | None = None
    strategies: Annotated[tuple[StrategyEntry, ...], Meta(min_length=1)] | None = None
    venue: VenueSection | None = None
    alerts: AlertsSection | None = None
