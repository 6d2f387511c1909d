"""What the venue lists: tokens, and the rules of their symbols (venue protocol notes, sections 8.1 to 8.3).

Wire shapes like those of `exchange.alpha.frames`, and under the same terms.
"""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, field

MulPoint = Annotated[int, Meta(ge=1, le=1_000_000)]
"""What the venue multiplies volumes by; 1, 2 and 4 have been seen (section 8.2)."""


class TokenQuote(Struct, frozen=True, rename="camel"):
    """The part of a `TokenRow` that a trade needs: the row is read hundreds at a time before every trade."""

    alpha_id: str
    symbol: str
    chain_id: str = ""
    chain_name: str = ""
    price: Decimal | None = None
    mul_point: MulPoint = 1
    offline: bool = False
    offsell: bool = False
    stock_state: bool = False


class TokenRow(Struct, frozen=True, rename="camel"):
    """A row of aggTicker24 and of the token list (section 8.1). `price` is no book price and off tick."""

    alpha_id: str
    symbol: str
    price: Decimal
    chain_id: str
    chain_name: str = ""
    token_id: str = ""
    chain_icon_url: str = ""
    contract_address: str = ""
    name: str = ""
    icon_url: str = ""
    percent_change24h: str = field(name="percentChange24h", default="0")
    volume24h: str = field(name="volume24h", default="0")
    market_cap: str = "0"
    fdv: str = "0"
    liquidity: str = "0"
    total_supply: str = "0"
    circulating_supply: str = "0"
    holders: str = "0"
    decimals: int = 18
    listing_cex: bool = False
    hot_tag: bool = False
    cex_coin_name: str = ""
    can_transfer: bool = False
    denomination: int = 1
    offline: bool = False
    trade_decimal: int = 8
    offsell: bool = False
    price_high24h: str = field(name="priceHigh24h", default="0")
    price_low24h: str = field(name="priceLow24h", default="0")
    count24h: str = field(name="count24h", default="0")
    online_tge: bool = False
    online_airdrop: bool = False
    score: int = 0
    cex_off_display: bool = False
    stock_state: bool = False
    listing_time: int = 0
    mul_point: MulPoint = 1
    bn_exclusive_state: bool = False


class SymbolFilter(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Any filter of a symbol (section 8.3): `filter_type` says which of the others count."""

    filter_type: str
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    tick_size: Decimal | None = None
    min_qty: Decimal | None = None
    max_qty: Decimal | None = None
    step_size: Decimal | None = None
    limit: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    min_notional: Decimal | None = None
    max_notional: Decimal | None = None
    multiplier_up: Decimal | None = None
    multiplier_down: Decimal | None = None
    bid_multiplier_up: Decimal | None = None
    ask_multiplier_up: Decimal | None = None
    bid_multiplier_down: Decimal | None = None
    ask_multiplier_down: Decimal | None = None


class SymbolRules(Struct, frozen=True, rename="camel"):
    """The rules of one symbol. `quantity_precision` does not bound the decimals of a quantity: the step does."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    filters: tuple[SymbolFilter, ...] = ()
    price_precision: int = 8
    quantity_precision: int = 8
    base_asset_precision: int = 8
    quote_precision: int = 8
    order_types: tuple[str, ...] = ("LIMIT",)


class AssetName(Struct, frozen=True):
    asset: str


class ExchangeInfo(Struct, frozen=True, rename="camel"):
    symbols: tuple[SymbolRules, ...]
    timezone: str = "UTC"
    assets: tuple[AssetName, ...] = ()
    order_types: tuple[str, ...] = ("LIMIT",)
