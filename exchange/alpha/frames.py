"""The shapes of envelopes, of the user stream and of orders on the wire (venue protocol notes, sections 2 to 7).

Each one-letter wire name appears here, or in `exchange.alpha.market_data`, and nowhere else. The other shapes are in
`exchange.alpha.wallets`, and in `exchange.alpha.listings` for what the venue lists (tokens and the rules of symbols).
The structs carry no behaviour and no opinion: they ignore fields they do not know, and `None` stands for a field that
was absent (or null) in the message, since the venue leaves fields out freely. Amounts are decimals, times are
milliseconds since the epoch. The client decodes with these structs and the paper venue encodes with them
(`exchange.alpha.numbers.encode`).
"""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Raw, Struct, field

# The venue sends ids as numbers in some messages and as strings in others (sections 6.4 and 7.5): read both.
OrderId = str | int

Time = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Milliseconds since the epoch, up to the end of the year 9999: what any calendar and any table takes."""

ExecutionId = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A fill's key, of as many bits as a table takes."""


class Envelope(Struct, frozen=True, rename="camel"):
    """Around every REST reply (section 2.2). Success is `success` and code `"000000"`; read it before `data`."""

    code: str | int = ""
    message: str | None = None
    message_detail: str | None = None
    data: Raw = Raw(b"null")
    success: bool = False


class PagedEnvelope(Envelope, frozen=True, rename="camel"):
    """Around the order history: `total` rows match, of which `data` is one page."""

    total: int = 0


# --- user stream (section 5) ---


class StreamRequest(Struct, frozen=True):
    """What a client sends: SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS."""

    method: str
    params: tuple[str, ...] = ()
    id: int | str | None = None


class StreamAck(Struct, frozen=True):
    """`{"result":null,"id":2}`: the request was read, not that the key is good."""

    result: tuple[str, ...] | None = None
    id: int | str | None = None


class StreamMessage(Struct, frozen=True, omit_defaults=True):
    """Any message from the stream: a frame has `stream` and `data`, an ack has `id` and no `stream`.

    A raw field that was absent is empty: msgspec does not read a `Raw` that may also be None.
    """

    stream: str | None = None
    data: Raw = Raw()
    id: int | str | None = None
    error: Raw = Raw()


class StreamEvent(Struct, frozen=True):
    """What kind of event a frame's `data` is; read it before the rest."""

    event_type: str | None = field(name="e", default=None)


class ExecutionReport(Struct, frozen=True, omit_defaults=True):
    """One `executionReport` frame (section 5.2). `execution_id` is unique per frame: the key to count once by.

    `quantity` is 0 while a pending leg waits. `commission` is of this fill alone and absent unless
    `execution_type` is TRADE. Several fills may share one `match_id`. The three OTO fields are absent on
    plain orders.
    """

    symbol: str = field(name="s")
    side: str = field(name="S")
    order_status: str = field(name="X")
    venue_order_id: OrderId = field(name="i")
    execution_type: str | None = field(name="x", default=None)
    client_order_id: str | None = field(name="c", default=None)
    order_type: str | None = field(name="o", default=None)
    time_in_force: str | None = field(name="f", default=None)
    quantity: Decimal | None = field(name="q", default=None)
    price: Decimal | None = field(name="p", default=None)
    avg_px: Decimal | None = field(name="ap", default=None)
    stop_price: Decimal | None = field(name="P", default=None)
    last_qty: Decimal | None = field(name="l", default=None)
    cum_qty: Decimal | None = field(name="z", default=None)
    last_px: Decimal | None = field(name="L", default=None)
    commission: Decimal | None = field(name="n", default=None)
    commission_asset: str | None = field(name="N", default=None)
    match_id: OrderId | None = field(name="t", default=None)
    is_buyer_maker: bool | None = field(name="m", default=None)
    original_order_type: str | None = field(name="ot", default=None)
    st: int | None = None
    ts_created: Time | None = field(name="O", default=None)
    cum_quote: Decimal | None = field(name="Z", default=None)
    last_quote: Decimal | None = field(name="Y", default=None)
    quote_order_qty: Decimal | None = field(name="Q", default=None)
    base_asset: str | None = field(name="ba", default=None)
    quote_asset: str | None = field(name="qa", default=None)
    execution_id: ExecutionId | None = field(name="id", default=None)
    order_list_id: OrderId | None = field(name="il", default=None)
    contingency_type: str | None = field(name="ct", default=None)
    contingency_position: str | None = field(name="cp", default=None)
    event_type: str | None = field(name="e", default=None)
    ts_transact: Time | None = field(name="T", default=None)
    ts_update: Time | None = field(name="u", default=None)
    ts_push: Time | None = field(name="E", default=None)


class ListenKeyObject(Struct, frozen=True, rename="camel"):
    """The less common form of the listen-key reply (section 4)."""

    listen_key: str


ListenKeyData = str | ListenKeyObject


# --- orders (sections 6 and 7) ---


class PaymentDetail(Struct, frozen=True, rename="camel"):
    """`amount` is price x quantity truncated to 8 decimals for a buy, the base quantity for a plain sell."""

    amount: Decimal
    payment_wallet_type: str


class OtoRequest(Struct, frozen=True, rename="camel"):
    """Place a working leg and the pending leg that follows it (section 6.1)."""

    base_asset: str
    quote_asset: str
    working_side: str
    working_price: Decimal
    working_quantity: Decimal
    payment_details: tuple[PaymentDetail, ...]
    pending_price: Decimal
    pending_type: str = "LIMIT"


class OtoReply(Struct, frozen=True, rename="camel"):
    """The ids are JSON numbers here and strings everywhere else (section 6.4)."""

    working_order_id: OrderId
    pending_order_id: OrderId


class OrderRequest(Struct, frozen=True, rename="camel"):
    """Place one plain limit order (section 7.1). The reply's `data` is the order id, a string."""

    base_asset: str
    quote_asset: str
    side: str
    price: Decimal
    quantity: Decimal
    payment_details: tuple[PaymentDetail, ...]
    order_type: str = "LIMIT"


class CancelRequest(Struct, frozen=True, rename="camel"):
    """Cancel one order (section 7.2). Success does not prove its end state."""

    order_id: OrderId
    symbol: str


class OpenOrderRow(Struct, frozen=True, rename="camel"):
    """One row of the open orders (section 7.4), modelled by the clients that read it."""

    venue_order_id: OrderId = field(name="orderId")
    symbol: str
    side: str
    status: str
    price: Decimal
    quantity: Decimal = field(name="origQty")
    cum_qty: Decimal = field(name="executedQty")
    cum_quote: Decimal | None = None
    type: str | None = None
    ts_created: Time | None = field(name="time", default=None)
    ts_update: Time | None = field(name="updateTime", default=None)
    base_asset: str | None = None
    quote_asset: str | None = None
    alpha_id: str | None = None
    order_list_id: OrderId | None = None


class HistoryRow(Struct, frozen=True, rename="camel"):
    """One row of the order history, newest first (section 7.5). A plain order has `order_list_id` "-1"."""

    venue_order_id: OrderId = field(name="orderId")
    symbol: str
    status: str
    side: str
    price: Decimal
    quantity: Decimal = field(name="origQty")
    cum_qty: Decimal = field(name="executedQty")
    cum_quote: Decimal
    kind: str | None = None
    avg_px: Decimal | None = field(name="avgPrice", default=None)
    type: str | None = None
    stop_price: Decimal | None = None
    ts_created: Time | None = field(name="time", default=None)
    ts_update: Time | None = field(name="updateTime", default=None)
    order_list_id: OrderId | None = None
    base_asset: str | None = None
    quote_asset: str | None = None
    alpha_id: str | None = None
    contingency_type: str | None = None
    contingency_position: str | None = field(name="contingencyOrderPosition", default=None)
    working_time: int | None = None
    target_strategy: str | None = None


class UserTradeRow(Struct, frozen=True, rename="camel"):
    """One fill (section 7.6). `execution_id` is the key of a fill; `trade_id` may be shared by several."""

    symbol: str
    venue_order_id: OrderId = field(name="orderId")
    execution_id: OrderId = field(name="pageId")
    side: str
    last_px: Decimal = field(name="price")
    last_qty: Decimal = field(name="qty")
    last_quote: Decimal = field(name="quoteQty")
    commission: Decimal
    commission_asset: str
    ts_transact: Time = field(name="time")
    id: str | None = None
    trade_id: OrderId | None = None
    buyer: bool | None = None
    base_asset: str | None = None
    quote_asset: str | None = None
    order_type: str | None = None
    last_trade: bool | None = None
