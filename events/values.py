"""Values that events, deciders and venue clients share.

Prices and amounts are in the quote asset, quantities in the base.
"""

from decimal import Decimal
from typing import Literal

import msgspec

Side = Literal["BUY", "SELL"]
Leg = Literal["working", "pending"]
# The sales of leftover coins that may follow the two legs count as a third.
TradeLeg = Literal["working", "pending", "unwind"]
OrderStatus = Literal["PENDING", "NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "REJECTED", "EXPIRED"]
CLOSED_STATUSES: frozenset[str] = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED"})
# How a venue call can end, other than accepted.
Outcome = Literal["rejected", "unavailable", "rate_limited", "unknown", "unauthorised"]
# What is asked of a venue and can wait where it wants to be left in peace. A sale that waits is priced anew.
HeldCall = Literal["cancel", "look", "search", "book", "sale", "comparison", "volume"]
StrategyStatus = Literal["reached", "skipped", "stopped", "failed", "parked", "worn", "day_over", "swept"]


ControlCommand = Literal["status", "pause", "resume", "stop", "kill"]
# How a strategy or an account is to leave: after the trade in hand, or at once.
Stopping = Literal["no", "after_trade", "now"]


class Operator(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who gave a command: the local user's name and id, and the process that the command came from."""

    name: str
    uid: int
    pid: int

    def __str__(self) -> str:
        return f"{self.name} (uid {self.uid}, pid {self.pid})"


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody has accepted, for one account, the text that says what live trading means. `sha256` is the text's."""

    user_id: int
    by: Operator
    at: int
    sha256: str


class SymbolRules(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the venue accepts for a symbol (venue protocol notes, 8.3). Bounds are inclusive.

    The multipliers bound both legs' prices relative to the market's; `max_num_orders` are an account's open orders.
    """

    symbol: str
    base_asset: str
    quote_asset: str
    status: str
    tick_size: Decimal
    step_size: Decimal
    min_price: Decimal
    max_price: Decimal
    min_qty: Decimal
    max_qty: Decimal
    min_notional: Decimal
    max_notional: Decimal
    multiplier_down: Decimal
    multiplier_up: Decimal
    max_num_orders: int = 200


PriceSource = Literal["aggTicker24", "book"]


class TopOfBook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The best offers of each side, None where there is none. `at` is the venue's time of it (ms), 0 where it is not
    told.
    """

    bid: Decimal | None
    bid_size: Decimal
    ask: Decimal | None
    ask_size: Decimal
    at: int


class Commission(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Fees of one order in one asset."""

    asset: str
    amount: Decimal


class OrderCount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many orders are open on a symbol."""

    symbol: str
    count: int


class TokenVolume(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the venue has counted today for one ticker."""

    ticker: str
    volume: Decimal


class ExecutedLeg(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one order came to: quantities in the base asset, `quote` and `avg_px` in the quote asset."""

    venue_order_id: str
    order_status: OrderStatus
    quantity: Decimal
    quote: Decimal
    avg_px: Decimal
    commissions: tuple[Commission, ...]


class StrategyTerms(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All that a strategy's decisions for one account depend on, as agreed when the run began.

    Percentages are in percent (10 is 10 %), delays in milliseconds, money in the quote asset. With `sweep` nothing is
    bought: what the account holds of the token is sold, and that is all. `on_restriction` says what becomes of an open
    order when the venue wants to see the account's owner: it is left, or its cancel is tried. With the `price_source`
    "book" the offsets are not used: an order's limits are at most `max_slippage_percentage` from the best offers, and
    it takes at most `max_book_share` of what the smaller of them has. With `self_match_guard` each trade waits for its
    turn on the symbol, which one account of ours at a time has.
    """

    strategy_id: str
    user_id: int
    ticker: str
    chain: str
    rules: SymbolRules
    target_volume: Decimal
    amount: Decimal
    buy_offset_percentage: Decimal
    sell_discount_percentage: Decimal
    max_price_volatility_percentage: Decimal
    interval_ms: int
    order_timeout_ms: int
    retry_delay_ms: int
    volume_check_delay_ms: int
    max_retry_attempts: int
    probe_trades: int
    unwind_slippage_percentage: Decimal = Decimal(2)
    unwind_attempts: int = 5
    unwind_timeout_ms: int = 10_000
    settle_ms: int = 10_000
    silence_ms: int = 3_000
    max_wear_usdt: Decimal | None = None
    max_wear_bps: Decimal | None = None
    continue_after_midnight: bool = False
    sweep: bool = False
    self_match_guard: bool = False
    on_restriction: Literal["leave", "cancel"] = "leave"
    price_source: PriceSource = "aggTicker24"
    max_slippage_percentage: Decimal = Decimal(1)
    max_book_share: Decimal = Decimal("0.9")
    max_price_age_ms: int = 10_000
