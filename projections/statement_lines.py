"""What stands on an account's page of a day."""

from decimal import Decimal
from functools import reduce

import msgspec

from projections.views.amounts import EXACT

NOTHING = Decimal(0)


class TradeLine(msgspec.Struct, frozen=True, kw_only=True):
    """The trades of one strategy that ended on the day, by how they ended; amounts in USDT."""

    strategy_id: str
    token: str
    completed: int
    partly_completed: int
    failed: int
    called_off: int
    bought: Decimal
    sold: Decimal
    credit_expected: Decimal


class FillLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was executed of one pair and side on the day: coins, and the quote asset for them."""

    symbol: str
    side: str
    fills: int
    quantity: Decimal
    quote: Decimal


class CommissionLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the venue took on the day, in one asset."""

    asset: str
    amount: Decimal


class WearLine(msgspec.Struct, frozen=True, kw_only=True):
    """What trading cost on the day, in USDT and in hundredths of a percent of what was bought.

    `of_trades` came with the ends of trades, `of_late_fills` with fills after the ends.
    """

    wear: Decimal
    wear_bps: str | None
    turnover: Decimal
    of_trades: Decimal
    of_late_fills: Decimal


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a difference, in USDT, and why; `explained` is False for what nothing in the log explains."""

    amount: Decimal
    why: str
    explained: bool = True


class VolumeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One token: the venue's first figure of the day, the credit of the trades since, and its last figure.

    `difference` is `counted` less `expected`, and the sum of `differences`. `not_asked_since` is credit of trades that
    ended after the venue was last asked.
    """

    token: str
    first: Decimal
    credit: Decimal
    expected: Decimal
    counted: Decimal
    difference: Decimal
    differences: tuple[Difference, ...]
    not_asked_since: Decimal


class InventoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """Coins of one asset at the day's start and at its end (or now), dust and held coins.

    `acknowledged` were taken off the books on the day because the operator had dealt with them.
    """

    asset: str
    dust_at_start: Decimal
    held_at_start: Decimal
    dust_at_end: Decimal
    held_at_end: Decimal
    acknowledged: Decimal


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The whole page. `bought_differences` and `sold_differences` lead from the trades' sums to those of the fills."""

    user_id: int
    day: str
    trades: tuple[TradeLine, ...]
    fills: tuple[FillLine, ...]
    commissions: tuple[CommissionLine, ...]
    bought_differences: tuple[Difference, ...]
    sold_differences: tuple[Difference, ...]
    wear: WearLine
    volume: tuple[VolumeLine, ...]
    inventory: tuple[InventoryLine, ...]


def total(differences: tuple[Difference, ...]) -> Decimal:
    """The sum of the parts."""
    return reduce(EXACT.add, (one.amount for one in differences), NOTHING)
