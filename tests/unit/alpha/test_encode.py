"""Requests are, byte for byte, what the venue's page sends (venue protocol notes, sections 6 and 7)."""

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from events.orders import OtoOrder
from events.values import Side
from exchange.alpha.encode import cancel_body, order_body, oto_body
from exchange.port import LimitOrder


def oto(**change: Any) -> OtoOrder:
    """The order of the notes' example."""
    fields: dict[str, Any] = {
        "symbol": "ALPHA_900USDT",
        "base_asset": "ALPHA_900",
        "quote_asset": "USDT",
        "working_price": Decimal("0.505"),
        "quantity": Decimal(200),
        "amount": Decimal(101),
        "pending_price": Decimal("0.495"),
    }
    return OtoOrder(**{**fields, **change})


def plain(side: Side, price: str, quantity: str) -> LimitOrder:
    """A plain order of the same token."""
    return LimitOrder(
        symbol="ALPHA_900USDT",
        base_asset="ALPHA_900",
        quote_asset="USDT",
        side=side,
        price=Decimal(price),
        quantity=Decimal(quantity),
    )


def test_an_oto_looks_like_the_page_s() -> None:
    """The example of section 6.1: numbers for prices and quantity, a string for the amount."""
    assert oto_body(oto()).decode() == (
        '{"baseAsset":"ALPHA_900","quoteAsset":"USDT","workingSide":"BUY","workingPrice":0.505,"workingQuantity":200,'
        '"paymentDetails":[{"amount":"101","paymentWalletType":"CARD"}],"pendingPrice":0.495,"pendingType":"LIMIT"}'
    )


def test_tiny_and_padded_numbers_are_plain() -> None:
    """No exponents (section 6.2), no zeros at the end."""
    body = oto_body(oto(working_price=Decimal("5.1E-7"), quantity=Decimal("2E+2"), amount=Decimal("0.00010200")))
    assert b'"workingPrice":0.00000051,"workingQuantity":200,' in body
    assert b'"amount":"0.000102"' in body


def test_a_plain_buy_pays_the_truncated_quote() -> None:
    """The captured triple that tells truncation from rounding (section 6.3)."""
    assert b'"amount":"9.99999962","paymentWalletType":"CARD"' in order_body(plain("BUY", "0.000005929", "1686625"))


def test_a_plain_sell_pays_in_the_base() -> None:
    """Its amount is the quantity, as a number, from the Alpha wallet (section 7.1)."""
    assert order_body(plain("SELL", "0.495", "199.98")).decode() == (
        '{"baseAsset":"ALPHA_900","quoteAsset":"USDT","side":"SELL","price":0.495,"quantity":199.98,'
        '"paymentDetails":[{"amount":199.98,"paymentWalletType":"ALPHA"}],"orderType":"LIMIT"}'
    )


def test_a_cancel_names_order_and_symbol() -> None:
    """The id is a string (section 7.2)."""
    assert cancel_body("ALPHA_900USDT", "7000001") == b'{"orderId":"7000001","symbol":"ALPHA_900USDT"}'


@given(st.decimals(min_value="0.000000000001", max_value=10**9, places=12))
def test_numbers_survive_the_wire(price: Decimal) -> None:
    """Every price that a tick allows arrives as it was, and without an exponent."""
    body = oto_body(oto(working_price=price))
    text = body.partition(b'"workingPrice":')[2].partition(b",")[0]
    assert msgspec.json.decode(text, type=Decimal) == price
    assert b"E" not in text
