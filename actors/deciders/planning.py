"""How many trades are needed, and what the venue's figures say of each (worked examples, Loop count). Pure."""

from decimal import Decimal

from events.numbers import EXACT

TOLERANCE = Decimal("0.1")
LONGEST_LAG_MS = 200_000
"""The venue's figures lag by up to three minutes; they are given a little more before missing credit is believed."""


def credit_of_a_trade(amount: Decimal, mul_point: int) -> Decimal:
    """The documents' rule: one trade counts amount / mulPoint."""
    return amount / mul_point


def ceil_quotient(numerator: Decimal, denominator: Decimal) -> int:
    """ceil(numerator / denominator), exactly; `denominator` above 0."""
    whole, rest = EXACT.divmod(numerator, denominator)
    return int(whole) + (1 if rest > 0 else 0)


def loops_by_rule(remaining: Decimal, amount: Decimal, mul_point: int) -> int:
    """ceil(remaining / (amount / mulPoint)), at least 1; without dividing first, which need not end."""
    return max(1, ceil_quotient(EXACT.multiply(remaining, Decimal(mul_point)), amount))


def loops_by_credit(remaining: Decimal, credit_per_trade: Decimal) -> int:
    """ceil(remaining / credit_per_trade), at least 1."""
    return max(1, ceil_quotient(remaining, credit_per_trade))


def differs(expected: Decimal, measured: Decimal) -> bool:
    """Whether a measured credit is more than 10 % off the expected one."""
    return abs(measured - expected) > expected * TOLERANCE


def credit_wait(expected: Decimal, counted: Decimal, credit_per_trade: Decimal, delay_ms: int) -> int:
    """How long (ms) the venue's figure must stand still before it is believed that all credit has arrived.

    The figures lag, and credits arrive one by one (venue protocol notes, 9.2). What was expected is believed at once;
    a little less, or more than was thought possible, after it has stood still for a moment. Where half a trade's
    credit is missing, or a tenth of all, the figure must stand still for longer than any known lag: trades made in its
    place would be too many. (The credit of one trade may be all that is missing, and the others have counted a little
    more than was expected.) `delay_ms` is the operator's measure of the lag, and can only lengthen that.
    """
    if expected <= counted <= expected * (1 + TOLERANCE):
        return 0
    if counted < expected * (1 - TOLERANCE) or counted + credit_per_trade / 2 <= expected:
        return max(20 * delay_ms, LONGEST_LAG_MS)
    return max(2 * delay_ms, 1_000)
