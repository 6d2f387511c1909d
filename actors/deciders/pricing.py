"""Prices and quantities of a trade (worked examples, Prices; venue protocol notes, 6.3 and 8.3). Pure."""

from decimal import Decimal

from events.numbers import EXACT, floor_to, payment_amount
from events.orders import OtoOrder
from events.values import StrategyTerms, SymbolRules

HUNDRED = Decimal(100)


def buy_price(market: Decimal, offset_percentage: Decimal, tick: Decimal) -> Decimal:
    """Market x (1 + offset / 100), down to the tick."""
    return floor_to(EXACT.multiply(market, 1 + offset_percentage / HUNDRED), tick)


def sell_price(buy: Decimal, discount_percentage: Decimal, tick: Decimal) -> Decimal:
    """Buy x (1 - discount / 100), down to the tick."""
    return floor_to(EXACT.multiply(buy, 1 - discount_percentage / HUNDRED), tick)


def buy_quantity(amount: Decimal, buy: Decimal, step: Decimal) -> Decimal:
    """Amount / buy, down to the step. `buy` must be above 0."""
    return floor_to(EXACT.divide(amount, buy), step)


def price_order(terms: StrategyTerms, market: Decimal) -> OtoOrder:
    """The placement for a market price above 0. It may still break the symbol's rules: see `broken_rule`."""
    rules = terms.rules
    buy = buy_price(market, terms.buy_offset_percentage, rules.tick_size)
    quantity = buy_quantity(terms.amount, buy, rules.step_size) if buy > 0 else Decimal(0)
    return OtoOrder(
        symbol=rules.symbol,
        base_asset=rules.base_asset,
        quote_asset=rules.quote_asset,
        working_price=buy,
        quantity=quantity,
        amount=payment_amount(buy, quantity),
        pending_price=sell_price(buy, terms.sell_discount_percentage, rules.tick_size),
    )


def broken_rule(order: OtoOrder, rules: SymbolRules, market: Decimal) -> str | None:
    """The first rule of the symbol that the placement would break, in words, or None."""
    sale = EXACT.multiply(order.pending_price, order.quantity)
    checks = (
        (rules.status == "TRADING", f"{rules.symbol} is {rules.status}, not TRADING"),
        (
            order.pending_price >= rules.min_price,
            f"sell price {order.pending_price} is below {rules.min_price}",
        ),
        (
            order.working_price <= rules.max_price,
            f"buy price {order.working_price} is above {rules.max_price}",
        ),
        (order.quantity >= rules.min_qty, f"quantity {order.quantity} is below {rules.min_qty}"),
        (order.quantity <= rules.max_qty, f"quantity {order.quantity} is above {rules.max_qty}"),
        (
            min(order.amount, sale) >= rules.min_notional,
            f"amount {order.amount} is below {rules.min_notional}",
        ),
        (order.amount <= rules.max_notional, f"amount {order.amount} is above {rules.max_notional}"),
        (order.working_price <= market * rules.multiplier_up, "buy price is outside the symbol's price band"),
        (
            order.pending_price >= market * rules.multiplier_down,
            "sell price is outside the symbol's price band",
        ),
    )
    return next((words for holds, words in checks if not holds), None)


def moved_percentage(reference: Decimal, price: Decimal) -> Decimal:
    """How far `price` is from `reference`, in percent, never negative."""
    return abs(price - reference) / reference * HUNDRED
