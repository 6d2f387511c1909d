"""What the paper venue knows: balances, orders, fills, reports, rejections. Frozen; nothing here acts."""

from decimal import Decimal
from typing import Literal, get_args

import msgspec

Side = Literal["BUY", "SELL"]
Status = Literal["NEW", "PENDING", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED", "REJECTED"]
Ending = Literal["CANCELED", "EXPIRED", "REJECTED"]
ExecutionType = Literal["NEW", "TRADE", "CANCELED", "EXPIRED", "REJECTED"]
Position = Literal["OTO_WORKING", "OTO_PENDING"]

ZERO = Decimal(0)
OPEN: frozenset[Status] = frozenset({"NEW", "PARTIALLY_FILLED"})
"""In the book. A waiting pending leg is not: it neither fills nor counts as open."""
ENDINGS: frozenset[Status] = frozenset(get_args(Ending))


class Balance(msgspec.Struct, frozen=True):
    free: Decimal = ZERO
    locked: Decimal = ZERO


class Account(msgspec.Struct, frozen=True):
    """Balances by asset: the quote asset in the funding wallet, base assets in the Alpha wallet.

    The mapping is replaced, never changed.
    """

    user_id: str
    balances: dict[str, Balance]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A limit order. `held` is the part of the account's locked balance that belongs to it.

    A buy holds quote, a sell holds base. A waiting pending leg holds what its working leg has bought so far,
    so that nobody can spend it before the leg is activated. `list_id`, `position` and `partner_id` are empty
    on plain orders. `working_at` is when it entered the book (0 while pending).
    """

    order_id: int
    account: str
    symbol: str
    base_asset: str
    quote_asset: str
    side: Side
    price: Decimal
    quantity: Decimal
    status: Status
    client_order_id: str
    created_at: int
    updated_at: int
    working_at: int = 0
    list_id: int = 0
    position: Position | None = None
    partner_id: int = 0
    held: Decimal = ZERO
    cum_qty: Decimal = ZERO
    cum_quote: Decimal = ZERO
    commission: Decimal = ZERO

    @property
    def leaves_qty(self) -> Decimal:
        return self.quantity - self.cum_qty

    @property
    def commission_asset(self) -> str:
        """Buys pay in what they receive, sells too (section 1, fact 6)."""
        return self.base_asset if self.side == "BUY" else self.quote_asset


class Take(msgspec.Struct, frozen=True):
    """A trade with one maker, and the commission on this side of it. `price_rank` numbers the price within the sweep.

    `counterparty` is the order on the other side, 0 where that is the market's; `made` says that this side's order was
    the one that rested.
    """

    price: Decimal
    quantity: Decimal
    quote: Decimal
    commission: Decimal
    price_rank: int
    counterparty: int = 0
    made: bool = False


class Step(msgspec.Struct, frozen=True):
    """One thing that happened to an order, with the order as it was left. `take` is set for a TRADE."""

    order: Order
    execution_type: ExecutionType
    take: Take | None = None


class Report(msgspec.Struct, frozen=True):
    """A step with its ids and its time: what the stream tells and, if a TRADE, what the history keeps."""

    execution_id: int
    match_id: int
    at: int
    step: Step


class Fill(msgspec.Struct, frozen=True):
    """A TRADE as it is kept. `last` marks the fill that completed its order."""

    execution_id: int
    match_id: int
    order_id: int
    at: int
    take: Take
    last: bool


class Rejection(msgspec.Struct, frozen=True):
    """A business error: the code and text of the reply, which is HTTP 200 (section 2.2)."""

    code: str
    message: str
