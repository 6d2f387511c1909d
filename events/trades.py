"""What became of a strategy's trades."""

from decimal import Decimal

from events.base import Event
from events.values import ExecutedLeg, TopOfBook


class TradeStarted(Event, frozen=True, kw_only=True):
    """Trade `number` of `planned_trades` has the account to itself and asks for a price."""

    user_id: int
    strategy_id: str
    trade_id: str
    batch: int
    number: int
    planned_trades: int


class QuoteObserved(Event, frozen=True, kw_only=True):
    """What this trade was decided on: the venue's price and multiplier, which were asked for at `asked_at` (ms, 0 where
    that is not known), and the best offers of the book where the price comes from there.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    price: Decimal
    mul_point: int
    asked_at: int = 0
    book: TopOfBook | None = None


class TradeCompleted(Event, frozen=True, kw_only=True):
    """Both legs are filled, and leftover coins sold as far as could be (`unwinds`).

    `wear` is quote paid - quote received + commissions in the quote asset; a commission taken in coins is already
    missing from the quote received. Coins that are held count: their value is taken off when a trade leaves them, and
    added when one sells them; dust is charged when it is left. `remainder` is what is left of the coins bought,
    negative where coins of earlier trades were sold with them.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    batch: int
    number: int
    buy: ExecutedLeg
    sell: ExecutedLeg
    credit_expected: Decimal
    wear: Decimal
    remainder: Decimal
    unwinds: tuple[ExecutedLeg, ...] = ()


class TradePartlyCompleted(Event, frozen=True, kw_only=True):
    """Something was bought, and not all as it was meant: the buy was filled in part, or not all of it sold by the sell.

    It counts as done. `remainder` and `wear` are as of a completed trade; the event after it says what was left.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    batch: int
    number: int
    buy: ExecutedLeg
    sell: ExecutedLeg | None
    credit_expected: Decimal
    wear: Decimal
    remainder: Decimal
    reason: str
    unwinds: tuple[ExecutedLeg, ...] = ()


class TradeAbandoned(Event, frozen=True, kw_only=True):
    """Nothing was bought. When the trade `failed`, the strategy waits before the next; it did not fail where it was
    called off before an order was placed (an operator's stop, a plan that no longer holds).
    """

    user_id: int
    strategy_id: str
    trade_id: str
    batch: int
    number: int
    reason: str
    failed: bool = True
    wait_ms: int = 0
