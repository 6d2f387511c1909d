"""From the venue's REST replies to the port's values. Pure.

A function raises one of `UNREADABLE` when the reply is not what it must be.
Long listings are read row by row, so that only one row at a time is held twice.
"""

from collections.abc import Iterable, Iterator
from decimal import ROUND_DOWN, Context, Decimal
from typing import Final, TypeVar

import msgspec

from events.values import Leg, OrderStatus, Side, SymbolRules, TokenVolume
from exchange.alpha import frames, market_data, wallets
from exchange.alpha.filters import read_rules
from exchange.alpha.listings import TokenQuote
from exchange.alpha.numbers import sound
from exchange.port import Balance, BookSnapshot, Fill, OrderSnapshot, OtoPlaced, Quote, Token, TopOfBook, UserVolume

T = TypeVar("T")

_AVERAGE_UNIT: Final = Decimal("0.000000001")
_EXACT: Final = Context(prec=80)
_LEGS: Final[dict[str | None, Leg]] = {"OTO_WORKING": "working", "OTO_PENDING": "pending"}
_NO_LIST: Final = frozenset({None, "-1", "0"})
ZERO: Final = Decimal(0)

_listen_key: msgspec.json.Decoder[str | frames.ListenKeyObject] = msgspec.json.Decoder(frames.ListenKeyData)
_rows = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What bad JSON raises: malformed or misshapen, not UTF-8, nested beyond reason."""

_token = msgspec.json.Decoder(TokenQuote)


class _SymbolRows(msgspec.Struct, frozen=True):
    symbols: tuple[msgspec.Raw, ...]


def rows(data: msgspec.Raw) -> tuple[msgspec.Raw, ...]:
    """A JSON array's elements, unread."""
    return _rows.decode(data)


def read(data: msgspec.Raw, shape: type[T]) -> T:
    """`data` as `shape`."""
    return msgspec.json.decode(data, type=shape)


def leg_of(contingency_position: str | None) -> Leg | None:
    return _LEGS.get(contingency_position)


def list_id_of(order_list_id: frames.OrderId | None) -> str | None:
    """None for a plain order, whose rows say -1 (section 7.5)."""
    text = None if order_list_id is None else str(order_list_id)
    return None if text in _NO_LIST else text


def side_of(text: str) -> Side:
    side: Side = msgspec.convert(text, Side)
    return side


def status_of(text: str) -> OrderStatus:
    status: OrderStatus = msgspec.convert(text, OrderStatus)
    return status


# --- listings ---


def tokens_of(data: msgspec.Raw) -> tuple[Token, ...]:
    """One token for each alphaId, its last row: the venue keeps superseded rows. Unreadable rows are left out."""
    tokens = {row.alpha_id: _token_of(row) for row in _token_rows(rows(data)) if row.price is not None}
    return tuple(tokens.values())


def quote_of(data: msgspec.Raw, alpha_id: str) -> Quote | None:
    """The last row of `alpha_id`, None when there is none that can be read."""
    mark = alpha_id.encode()
    own = (row for row in rows(data) if mark in bytes(row))
    quote = None
    for row in _token_rows(own):
        if row.alpha_id == alpha_id and row.price is not None:
            quote = _quote_of(row, row.price)
    return quote


def book_of(data: msgspec.Raw) -> BookSnapshot:
    """A snapshot may hold levels of nothing, which are left out, and a crossed one need not be in order."""
    depth = read(data, market_data.Depth)
    ask = min(_offers(depth.asks), default=None)
    bids = sorted(_offers(depth.bids), key=lambda bid: bid[0], reverse=True)
    return BookSnapshot(bids=tuple(bids), ask=ask[0] if ask else None, at=_time_of(depth))


def top_of_book_of(data: msgspec.Raw) -> TopOfBook:
    """The best of each side that is more than nothing, wherever it stands: a crossed snapshot need not be in order."""
    depth = read(data, market_data.Depth)
    bid = max(_offers(depth.bids), default=None)
    ask = min(_offers(depth.asks), default=None)
    return TopOfBook(
        bid=bid[0] if bid else None,
        bid_size=_size_at(depth.bids, bid),
        ask=ask[0] if ask else None,
        ask_size=_size_at(depth.asks, ask),
        at=_time_of(depth),
    )


def _time_of(depth: market_data.Depth) -> int:
    """When the snapshot was made, not when it last changed, which may be long ago in a quiet market."""
    return depth.ts_push or depth.ts_transact or 0


def _offers(levels: Iterable[tuple[Decimal, Decimal]]) -> Iterator[tuple[Decimal, Decimal]]:
    return ((price, quantity) for price, quantity in levels if sound(price) > 0 and sound(quantity) > 0)


def _size_at(levels: Iterable[tuple[Decimal, Decimal]], best: tuple[Decimal, Decimal] | None) -> Decimal:
    return sum((quantity for price, quantity in _offers(levels) if best and price == best[0]), ZERO)


def rules_of(data: msgspec.Raw) -> dict[str, SymbolRules]:
    """The rules of every symbol whose filters can be read; one odd symbol hides no other."""
    info = read(data, _SymbolRows)
    return {rules.symbol: rules for row in info.symbols if (rules := read_rules(row)) is not None}


def _token_rows(raw_rows: Iterable[msgspec.Raw]) -> Iterator[TokenQuote]:
    for raw in raw_rows:
        try:
            row = _token.decode(raw)
            sound(row.price)
        except UNREADABLE:
            continue  # one odd token among hundreds must not hide the others
        yield row


def _tradable(row: TokenQuote) -> bool:
    return not (row.offline or row.offsell or row.stock_state)


def _token_of(row: TokenQuote) -> Token:
    return Token(
        ticker=row.symbol,
        chain_id=row.chain_id,
        chain_name=row.chain_name,
        alpha_id=row.alpha_id,
        mul_point=row.mul_point,
        price=sound(row.price),
        offline=row.offline,
        tradable=_tradable(row),
    )


def _quote_of(row: TokenQuote, price: Decimal) -> Quote:
    return Quote(alpha_id=row.alpha_id, price=price, mul_point=row.mul_point, tradable=_tradable(row))


# --- account ---


def listen_key_of(data: msgspec.Raw) -> str:
    """The key: a string, or the object that carries it (section 4)."""
    key = _listen_key.decode(data)
    text = key if isinstance(key, str) else key.listen_key
    if not text:
        raise msgspec.ValidationError("the listen key is empty")
    return text


def _not_negative(value: Decimal | None) -> Decimal:
    volume = sound(value)
    if volume < 0:
        raise msgspec.ValidationError("a volume below 0")
    return volume


def volume_of(data: msgspec.Raw) -> UserVolume:
    """Rows of one ticker are added up. A missing total is the sum; a missing list goes only with a total of 0."""
    reply = read(data, wallets.UserVolume)
    volumes: dict[str, Decimal] = {}
    for row in reply.token_volumes or ():
        volumes[row.token_name] = volumes.get(row.token_name, ZERO) + _not_negative(row.volume)
    total = sum(volumes.values(), ZERO) if reply.total_volume is None else _not_negative(reply.total_volume)
    if reply.token_volumes is None and total:
        raise msgspec.ValidationError("a total volume without the tokens that make it up")
    return UserVolume(
        total=total, tokens=tuple(TokenVolume(ticker=name, volume=volume) for name, volume in volumes.items())
    )


def alpha_balances(data: msgspec.Raw) -> tuple[Balance, ...]:
    """Tokens in the Alpha wallet, named by alphaId (section 10)."""
    return tuple(
        Balance(asset=row.token_id, free=sound(row.free), locked=sound(row.locked) + sound(row.freeze))
        for row in read(data, wallets.AlphaWallet).holdings
    )


def funding_balances(data: msgspec.Raw) -> tuple[Balance, ...]:
    """Assets in the funding wallet, which is what buys are paid from."""
    assets = (msgspec.json.decode(row, type=wallets.WalletAsset) for row in rows(data))
    return tuple(
        Balance(
            asset=row.asset, free=sound(row.funding.free), locked=sound(row.funding.locked) + sound(row.funding.freeze)
        )
        for row in assets
        if row.funding is not None
    )


# --- orders ---


def placed_of(data: msgspec.Raw) -> OtoPlaced:
    reply = read(data, frames.OtoReply)
    return OtoPlaced(
        working_order_id=_order_id(reply.working_order_id), pending_order_id=_order_id(reply.pending_order_id)
    )


def order_id_of(data: msgspec.Raw) -> str:
    return _order_id(msgspec.json.decode(data, type=str | int))


def _order_id(value: str | int) -> str:
    """Section 2.4: ids are whole numbers."""
    text = str(value)
    if not (text.isascii() and text.isdecimal()):
        raise msgspec.ValidationError(f"{text!r} is no order id")
    return text


def open_order_of(row: msgspec.Raw) -> OrderSnapshot:
    """Section 7.4. Such a row does not say which leg it is."""
    return _snapshot(read(row, frames.OpenOrderRow), row, leg=None, avg_px=None)


def past_orders(page: Iterable[msgspec.Raw]) -> list[OrderSnapshot]:
    """A page of history (section 7.5)."""
    return [_past_order(row) for row in page]


def _past_order(raw: msgspec.Raw) -> OrderSnapshot:
    row = read(raw, frames.HistoryRow)
    return _snapshot(row, raw, leg=leg_of(row.contingency_position), avg_px=row.avg_px)


def fill_of(row: msgspec.Raw) -> Fill:
    """Section 7.6."""
    trade = read(row, frames.UserTradeRow)
    return Fill(
        venue_order_id=str(trade.venue_order_id),
        symbol=trade.symbol,
        side=side_of(trade.side),
        execution_id=msgspec.convert(trade.execution_id, frames.ExecutionId, strict=False),
        match_id=str(trade.trade_id or ""),
        last_qty=sound(trade.last_qty),
        last_px=sound(trade.last_px),
        last_quote=sound(trade.last_quote),
        commission=sound(trade.commission),
        commission_asset=trade.commission_asset,
        transact_time=trade.ts_transact,
        raw=bytes(row).decode(),
    )


def _snapshot(
    row: frames.OpenOrderRow | frames.HistoryRow, raw: msgspec.Raw, *, leg: Leg | None, avg_px: Decimal | None
) -> OrderSnapshot:
    cum_qty, cum_quote = sound(row.cum_qty), sound(row.cum_quote)
    return OrderSnapshot(
        venue_order_id=_order_id(row.venue_order_id),
        order_list_id=list_id_of(row.order_list_id),
        leg=leg,
        symbol=row.symbol,
        side=side_of(row.side),
        order_status=status_of(row.status),
        price=sound(row.price),
        quantity=sound(row.quantity),
        cum_qty=cum_qty,
        cum_quote=cum_quote,
        avg_px=_average(cum_quote, cum_qty) if avg_px is None else sound(avg_px),
        created_time=row.ts_created or 0,
        update_time=row.ts_update or row.ts_created or 0,
        raw=bytes(raw).decode(),
    )


def _average(cum_quote: Decimal, cum_qty: Decimal) -> Decimal:
    """Truncated to 9 decimals, as the venue does where it says (section 8.5)."""
    if not cum_qty:
        return ZERO
    return _EXACT.divide(cum_quote, cum_qty).quantize(_AVERAGE_UNIT, ROUND_DOWN, _EXACT)
