"""What the venue counts of a buy: the two credit rules. Pure.

`divided` is the owner's documents' rule: the nominal amount / mulPoint, when the buy has filled completely; a buy
that was canceled counts pro rata. The documents count the amount as a person typed it (40 USDT), which the venue
never sees: it sees a quantity floored to the step and a price floored to the tick. The nominal amount is therefore
price x quantity rounded up to a whole cent, which gives back the 40 unless the step is coarser than a cent.

`multiplied` is what was observed (venue protocol notes, section 9.2): the executed quote x mulPoint, fill by fill.
"""

from decimal import Decimal

from exchange.paper.model import ZERO, Order, Step
from exchange.paper.rounding import truncate8, up_to_cent
from exchange.paper.settings import CreditRule


def nominal_amount(order: Order) -> Decimal:
    """The amount the order was meant to have, in whole cents."""
    return up_to_cent(order.price * order.quantity)


def _divided(order: Order, mul_point: int) -> Decimal:
    if order.status not in ("FILLED", "CANCELED", "EXPIRED") or not order.cum_qty:
        return ZERO
    return truncate8(nominal_amount(order) * order.cum_qty / order.quantity / mul_point)


def credit_of(step: Step, rule: CreditRule, mul_point: int) -> Decimal:
    """What this step adds to the account's volume; 0 when it adds nothing."""
    if step.order.side != "BUY":
        return ZERO
    if rule == "divided":
        return _divided(step.order, mul_point)
    return step.take.quote * mul_point if step.take else ZERO
