"""What the paper venue checks of a placement before it is taken, whoever sent it (venue notes, 6.3, 7.1, 8.3). Pure."""

from decimal import Decimal
from typing import Final, Literal

import msgspec

from exchange.alpha.frames import OrderRequest, OtoRequest, PaymentDetail
from exchange.paper.model import Rejection, Side
from exchange.paper.rounding import quote_amount
from exchange.paper.rules import (
    AMOUNT_MISMATCH,
    BAD_REQUEST,
    TradingRules,
    check_notional,
    check_numbers,
    check_price,
    check_quantity,
    check_room,
)

LEGS_OF: Final[dict[Literal["OTO_WORKING", "OTO_PENDING"] | None, int]] = {
    None: 1,
    "OTO_WORKING": 2,
    "OTO_PENDING": 1,
}
"""What an order in the book takes of MAX_NUM_ORDERS: a working leg has another behind it."""


class Wanted(msgspec.Struct, frozen=True):
    """A placement as it was sent. `pending_price` is that of the sell behind a working leg, None for a plain order."""

    base_asset: str
    quote_asset: str
    side: str
    price: Decimal
    quantity: Decimal
    payment_details: tuple[PaymentDetail, ...]
    pending_price: Decimal | None = None


def of_oto(request: OtoRequest) -> Wanted:
    return Wanted(
        request.base_asset,
        request.quote_asset,
        request.working_side,
        request.working_price,
        request.working_quantity,
        request.payment_details,
        request.pending_price,
    )


def of_order(request: OrderRequest) -> Wanted:
    return Wanted(
        request.base_asset,
        request.quote_asset,
        request.side,
        request.price,
        request.quantity,
        request.payment_details,
    )


def broken(rules: TradingRules, wanted: Wanted, market: Decimal, standing: int) -> Rejection | None:
    """The first rule that the placement breaks where the market's price is `market` and the account has `standing`
    orders on the symbol already.
    """
    if wanted.side not in ("BUY", "SELL") or (wanted.pending_price is not None and wanted.side == "SELL"):
        return BAD_REQUEST
    side: Side = "BUY" if wanted.side == "BUY" else "SELL"
    return (
        check_numbers(wanted.price, wanted.quantity, *(each.amount for each in wanted.payment_details))
        or check_quantity(rules, wanted.quantity)
        or check_price(rules, side, wanted.price, market)
        or check_notional(rules, wanted.price * wanted.quantity)
        or _check_amount(wanted)
        or _check_pending(rules, wanted.pending_price, market)
        or check_room(rules, standing, 1 if wanted.pending_price is None else 2)
    )


def _check_pending(rules: TradingRules, price: Decimal | None, market: Decimal) -> Rejection | None:
    return None if price is None else check_numbers(price) or check_price(rules, "SELL", price, market)


def _check_amount(wanted: Wanted) -> Rejection | None:
    """A buy names its quote, a sell its base quantity (sections 6.3 and 7.1), and the wallet that pays."""
    buying = wanted.side == "BUY"
    wallet = "CARD" if buying else "ALPHA"
    if any(each.payment_wallet_type != wallet for each in wanted.payment_details):
        return BAD_REQUEST
    amount = quote_amount(wanted.price, wanted.quantity) if buying else wanted.quantity
    named = sum((each.amount for each in wanted.payment_details), Decimal(0))
    return None if named == amount else AMOUNT_MISMATCH
