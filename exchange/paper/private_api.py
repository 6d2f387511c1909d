"""The private endpoints (venue protocol notes, section 3, numbers 1 to 15): each answers one call with `data`."""

from decimal import Decimal

from exchange.alpha import paths
from exchange.alpha.frames import CancelRequest, OrderRequest, OtoReply, OtoRequest
from exchange.alpha.numbers import JsonNumber, encode
from exchange.alpha.wallets import AlphaHolding, AlphaWallet, Bucket, TokenVolume, UserVolume, WalletAsset
from exchange.paper import desk, placing
from exchange.paper import faults_readings as readings
from exchange.paper.api import Call, Paged, Refused, Reply, Route, body, number
from exchange.paper.model import Balance, Order, Rejection
from exchange.paper.records import Outcome
from exchange.paper.rules import BAD_REQUEST
from exchange.paper.tokens import QUOTE
from exchange.paper.wire import history_row, open_order_row, text, trade_row

_NULL = b"null"
_MOST_ROWS = 2000
_HISTORY_STATUSES = "FILLED,PARTIALLY_FILLED,EXPIRED,CANCELED,REJECTED"


def _done(call: Call, outcome: Outcome | Rejection) -> Outcome:
    if isinstance(outcome, Rejection):
        raise Refused(outcome)
    call.engine.carry_out(outcome)
    return outcome


def create_listen_key(call: Call) -> Reply:
    ttl_ms = readings.key_ttl_ms(call.engine.venue, call.account, call.now)
    return encode(call.engine.keys.create(call.account, call.now, ttl_ms))


def delete_listen_key(_call: Call) -> Reply:
    return _NULL


def place_oto(call: Call) -> Reply:
    request = body(call, OtoRequest)
    working, pending = _done(call, placing.place_oto(call.engine.venue, call.account, request, call.now)).orders
    return encode(OtoReply(working.order_id, pending.order_id))


def place_order(call: Call) -> Reply:
    request = body(call, OrderRequest)
    (order,) = _done(call, placing.place(call.engine.venue, call.account, request, call.now)).orders
    return encode(str(order.order_id))


def cancel_order(call: Call) -> Reply:
    request = body(call, CancelRequest)
    order_id = str(request.order_id)
    if not order_id.isascii() or not order_id.isdecimal():
        raise Refused(BAD_REQUEST)
    _done(call, desk.cancel_order(call.engine.venue, call.account, int(order_id), request.symbol, call.now))
    return _NULL


def cancel_all(call: Call) -> Reply:
    _done(call, desk.cancel_all(call.engine.venue, call.account, call.now))
    return _NULL


def open_orders(call: Call) -> Reply:
    venue = call.engine.venue
    shown = venue.orders.open_of(call.account)
    if venue.settings.open_orders_show_pending:
        shown = [order for order in venue.orders.all_of(call.account) if order.status == "PENDING" or order in shown]
    skew = _skew(call)
    return encode([open_order_row(readings.shifted_order(order, skew)) for order in shown if _wanted(call, order)])


def _skew(call: Call) -> int:
    return readings.skew_ms(call.engine.venue, call.account, call.now)


def _wanted(call: Call, order: Order) -> bool:
    """Whether the order passes those of the query's filters that are given."""
    filters = {"side": order.side, "symbol": order.symbol, "baseAsset": order.base_asset}
    return all(call.query.get(name) in (None, "", value) for name, value in filters.items())


def order_history(call: Call) -> Reply:
    """Newest first; `page` counts from 1."""
    statuses = (call.query.get("orderStatus") or _HISTORY_STATUSES).split(",")
    skew = _skew(call)
    start, end = number(call, "startTime", 0) - skew, number(call, "endTime", call.now + skew) - skew
    rows = [
        order
        for order in call.engine.venue.orders.all_of(call.account)
        if order.status in statuses and start <= order.created_at <= end and _wanted(call, order)
    ]
    size = min(number(call, "rows", 500), _MOST_ROWS)
    skipped = (max(number(call, "page", 1), 1) - 1) * size
    page = [history_row(readings.shifted_order(order, skew)) for order in rows[skipped : skipped + size]]
    return Paged(encode(page), len(rows))


def user_trades(call: Call) -> Reply:
    """Newest first; empty for an order that has no fill or is not the account's."""
    venue = call.engine.venue
    order = venue.orders.get(number(call, "orderId", 0))
    if order is None or order.account != call.account or not _wanted(call, order):
        return b"[]"
    skew = _skew(call)
    fills = reversed(venue.orders.fills_of(order.order_id))
    return encode([trade_row(order, readings.shifted_fill(each, skew)) for each in fills])


def user_volume(call: Call) -> Reply:
    """JSON numbers, exact and as short as they can be; a token without volume is absent."""
    venue = call.engine.venue
    shown = readings.shown_volumes(venue, call.account, call.now)
    rows = tuple(
        TokenVolume(venue.listings.ticker(alpha_id), _short(volume), f"/images/{alpha_id}.png")
        for alpha_id, volume in shown.items()
    )
    return encode(UserVolume(_short(sum(shown.values(), Decimal(0))), rows))


def _short(value: Decimal) -> JsonNumber:
    """Without the zeros at its end."""
    return JsonNumber(value.normalize())


def alpha_wallet(call: Call) -> Reply:
    account = readings.shown_account(call.engine.venue, call.account, call.now)
    holdings = tuple(
        _holding(call, asset, balance)
        for asset, balance in account.balances.items()
        if asset != QUOTE and (balance.free or balance.locked)
    )
    total = sum((each.valuation or Decimal(0) for each in holdings), Decimal(0))
    return encode(AlphaWallet(holdings, text(total)))


def _holding(call: Call, asset: str, balance: Balance) -> AlphaHolding:
    venue = call.engine.venue
    token = venue.listings.tokens.get(asset)
    amount = balance.free + balance.locked
    return AlphaHolding(
        token_id=asset,
        symbol=venue.listings.ticker(asset),
        free=text(balance.free),
        locked=text(balance.locked),
        freeze=text(Decimal(0)),
        withdrawing=text(Decimal(0)),
        amount=text(amount),
        valuation=text(amount * venue.markets.worth(asset, call.now)),
        chain_id=token.chain_id if token else None,
        contract_address=token.contract_address if token else None,
        cex_asset=token.listing_cex if token else None,
        name=token.name if token else None,
    )


def funding_wallet(call: Call) -> Reply:
    """USDT in the funding wallet, which orders call CARD; the other wallets are empty here."""
    balance = readings.shown_account(call.engine.venue, call.account, call.now).balances[QUOTE]
    zero = text(Decimal(0))
    bucket = Bucket(text(balance.free), text(balance.locked), zero, zero)
    return encode([WalletAsset(QUOTE, funding=bucket)])


ROUTES = (
    Route("get-listen-key", "POST", paths.LISTEN_KEY, create_listen_key, private=True),
    Route("userDataStream", "DELETE", paths.USER_DATA_STREAM, delete_listen_key, private=True, missing=True),
    Route("oto-order/place", "POST", paths.OTO_PLACE, place_oto, private=True, placement=True),
    Route("order/place", "POST", paths.ORDER_PLACE, place_order, private=True, placement=True),
    Route("order/cancel", "POST", paths.ORDER_CANCEL, cancel_order, private=True),
    Route("order/cancel-all", "POST", paths.ORDER_CANCEL_ALL, cancel_all, private=True),
    Route("get-open-order", "GET", paths.OPEN_ORDERS, open_orders, private=True),
    Route("get-order-history-merge", "GET", paths.ORDER_HISTORY, order_history, private=True),
    Route("get-user-trades", "GET", paths.USER_TRADES, user_trades, private=True),
    Route("user-volume", "GET", paths.USER_VOLUME, user_volume, private=True),
    Route("cloud-wallet/alpha", "GET", paths.ALPHA_WALLET, alpha_wallet, private=True),
    Route("get-wallet-asset", "POST", paths.FUNDING_WALLET, funding_wallet, private=True),
)
