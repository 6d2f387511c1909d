"""What the wire shows of a symbol's market (venue protocol notes, section 8).

Wire shapes like those of `exchange.alpha.frames`, and under the same terms.
"""

from decimal import Decimal

from msgspec import Struct, field

from exchange.alpha.frames import Time


class Ticker(Struct, frozen=True, rename="camel"):
    """24 hours of one symbol (section 8.4)."""

    symbol: str
    last_price: Decimal
    price_change: Decimal | None = None
    price_change_percent: Decimal | None = None
    weighted_avg_price: Decimal | None = None
    last_qty: Decimal | None = None
    open_price: Decimal | None = None
    high_price: Decimal | None = None
    low_price: Decimal | None = None
    volume: Decimal | None = None
    quote_volume: Decimal | None = None
    open_time: int | None = None
    close_time: int | None = None
    first_id: int | None = None
    last_id: int | None = None
    count: int | None = None


class AggTrade(Struct, frozen=True):
    """One aggregated public trade (section 8.4)."""

    agg_trade_id: int = field(name="a")
    price: Decimal = field(name="p")
    quantity: Decimal = field(name="q")
    ts_transact: Time = field(name="T")
    first_trade_id: int | None = field(name="f", default=None)
    last_trade_id: int | None = field(name="l", default=None)
    is_buyer_maker: bool | None = field(name="m", default=None)


class Depth(Struct, frozen=True, rename="camel"):
    """The book: `(price, quantity)` pairs, best first. A snapshot of the venue may be crossed (section 8.4)."""

    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    symbol: str | None = None
    last_update_id: int | None = None
    ts_push: Time | None = field(name="E", default=None)
    ts_transact: Time | None = field(name="T", default=None)


class FeeRate(Struct, frozen=True, rename="camel"):
    """Commissions in millionths: 100 is 0.01 percent (section 8.4)."""

    buyer_commission: int
    seller_commission: int
