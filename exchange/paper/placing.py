"""Placing orders with the paper venue: every check, then the locks and the ids.

Writes stay in the store's open transaction; whoever calls commits before anybody is told. Times in ms.
"""

from decimal import Decimal
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from exchange.alpha.frames import OrderRequest, OtoRequest, PaymentDetail
from exchange.paper.matching import Group, hold
from exchange.paper.model import Order, Rejection, Side, Step
from exchange.paper.records import Outcome, record
from exchange.paper.rounding import quote_amount
from exchange.paper.rules import (
    AMOUNT_MISMATCH,
    BAD_REQUEST,
    INSUFFICIENT_BALANCE,
    NOT_TRADING,
    TOO_MANY_ORDERS,
    TradingRules,
    check_notional,
    check_numbers,
    check_price,
    check_quantity,
)
from exchange.paper.venue import Venue

_FIRST_ORDER, _FIRST_LIST = 7_000_001, 8_800_001


class _Wanted(msgspec.Struct, frozen=True):
    """The part that plain orders and working legs share."""

    base_asset: str
    quote_asset: str
    side: str
    price: Decimal
    quantity: Decimal
    payment_details: tuple[PaymentDetail, ...]


def place_oto(venue: Venue, user_id: str, request: OtoRequest, now: int) -> Outcome | Rejection:
    """Accept a working buy and the sell that waits for it, with ids n and n+1: reports NEW and PENDING.

    A working sell is refused: no capture shows one (venue protocol notes, section 6.1).
    """
    if request.working_side != "BUY":
        return BAD_REQUEST
    wanted = _Wanted(
        request.base_asset,
        request.quote_asset,
        "BUY",
        request.working_price,
        request.working_quantity,
        request.payment_details,
    )
    rules = _checked(venue, user_id, wanted, now)
    if isinstance(rules, Rejection):
        return rules
    market_price = venue.markets.at(rules.symbol, now).mid
    refused = check_numbers(request.pending_price) or check_price(rules, "SELL", request.pending_price, market_price)
    if refused:
        return refused
    group = hold(venue.accounts.get(user_id), _new_order(venue, user_id, wanted, now))
    if group is None:
        return INSUFFICIENT_BALANCE
    return _accept(venue, _with_pending(venue, group, request.pending_price), now)


def _with_pending(venue: Venue, group: Group, price: Decimal) -> Group:
    working = group.order
    pending_id = venue.numbers.next("order", _FIRST_ORDER)
    list_id = venue.numbers.next("list", _FIRST_LIST)
    pending = replace(
        working,
        order_id=pending_id,
        client_order_id=_client_order_id(venue, pending_id),
        side="SELL",
        price=price,
        quantity=Decimal(0),
        status="PENDING",
        working_at=0,
        held=Decimal(0),
        list_id=list_id,
        position="OTO_PENDING",
        partner_id=working.order_id,
    )
    working = replace(working, list_id=list_id, position="OTO_WORKING", partner_id=pending_id)
    return Group(group.account, working, pending)


def place(venue: Venue, user_id: str, request: OrderRequest, now: int) -> Outcome | Rejection:
    """Accept one limit order: report NEW."""
    wanted = _Wanted(
        request.base_asset,
        request.quote_asset,
        request.side,
        request.price,
        request.quantity,
        request.payment_details,
    )
    rules = _checked(venue, user_id, wanted, now)
    if isinstance(rules, Rejection):
        return rules
    group = hold(venue.accounts.get(user_id), _new_order(venue, user_id, wanted, now))
    return INSUFFICIENT_BALANCE if group is None else _accept(venue, group, now)


def _checked(venue: Venue, user_id: str, wanted: _Wanted, now: int) -> TradingRules | Rejection:
    """The symbol's rules if the order may be placed, or the first rule that it breaks."""
    rules = venue.listings.rules.get(wanted.base_asset + wanted.quote_asset)
    if rules is None or wanted.base_asset in venue.faults.offline:
        return NOT_TRADING
    if wanted.side not in ("BUY", "SELL"):
        return BAD_REQUEST
    side: Side = "BUY" if wanted.side == "BUY" else "SELL"
    return (
        check_numbers(wanted.price, wanted.quantity, *(each.amount for each in wanted.payment_details))
        or check_quantity(rules, wanted.quantity)
        or check_price(rules, side, wanted.price, venue.markets.at(rules.symbol, now).mid)
        or check_notional(rules, wanted.price * wanted.quantity)
        or _check_amount(wanted)
        or _check_room(venue, user_id, rules)
        or rules
    )


def _check_amount(wanted: _Wanted) -> Rejection | None:
    """A buy names its quote, a sell its base quantity (sections 6.3 and 7.1), and the wallet that pays."""
    buying = wanted.side == "BUY"
    wallet = "CARD" if buying else "ALPHA"
    if any(each.payment_wallet_type != wallet for each in wanted.payment_details):
        return BAD_REQUEST
    amount = quote_amount(wanted.price, wanted.quantity) if buying else wanted.quantity
    named = sum((each.amount for each in wanted.payment_details), Decimal(0))
    return None if named == amount else AMOUNT_MISMATCH


def _check_room(venue: Venue, user_id: str, rules: TradingRules) -> Rejection | None:
    """MAX_NUM_ORDERS."""
    if rules.max_orders is None:
        return None
    standing = sum(order.symbol == rules.symbol for order in venue.orders.open_of(user_id))
    return TOO_MANY_ORDERS if standing >= rules.max_orders else None


def _client_order_id(venue: Venue, order_id: int) -> str:
    return "web_" + sha256(f"{venue.settings.seed}/client/{order_id}".encode()).hexdigest()[:32]


def _new_order(venue: Venue, user_id: str, wanted: _Wanted, now: int) -> Order:
    order_id = venue.numbers.next("order", _FIRST_ORDER)
    return Order(
        order_id=order_id,
        account=user_id,
        symbol=wanted.base_asset + wanted.quote_asset,
        base_asset=wanted.base_asset,
        quote_asset=wanted.quote_asset,
        side="BUY" if wanted.side == "BUY" else "SELL",
        price=wanted.price,
        quantity=wanted.quantity,
        status="NEW",
        client_order_id=_client_order_id(venue, order_id),
        created_at=now,
        updated_at=now,
        working_at=now,
    )


def _accept(venue: Venue, group: Group, now: int) -> Outcome:
    legs = [group.order] if group.pending is None else [group.order, group.pending]
    return record(venue, group, [Step(leg, "NEW") for leg in legs], now)
