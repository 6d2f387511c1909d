"""What the paper venue can be told. Every key has a default; a settings file is this struct as JSON."""

from decimal import Decimal
from typing import Literal

import msgspec

LatencyName = Literal["fast", "observed"]
CreditRule = Literal["divided", "multiplied"]


class PaperSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the paper venue; amounts in USDT.

    `starting_volumes` (user -> ticker -> volume) is what an account stands at when it is first seen on a UTC
    day in this state file. `listen_key_repost` says what a second request for a listen key does, which nobody
    has measured (venue protocol notes, section 4): a new key that ends the old one, a new key beside it, or
    the same key again. `pending_after_cancel` and `open_orders_show_pending` choose between answers that
    nobody has recorded either (sections 6.5 and 7.4). `never_fill_probability` is the share of orders that no
    fill ever reaches.
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
    market_step_ms: int = 250
    book_levels: int = 12
    level_notional_usdt: Decimal = Decimal(150)
    never_fill_probability: float = 0.0
    listen_key_ttl_seconds: int = 3600
    listen_key_repost: Literal["replaces", "adds", "same"] = "replaces"
    pending_after_cancel: Literal["EXPIRED", "CANCELED"] = "EXPIRED"
    open_orders_show_pending: bool = False
    stream_ping_seconds: int = 20
    stream_max_seconds: int = 86400
