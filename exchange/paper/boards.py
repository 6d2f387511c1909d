"""Market data of the paper venue, encoded (venue protocol notes, section 8).

The token table has hundreds of rows and is read before every trade of every account: only rows that changed are
encoded anew, and the table is put together at most once per step of the market.
"""

from decimal import Decimal
from itertools import groupby

from msgspec.structs import asdict, replace

from exchange.alpha.listings import AssetName, ExchangeInfo, SymbolRules, TokenRow
from exchange.alpha.market_data import AggTrade, Depth, Ticker
from exchange.alpha.numbers import JsonText, encode
from exchange.paper.faults_readings import shown_book
from exchange.paper.market import Print
from exchange.paper.matching import Level
from exchange.paper.tokens import QUOTE
from exchange.paper.venue import Venue
from exchange.paper.wire import text


class TokenTable:
    """aggTicker24 and the token list: every row as loaded, with the price and the mulPoint of now."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._encoded: dict[int, tuple[Decimal, int, bool, bytes]] = {}
        self._table = b""
        self._made_at: int | None = None
        self._offline: frozenset[str] = frozenset()

    def encoded(self, now: int) -> bytes:
        """A JSON array. Prices are as old as one step of the market at most; who is offline is told at once."""
        fresh = self._made_at is not None and now - self._made_at < self._venue.settings.market_step_ms
        if not fresh or self._offline != self._venue.faults.offline:
            self._offline = frozenset(self._venue.faults.offline)
            rows = (self._row(index, row, now) for index, row in enumerate(self._venue.listings.rows))
            self._table = b"[" + b",".join(rows) + b"]"
            self._made_at = now
        return self._table

    def forget(self) -> None:
        """Make the table anew when it is next asked for."""
        self._made_at = None

    def _row(self, index: int, row: TokenRow, now: int) -> bytes:
        price = self._price(row, now)
        mul_point = self._venue.volumes.announced_mul_point(row)
        offline = row.offline or row.alpha_id in self._venue.faults.offline
        old = self._encoded.get(index)
        if old is not None and old[:3] == (price, mul_point, offline):
            return old[3]
        new = encode(replace(row, price=text(price), mul_point=mul_point, offline=offline))
        self._encoded[index] = (price, mul_point, offline, new)
        return new

    def _price(self, row: TokenRow, now: int) -> Decimal:
        symbol = row.alpha_id + QUOTE
        return self._venue.markets.mid(symbol, now) if self._venue.markets.moves(symbol) else row.price


def exchange_info(venue: Venue) -> bytes:
    """All symbols as loaded, or as they have been changed since."""
    now = venue.faults.relisted
    symbols = tuple(_plain(now.get(each.symbol, each)) for each in venue.listings.symbols)
    names = sorted({name for each in symbols for name in (each.base_asset, each.quote_asset)})
    return encode(ExchangeInfo(symbols=symbols, assets=tuple(AssetName(name) for name in names)))


def _plain(rules: SymbolRules) -> SymbolRules:
    """The rules with decimals that are not written in exponent notation."""
    filters = tuple(
        replace(each, **{key: text(value) for key, value in asdict(each).items() if isinstance(value, Decimal)})
        for each in rules.filters
    )
    return replace(rules, filters=filters)


def depth(venue: Venue, symbol: str, limit: int, now: int) -> bytes:
    shown = shown_book(venue, symbol, now)
    return encode(
        Depth(
            bids=_levels(shown.book.bids)[:limit],
            asks=_levels(shown.book.asks)[:limit],
            symbol=symbol,
            last_update_id=venue.markets.at(symbol, now).step,
            ts_push=shown.at,
            ts_transact=shown.at,
        )
    )


def _levels(levels: tuple[Level, ...]) -> tuple[tuple[Decimal, Decimal], ...]:
    """Makers at one price are one level to whoever looks."""
    return tuple(
        (text(price), text(sum((each.quantity for each in makers), Decimal(0))))
        for price, makers in groupby(levels, key=lambda level: level.price)
    )


def agg_trades(trades: tuple[Print, ...]) -> bytes:
    """Oldest first."""
    return encode(
        tuple(
            AggTrade(
                agg_trade_id=each.trade_id,
                price=text(each.price),
                quantity=text(each.quantity),
                ts_transact=each.at,
                first_trade_id=each.trade_id,
                last_trade_id=each.trade_id,
                is_buyer_maker=each.is_buyer_maker,
            )
            for each in trades
        )
    )


def ticker(symbol: str, mid: Decimal, trades: tuple[Print, ...], now: int) -> bytes:
    """Of the public trades that are remembered, which may be fewer than 24 hours of them."""
    prices = [each.price for each in trades] or [mid]
    volume = sum((each.quantity for each in trades), Decimal(0))
    quote_volume = sum((each.quantity * each.price for each in trades), Decimal(0))
    change = prices[-1] - prices[0]
    return encode(
        Ticker(
            symbol=symbol,
            last_price=text(prices[-1]),
            price_change=text(change),
            price_change_percent=_two_decimals(change * 100 / prices[0]),
            weighted_avg_price=text(quote_volume / volume if volume else prices[-1]),
            last_qty=text(trades[-1].quantity if trades else Decimal(0)),
            open_price=text(prices[0]),
            high_price=text(max(prices)),
            low_price=text(min(prices)),
            volume=text(volume),
            quote_volume=text(quote_volume),
            open_time=trades[0].at if trades else now,
            close_time=now,
            first_id=trades[0].trade_id if trades else 0,
            last_id=trades[-1].trade_id if trades else 0,
            count=len(trades),
        )
    )


def _two_decimals(value: Decimal) -> JsonText:
    return text(value.quantize(Decimal("0.01")))
