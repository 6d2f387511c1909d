"""What the paper venue lists: its own small table, or real dumps (`files`), joined for trading.

The table holds cases that matter: mulPoint 4 and 1, a coarse step (KOGE at 48 with step 0.01, so that 30 USDT
come out a little short), a token that is offline, a ticker that two chains share and one that a chain has twice.
"""

from decimal import Decimal

import msgspec

from exchange.alpha.listings import SymbolFilter, SymbolRules, TokenRow
from exchange.paper.files import load_symbols, load_tokens
from exchange.paper.rules import TradingRules, trading_rules
from exchange.paper.settings import PaperSettings

QUOTE = "USDT"


class Listings(msgspec.Struct, frozen=True):
    """`rows` and `symbols` are what the venue shows; `rules` holds those symbols that can be traded here.

    A symbol can be traded when it is TRADING, quoted in USDT and its token is known, priced, not offline and not
    a stock. Rows with one alphaId are one token, of which the last row counts.
    """

    rows: tuple[TokenRow, ...]
    symbols: tuple[SymbolRules, ...]
    tokens: dict[str, TokenRow]
    rules: dict[str, TradingRules]

    def ticker(self, alpha_id: str) -> str:
        """What people call the token; its alphaId when it is not listed, but was once."""
        token = self.tokens.get(alpha_id)
        return token.symbol if token else alpha_id

    def named(self, name: str) -> tuple[TokenRow, ...]:
        """The tokens with this alphaId or ticker."""
        return tuple(row for row in self.tokens.values() if name in (row.alpha_id, row.symbol))


def _tradable(row: TokenRow | None) -> bool:
    return row is not None and row.price > 0 and not (row.offline or row.offsell or row.stock_state)


def join(rows: tuple[TokenRow, ...], symbols: tuple[SymbolRules, ...]) -> Listings:
    tokens = {row.alpha_id: row for row in rows}
    quoted = (each for each in symbols if each.quote_asset == QUOTE and _tradable(tokens.get(each.base_asset)))
    rules = {each.symbol: flat for each in quoted if (flat := trading_rules(each)) is not None}
    return Listings(rows, symbols, tokens, rules)


def listings(settings: PaperSettings) -> Listings:
    """The listings that the settings ask for; `PaperFileError` when a file of theirs is no good."""
    rows = load_tokens(settings.tokens_file) if settings.tokens_file else own_tokens()
    symbols = load_symbols(settings.symbols_file) if settings.symbols_file else own_symbols()
    return join(rows, symbols)


def own_tokens() -> tuple[TokenRow, ...]:
    return (
        _row("ALPHA_382", "AOP", "0.02190617284039506172", mul_point=4),
        _row("ALPHA_22", "KOGE", "48.03164722909907599956"),
        _row("ALPHA_373", "ALEO", "0.36048407540600451663", mul_point=4),
        _row("ALPHA_195", "MERL", "0.33429515868093882503", mul_point=4),
        _row("ALPHA_118", "GONE", "0.01500000000000000000", offline=True),
        _row("ALPHA_410", "SLX", "0.12004120412041204120", mul_point=4),
        _row("ALPHA_411", "SLX", "0.07300730073007300730", chain=("CT_501", "Solana")),
        _row("ALPHA_420", "TWIN", "0.50105010501050105010"),
        _row("ALPHA_421", "TWIN", "0.91091091091091091091"),
    )


def _row(
    alpha_id: str,
    ticker: str,
    price: str,
    *,
    chain: tuple[str, str] = ("56", "BSC"),
    mul_point: int = 1,
    offline: bool = False,
) -> TokenRow:
    number = int(alpha_id.removeprefix("ALPHA_"))
    return TokenRow(
        alpha_id=alpha_id,
        symbol=ticker,
        name=ticker,
        price=Decimal(price),
        chain_id=chain[0],
        chain_name=chain[1],
        token_id=f"{number:032X}",
        contract_address=f"0x{number:040x}",
        listing_time=1758283200000,
        mul_point=mul_point,
        offline=offline,
        offsell=offline,
    )


def own_symbols() -> tuple[SymbolRules, ...]:
    return tuple(_symbol(row.alpha_id) for row in own_tokens())


def _symbol(alpha_id: str) -> SymbolRules:
    return SymbolRules(
        symbol=f"{alpha_id}{QUOTE}",
        status="TRADING",
        base_asset=alpha_id,
        quote_asset=QUOTE,
        filters=_filters(),
    )


def _filters() -> tuple[SymbolFilter, ...]:
    """As most of the venue's symbols have them (section 8.3)."""
    tick, step = Decimal("0.00000001"), Decimal("0.01000000")
    up, down = Decimal(5), Decimal("0.20000")
    return (
        SymbolFilter("PRICE_FILTER", min_price=tick, max_price=Decimal(100000), tick_size=tick),
        SymbolFilter("LOT_SIZE", min_qty=step, max_qty=Decimal(10000000), step_size=step),
        SymbolFilter("MAX_NUM_ORDERS", limit=200),
        SymbolFilter("MIN_NOTIONAL", min_notional=Decimal("0.1")),
        SymbolFilter("NOTIONAL", min_notional=Decimal("0.1"), max_notional=Decimal(1000000)),
        SymbolFilter("PERCENT_PRICE", multiplier_up=up, multiplier_down=down),
    )
