"""The public endpoints (venue protocol notes, section 3, numbers 19 to 27)."""

from exchange.alpha import paths
from exchange.alpha.market_data import FeeRate
from exchange.alpha.numbers import encode
from exchange.paper import boards
from exchange.paper.api import Call, Refused, Reply, Route, number
from exchange.paper.rounding import COMMISSION_RATE
from exchange.paper.rules import NOT_TRADING

_MILLION = 1_000_000


def _symbol(call: Call) -> str:
    symbol = call.query.get("symbol", "")
    if symbol not in call.engine.venue.listings.rules:
        raise Refused(NOT_TRADING)
    return symbol


def token_table(call: Call) -> Reply:
    return call.boards.tokens.encoded(call.now)


def exchange_info(call: Call) -> Reply:
    return call.boards.exchange_info()


def ticker(call: Call) -> Reply:
    symbol, markets = _symbol(call), call.engine.venue.markets
    return boards.ticker(symbol, markets.mid(symbol, call.now), markets.prints(symbol, call.now), call.now)


def agg_trades(call: Call) -> Reply:
    """The latest ones that the query's `fromId`, `startTime` and `endTime` let through."""
    first, start, end = number(call, "fromId", 0), number(call, "startTime", 0), number(call, "endTime", call.now)
    found = [
        each
        for each in call.engine.venue.markets.prints(_symbol(call), call.now)
        if each.trade_id >= first and start <= each.at <= end
    ]
    return boards.agg_trades(tuple(found[-max(number(call, "limit", 500), 1) :]))


def full_depth(call: Call) -> Reply:
    return boards.depth(call.engine.venue, _symbol(call), number(call, "limit", 100), call.now)


def fee_rate(_call: Call) -> Reply:
    millionths = int(COMMISSION_RATE * _MILLION)
    return encode(FeeRate(millionths, millionths))


ROUTES = (
    Route("aggTicker24", "GET", paths.AGG_TICKER, token_table),
    Route("token/list", "GET", paths.TOKEN_LIST, token_table),
    Route("get-exchange-info", "GET", paths.EXCHANGE_INFO, exchange_info),
    Route("ticker", "GET", paths.TICKER, ticker),
    Route("agg-trades", "GET", paths.AGG_TRADES, agg_trades),
    Route("fullDepth", "GET", paths.FULL_DEPTH, full_depth),
    Route("get-fee-rate", "GET", paths.FEE_RATE, fee_rate),
)
