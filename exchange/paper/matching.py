"""The matching of the paper venue: pure functions from a state to the next one and what happened on the way.

No clock, randomness or I/O: the time, the book and the rules are arguments, and ids are given by the caller.
A group is an order, the waiting sell that it triggers if it is the working leg of an OTO, and the account that
pays. Orders meet the book; with `exchange.paper.crossing` those of other accounts are part of it.

Inferences, since no capture shows them (venue protocol notes, sections 5.3 and 6.5): canceling a working leg
leaves its pending leg EXPIRED, also when the working leg was partly filled (no sell is placed, the part bought
becomes free); a pending leg that may not be sold when its turn comes (too small) is EXPIRED as well. How else such
a leg may end is an argument, `Activation`, for faults on demand.
"""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec.structs import replace

from exchange.paper.model import ZERO, Account, Balance, Ending, Order, Status, Step, Take
from exchange.paper.rounding import buy_commission, floor_to, quote_amount, sell_commission
from exchange.paper.rules import TradingRules, check_notional, check_quantity

Activation = Literal["NEW", "PENDING", "REJECTED", "EXPIRED"]
"""What becomes of a pending leg when its turn comes; PENDING: nothing, and it holds what was bought."""


class Level(msgspec.Struct, frozen=True):
    """What one maker offers at a price. Two makers may stand at the same price, one after the other.

    `order_id` is that of an account's order, 0 where the market itself offers.
    """

    price: Decimal
    quantity: Decimal
    order_id: int = 0


class Book(msgspec.Struct, frozen=True):
    """Both sides, best price first."""

    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """`pending` is the leg that `order` triggers; None for a plain order and for a pending leg on its own."""

    account: Account
    order: Order
    pending: Order | None = None


class Execution(msgspec.Struct, frozen=True):
    """The state after a transition, and the steps in the order in which the stream must tell them."""

    group: Group
    book: Book
    steps: tuple[Step, ...] = ()


def move(account: Account, asset: str, *, free: Decimal = ZERO, locked: Decimal = ZERO) -> Account:
    """The account with these differences added to one asset's balance."""
    old = account.balances.get(asset, Balance())
    new = Balance(old.free + free, old.locked + locked)
    return replace(account, balances={**account.balances, asset: new})


def paying_asset(order: Order) -> str:
    return order.quote_asset if order.side == "BUY" else order.base_asset


def hold(account: Account, order: Order) -> Group | None:
    """Lock what the order needs; None when the account has not as much free."""
    need = quote_amount(order.price, order.quantity) if order.side == "BUY" else order.quantity
    asset = paying_asset(order)
    if account.balances.get(asset, Balance()).free < need:
        return None
    return Group(move(account, asset, free=-need, locked=need), replace(order, held=need))


def _release(account: Account, order: Order) -> tuple[Account, Order]:
    freed = move(account, paying_asset(order), free=order.held, locked=-order.held)
    return freed, replace(order, held=ZERO)


def _crosses(order: Order, level: Level) -> bool:
    return level.price <= order.price if order.side == "BUY" else level.price >= order.price


def sweep(order: Order, levels: tuple[Level, ...]) -> tuple[list[Level], tuple[Level, ...]]:
    """What the order takes from one side of the book, maker by maker, and what is left of that side."""
    taken: list[Level] = []
    leaves = order.leaves_qty
    for position, level in enumerate(levels):
        if leaves <= 0 or not _crosses(order, level):
            return taken, levels[position:]
        quantity = min(leaves, level.quantity)
        taken.append(replace(level, quantity=quantity))
        leaves -= quantity
        if quantity < level.quantity:
            return taken, (replace(level, quantity=level.quantity - quantity), *levels[position + 1 :])
    return taken, ()


def take_of(order: Order, level: Level, rank: int, base_precision: int) -> Take:
    """What a trade of the order with one maker comes to."""
    quote = quote_amount(level.price, level.quantity)
    commission = buy_commission(level.quantity, base_precision) if order.side == "BUY" else sell_commission(quote)
    return Take(level.price, level.quantity, quote, commission, rank, level.order_id)


def _filled_order(order: Order, take: Take, paid: Decimal, now: int) -> Order:
    cum_qty = order.cum_qty + take.quantity
    status: Status = "FILLED" if cum_qty == order.quantity else "PARTIALLY_FILLED"
    return replace(
        order,
        cum_qty=cum_qty,
        cum_quote=order.cum_quote + take.quote,
        commission=order.commission + take.commission,
        held=order.held - paid,
        status=status,
        updated_at=now,
    )


def fill(group: Group, take: Take, now: int) -> Group:
    """Exchange what one take pays for what it brings; a working leg's purchase is held for its pending leg."""
    account, order, pending = group.account, group.order, group.pending
    if order.side == "SELL":
        account = move(account, order.base_asset, locked=-take.quantity)
        account = move(account, order.quote_asset, free=take.quote - take.commission)
        return Group(account, _filled_order(order, take, take.quantity, now), pending)
    received = take.quantity - take.commission
    account = move(account, order.quote_asset, locked=-take.quote)
    filled = _filled_order(order, take, take.quote, now)
    if pending is None:
        return Group(move(account, order.base_asset, free=received), filled)
    account = move(account, order.base_asset, locked=received)
    return Group(account, filled, replace(pending, held=pending.held + received))


def _activate(
    account: Account, pending: Order, book: Book, rules: TradingRules, now: int, activation: Activation
) -> tuple[Account, Step]:
    """Put the pending leg into the book: bought less commission, floored to the step (section 8.5)."""
    quantity = floor_to(pending.held, rules.step)
    dust = pending.held - quantity
    account = move(account, pending.base_asset, free=dust, locked=-dust)
    leg = replace(pending, quantity=quantity, held=quantity, updated_at=now)
    if activation == "NEW" and _sellable(leg, book, rules):
        return account, Step(replace(leg, status="NEW", working_at=now), "NEW")
    ending: Ending = "REJECTED" if activation == "REJECTED" else "EXPIRED"
    account, leg = _release(account, replace(leg, status=ending))
    return account, Step(leg, ending)


def _sellable(leg: Order, book: Book, rules: TradingRules) -> bool:
    """Value at the best bid if that is better: a captured leg whose limit was worth 0.087 USDT was taken (6.5)."""
    best = max([leg.price, *(level.price for level in book.bids[:1])])
    return check_quantity(rules, leg.quantity) is None and check_notional(rules, best * leg.quantity) is None


def execute(group: Group, book: Book, rules: TradingRules, now: int, activation: Activation = "NEW") -> Execution:
    """Let an open order meet the book, and activate its pending leg if that fills it completely."""
    buying = group.order.side == "BUY"
    taken, rest = sweep(group.order, book.asks if buying else book.bids)
    book = replace(book, asks=rest) if buying else replace(book, bids=rest)
    steps: list[Step] = []
    prices: list[Decimal] = []
    for level in taken:
        if level.price not in prices:
            prices.append(level.price)
        take = take_of(group.order, level, len(prices), rules.base_precision)
        group = fill(group, take, now)
        steps.append(Step(group.order, "TRADE", take))
    if group.order.status == "FILLED":
        group, further = complete(group, book, rules, now, activation)
        steps.extend(further)
    return Execution(group, book, tuple(steps))


def complete(
    group: Group, book: Book, rules: TradingRules, now: int, activation: Activation = "NEW"
) -> tuple[Group, list[Step]]:
    """After the fill that completed the order: what it still holds is free, and its pending leg's turn has come."""
    account, order = _release(group.account, group.order)
    if group.pending is None or activation == "PENDING":
        return Group(account, order, group.pending), []
    account, step = _activate(account, group.pending, book, rules, now, activation)
    return Group(account, order, step.order), [step]


def cancel(
    group: Group, now: int, pending_ends: Ending = "EXPIRED", ends: Ending = "CANCELED"
) -> tuple[Group, tuple[Step, ...]]:
    """End an open order, and with a working leg the pending leg that waits for it."""
    account, order = _release(group.account, replace(group.order, status=ends, updated_at=now))
    if group.pending is None:
        return Group(account, order), (Step(order, ends),)
    account, leg = _release(account, replace(group.pending, status=pending_ends, updated_at=now))
    return Group(account, order, leg), (Step(order, ends), Step(leg, pending_ends))
