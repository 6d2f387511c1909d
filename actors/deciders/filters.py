"""What a symbol's filters say of an order before it is sent (venue protocol notes, 8.3). Pure."""

from collections.abc import Iterator
from decimal import Decimal

from events.numbers import EXACT, floor_to, plain
from events.orders import LimitOrder, OtoOrder
from events.values import SymbolRules

LEGS = 2
"""Both legs of a placement stand among the account's open orders."""
COMMISSION_ALLOWANCE = Decimal("0.001")
"""What a buy's commission may take of the coins: ten times what was seen (venue protocol notes, 8.5)."""


def broken_rule(order: OtoOrder, rules: SymbolRules, market: Decimal, *, others: int = 0) -> str | None:
    """The first rule of the symbol that the placement would break, in words, or None.

    `market` is the price that percent-price bands are measured from, `others` how many orders of the account stand on
    the symbol that are not ours.
    """
    return next(_broken(order, rules, market, others), None)


def broken_sale_rule(order: LimitOrder, rules: SymbolRules, market: Decimal, *, others: int = 0) -> str | None:
    """The same of a plain sale."""
    return next(_broken_sale(order, rules, market, others), None)


def _broken(order: OtoOrder, rules: SymbolRules, market: Decimal, others: int) -> Iterator[str]:
    yield from _broken_symbol(rules, others + LEGS)
    yield from _broken_price("buy", order.working_price, rules, market)
    yield from _broken_price("sell", order.pending_price, rules, market)
    yield from _broken_quantity(order.quantity, rules)
    yield from _broken_notional(EXACT.multiply(order.working_price, order.quantity), rules)
    yield from _broken_second_leg(order, rules)


def _broken_sale(order: LimitOrder, rules: SymbolRules, market: Decimal, others: int) -> Iterator[str]:
    yield from _broken_symbol(rules, others + 1)
    yield from _broken_price("sell", order.price, rules, market)
    yield from _broken_quantity(order.quantity, rules)
    yield from _broken_notional(EXACT.multiply(order.price, order.quantity), rules)


def _broken_symbol(rules: SymbolRules, standing: int) -> Iterator[str]:
    """Its status, and MAX_NUM_ORDERS."""
    if rules.status != "TRADING":
        yield f"{rules.symbol} is {rules.status}, not TRADING"
    if standing > rules.max_num_orders:
        yield f"{standing} orders would stand on {rules.symbol}, and an account may have {rules.max_num_orders}"


def _broken_price(leg: str, price: Decimal, rules: SymbolRules, market: Decimal) -> Iterator[str]:
    """PRICE_FILTER and both kinds of PERCENT_PRICE."""
    if price < rules.min_price:
        yield f"{leg} price {plain(price)} is below {plain(rules.min_price)}"
    if price > rules.max_price:
        yield f"{leg} price {plain(price)} is above {plain(rules.max_price)}"
    if EXACT.remainder(price, rules.tick_size):
        yield f"{leg} price {plain(price)} is no multiple of the tick {plain(rules.tick_size)}"
    least, most = EXACT.multiply(market, rules.multiplier_down), EXACT.multiply(market, rules.multiplier_up)
    if not least <= price <= most:
        band = f"{plain(least)} to {plain(most)} at a market price of {plain(market)}"
        yield f"{leg} price {plain(price)} is outside the symbol's price band: {band}"


def _broken_quantity(quantity: Decimal, rules: SymbolRules) -> Iterator[str]:
    """LOT_SIZE."""
    if quantity < rules.min_qty:
        yield f"quantity {plain(quantity)} is below {plain(rules.min_qty)}"
    if quantity > rules.max_qty:
        yield f"quantity {plain(quantity)} is above {plain(rules.max_qty)}"
    if EXACT.remainder(quantity, rules.step_size):
        yield f"quantity {plain(quantity)} is no multiple of the step {plain(rules.step_size)}"


def _broken_notional(notional: Decimal, rules: SymbolRules) -> Iterator[str]:
    """MIN_NOTIONAL, MAX_NOTIONAL and NOTIONAL."""
    if notional < rules.min_notional:
        yield f"amount {plain(notional)} is below {plain(rules.min_notional)}"
    if notional > rules.max_notional:
        yield f"amount {plain(notional)} is above {plain(rules.max_notional)}"


def _broken_second_leg(order: OtoOrder, rules: SymbolRules) -> Iterator[str]:
    """The sell gets what was bought less the commission, in whole steps, and never stands where that is too little."""
    quantity = _left_to_sell(order.quantity, rules)
    if not is_enough(quantity, order.pending_price, rules):
        worth = plain(EXACT.multiply(order.pending_price, quantity))
        yield (
            f"less the commission {plain(quantity)} would be left to sell, for {worth}: below {plain(rules.min_qty)},"
            f" or {plain(rules.min_notional)}"
        )


def _left_to_sell(bought: Decimal, rules: SymbolRules) -> Decimal:
    return floor_to(EXACT.multiply(bought, 1 - COMMISSION_ALLOWANCE), rules.step_size)


def is_enough(quantity: Decimal, price: Decimal, rules: SymbolRules) -> bool:
    """Whether an order is not below the symbol's least one."""
    return quantity >= rules.min_qty and EXACT.multiply(quantity, price) >= rules.min_notional


def is_enough_for_both(bought: Decimal, order: OtoOrder, rules: SymbolRules) -> bool:
    """Whether neither leg of such a placement of so many coins is below the symbol's least order."""
    buys = is_enough(bought, order.working_price, rules)
    return buys and is_enough(_left_to_sell(bought, rules), order.pending_price, rules)
