"""Placing orders with the paper venue: every check, then the locks and the ids.

Writes stay in the store's open transaction; whoever calls commits before anybody is told. Times in ms.
"""

from decimal import Decimal
from hashlib import sha256

from msgspec.structs import replace

from exchange.alpha.frames import OrderRequest, OtoRequest
from exchange.paper.checks import LEGS_OF, Wanted, broken, of_order, of_oto
from exchange.paper.matching import Group, hold
from exchange.paper.model import Order, Rejection, Step
from exchange.paper.records import Outcome, record
from exchange.paper.rules import INSUFFICIENT_BALANCE, NOT_TRADING
from exchange.paper.venue import Venue

_FIRST_ORDER, _FIRST_LIST = 7_000_001, 8_800_001


def place_oto(venue: Venue, user_id: str, request: OtoRequest, now: int) -> Outcome | Rejection:
    """Accept a working buy and the sell that waits for it, with ids n and n+1: reports NEW and PENDING.

    A working sell is refused: no capture shows one (venue protocol notes, section 6.1).
    """
    wanted = of_oto(request)
    refused = _refused(venue, user_id, wanted, now)
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
    wanted = of_order(request)
    refused = _refused(venue, user_id, wanted, now)
    if refused:
        return refused
    group = hold(venue.accounts.get(user_id), _new_order(venue, user_id, wanted, now))
    return INSUFFICIENT_BALANCE if group is None else _accept(venue, group, now)


def _refused(venue: Venue, user_id: str, wanted: Wanted, now: int) -> Rejection | None:
    symbol = wanted.base_asset + wanted.quote_asset
    rules = venue.listings.rules.get(symbol)
    if rules is None or wanted.base_asset in venue.faults.offline:
        return NOT_TRADING
    standing = sum(LEGS_OF[order.position] for order in venue.orders.open_of(user_id) if order.symbol == symbol)
    return broken(rules, wanted, venue.markets.mid(symbol, now), standing)


def _client_order_id(venue: Venue, order_id: int) -> str:
    return "web_" + sha256(f"{venue.settings.seed}/client/{order_id}".encode()).hexdigest()[:32]


def _new_order(venue: Venue, user_id: str, wanted: Wanted, now: int) -> Order:
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
