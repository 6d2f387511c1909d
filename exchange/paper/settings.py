"""What the paper venue can be told. Every key has a default; a settings file is this struct as JSON."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from exchange.paper.faults_plan import FaultPlan

LatencyName = Literal["fast", "observed"]
CreditRule = Literal["divided", "multiplied"]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class Strictness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How strict the venue is with sessions and floods.

    Renewed cookies take the place of older ones `rotation_grace_ms` after they are first seen. An account that sends
    more in any second than it may is turned away for `quiet_seconds`.
    """

    rotation_grace_ms: Annotated[int, msgspec.Meta(ge=0)] = 1_000
    calls_per_second: Positive = 10
    placements_per_second: Positive = 2
    quiet_seconds: Positive = 2


class PaperSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the paper venue; amounts in USDT.

    `starting_volumes` (user -> ticker -> volume) is what an account stands at when it is first seen on a UTC
    day in this state file. `listen_key_repost` says what a second request for a listen key does, which nobody
    has measured (venue protocol notes, section 4): a new key that ends the old one, a new key beside it, or
    the same key again. `pending_after_cancel` and `open_orders_show_pending` choose between answers that
    nobody has recorded either (sections 6.5 and 7.4). `never_fill_probability` is the share of orders that no
    fill ever reaches. With `match_accounts` the accounts' open orders are part of the book, and may trade with each
    other. `faults` is what goes wrong on purpose. With `strict`, private endpoints are for sessions that the venue
    itself has given out, whose cookies it renews with each placement, and floods are turned away.
    """

    seed: int = 1
    latency: LatencyName = "fast"
    credit_rule: CreditRule = "divided"
    volume_lag_seconds: Decimal = Decimal(0)
    starting_balance_usdt: Decimal = Decimal(100000)
    starting_volumes: dict[str, dict[str, Decimal]] = {}
    tokens_file: str | None = None
    symbols_file: str | None = None
    tape_file: str | None = None
    market_step_ms: Positive = 250
    book_levels: Positive = 12
    level_notional_usdt: Decimal = Decimal(150)
    never_fill_probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    match_accounts: bool = False
    faults: FaultPlan | None = None
    strict: Strictness | None = None
    listen_key_ttl_seconds: Positive = 3600
    listen_key_repost: Literal["replaces", "adds", "same"] = "replaces"
    pending_after_cancel: Literal["EXPIRED", "CANCELED"] = "EXPIRED"
    open_orders_show_pending: bool = False
    stream_ping_seconds: Positive = 20
    stream_max_seconds: Positive = 86400

    def __post_init__(self) -> None:
        """Refuse amounts that are none; reading the struct from JSON names them in its error."""
        amounts = {
            "volume_lag_seconds": self.volume_lag_seconds,
            "starting_balance_usdt": self.starting_balance_usdt,
            "level_notional_usdt": self.level_notional_usdt,
        }
        given = [volume for volumes in self.starting_volumes.values() for volume in volumes.values()]
        amounts |= {f"starting_volumes ({volume})": volume for volume in given}
        wrong = [name for name, amount in amounts.items() if not amount.is_finite() or amount < 0]
        if wrong:
            raise ValueError(f"expected an amount of 0 or more: {', '.join(wrong)}")
