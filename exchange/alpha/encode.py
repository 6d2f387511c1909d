"""Requests in the very form that the venue's page sends (venue protocol notes, sections 6.1 to 7.2).

Prices and quantities are JSON numbers, the amount of a buy is a string, that of a plain sell a number; none is in
exponent notation or carries trailing zeros.
"""

from decimal import Decimal
from typing import Final

from events.numbers import payment_amount
from events.orders import OtoOrder
from exchange.alpha.frames import CancelRequest, OrderRequest, OtoRequest, PaymentDetail
from exchange.alpha.numbers import JsonNumber, JsonText, encode
from exchange.port import LimitOrder

_FUNDING_WALLET: Final = "CARD"
_ALPHA_WALLET: Final = "ALPHA"


def oto_body(order: OtoOrder) -> bytes:
    """An OTO placement, buy first (section 6.1)."""
    return encode(
        OtoRequest(
            base_asset=order.base_asset,
            quote_asset=order.quote_asset,
            working_side="BUY",
            working_price=_number(order.working_price),
            working_quantity=_number(order.quantity),
            payment_details=(PaymentDetail(JsonText(_shortest(order.amount)), _FUNDING_WALLET),),
            pending_price=_number(order.pending_price),
        )
    )


def order_body(order: LimitOrder) -> bytes:
    """A plain limit order (section 7.1)."""
    return encode(
        OrderRequest(
            base_asset=order.base_asset,
            quote_asset=order.quote_asset,
            side=order.side,
            price=_number(order.price),
            quantity=_number(order.quantity),
            payment_details=(_payment(order),),
        )
    )


def cancel_body(symbol: str, venue_order_id: str) -> bytes:
    """A cancel of one order (section 7.2)."""
    return encode(CancelRequest(order_id=venue_order_id, symbol=symbol))


def _payment(order: LimitOrder) -> PaymentDetail:
    if order.side == "SELL":
        return PaymentDetail(_number(order.quantity), _ALPHA_WALLET)
    amount = payment_amount(order.price, order.quantity)
    return PaymentDetail(JsonText(_shortest(amount)), _FUNDING_WALLET)


def _number(value: Decimal) -> JsonNumber:
    return JsonNumber(_shortest(value))


def _shortest(value: Decimal) -> str:
    """Exact, where `Decimal.normalize` would round to the context's precision."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
