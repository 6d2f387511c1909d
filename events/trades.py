"""What an account's strategies planned, did and came to."""

from decimal import Decimal
from typing import Literal

from events.base import Event
from events.values import ExecutedLeg, HeldCall, Operator, StrategyStatus, StrategyTerms, TopOfBook


class StrategyStarted(Event, frozen=True, kw_only=True):
    """A strategy began for an account; its volume is asked for next."""

    run_id: str
    terms: StrategyTerms


class StrategyResumed(Event, frozen=True, kw_only=True):
    """A strategy that an earlier run left in the middle goes on where it was."""

    run_id: str
    user_id: int
    strategy_id: str
    terms: StrategyTerms


class VolumeCheckRequested(Event, frozen=True, kw_only=True):
    """The venue is asked again how much it has counted."""

    user_id: int
    strategy_id: str
    reason: str


class VolumeCheckFailed(Event, frozen=True, kw_only=True):
    """The venue could not be asked; the strategy asks again later, a bounded number of times. That bound does not count
    what was `held_back`: turned away by the venue, or not sent because of a rate limit.
    """

    user_id: int
    strategy_id: str
    outcome: str
    message: str
    held_back: bool = False


class VolumeChecked(Event, frozen=True, kw_only=True):
    """The strategy took note of an observed volume. `settled` is False where credit still seems to be on its way."""

    user_id: int
    strategy_id: str
    volume: Decimal
    mul_point: int
    settled: bool


class VolumeDoubted(Event, frozen=True, kw_only=True):
    """The day has just begun, and the venue shows more than today's trades explain: it may be yesterday's figure still,
    or again. Nothing follows from it; the venue is asked again.
    """

    user_id: int
    strategy_id: str
    volume: Decimal


class StrategyQueued(Event, frozen=True, kw_only=True):
    """The strategy has work to do and waits for its turn (`max_concurrent_users`)."""

    user_id: int
    strategy_id: str


class StrategyAdmitted(Event, frozen=True, kw_only=True):
    """It is the strategy's turn to trade for this account."""

    user_id: int
    strategy_id: str


class TurnAwaited(Event, frozen=True, kw_only=True):
    """The next trade of the strategy waits for its turn on the symbol, which one account of ours at a time has
    (`self_match_guard`). The trade begins when it comes.
    """

    user_id: int
    strategy_id: str
    symbol: str


class TurnDelayed(Event, frozen=True, kw_only=True):
    """The account `holder` has the turn, and `ahead` others come first. `blocked` says why that will not end before its
    operator acts, empty where it ends by itself.
    """

    user_id: int
    strategy_id: str
    symbol: str
    holder: int
    ahead: int
    blocked: str = ""


class TurnGivenUp(Event, frozen=True, kw_only=True):
    """The strategy waits for its turn no longer, or it came when no trade could begin."""

    user_id: int
    strategy_id: str
    symbol: str


class BatchPlanned(Event, frozen=True, kw_only=True):
    """So many trades are needed: `planned_trades` = ceil(remaining / credit_per_trade), at least 1, at most the probe.

    `basis` says where `credit_per_trade` comes from: the documents' rule (amount / mulPoint) or what was measured.
    """

    user_id: int
    strategy_id: str
    batch: int
    current_volume: Decimal
    remaining_volume: Decimal
    amount: Decimal
    mul_point: int
    credit_per_trade: Decimal
    basis: Literal["documented", "measured"]
    planned_trades: int
    probe: bool


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


class DustRecorded(Event, frozen=True, kw_only=True):
    """A trade left coins that cannot be sold alone: less than a step, or worth less than the minimum notional.

    `total` is all the dust of this token that the account now has; it is sold with the coins of a later trade.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    asset: str
    quantity: Decimal
    total: Decimal
    value: Decimal


class InventoryHeld(Event, frozen=True, kw_only=True):
    """Coins that could be sold and were not: the account buys no more of this token until they are dealt with."""

    user_id: int
    strategy_id: str
    trade_id: str
    asset: str
    ticker: str
    quantity: Decimal
    value: Decimal
    reason: str


class SweepStarted(Event, frozen=True, kw_only=True):
    """The operator wants the coins sold that the account is left with, all `quantity` of them, at what they fetch.

    `price` is what they count in the books, in the quote asset.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    asset: str
    ticker: str
    quantity: Decimal
    price: Decimal


class CoinsSwept(Event, frozen=True, kw_only=True):
    """A sweep is over: its sales of `quantity` coins, and what they fetched less (`wear`) than they count in the books.

    Dust counts nothing there, also what the sweep leaves of held coins. What is left is said by the event after it.
    """

    user_id: int
    strategy_id: str
    trade_id: str
    asset: str
    ticker: str
    unwinds: tuple[ExecutedLeg, ...]
    quantity: Decimal
    wear: Decimal


class InventoryCleared(Event, frozen=True, kw_only=True):
    """Coins are no longer held: sold (by a late fill, a later trade or a sweep), as little as dust, or acknowledged."""

    user_id: int
    asset: str
    quantity: Decimal
    how: Literal["sold", "dust", "acknowledged"]


class WearLimitReached(Event, frozen=True, kw_only=True):
    """Trading cost as much as the operator allows for this strategy and UTC day; `limit` is the setting's name."""

    user_id: int
    strategy_id: str
    day: str
    limit: Literal["max_wear_usdt", "max_wear_bps"]
    allowed: Decimal
    wear: Decimal
    turnover: Decimal


class DayClosed(Event, frozen=True, kw_only=True):
    """The UTC day on which the venue counts is over.

    `volume` is what it was last seen to count, with what the trades since that bought before midnight should count.
    """

    user_id: int
    strategy_id: str
    day: str
    volume: Decimal
    continues: bool


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


class BatchCompleted(Event, frozen=True, kw_only=True):
    """The batch is over; `reason` says why when trades were left undone."""

    user_id: int
    strategy_id: str
    batch: int
    completed_trades: int
    failed_trades: int
    reason: str = ""


class StrategyEnded(Event, frozen=True, kw_only=True):
    """A strategy is over for an account, for good or until the operator acts."""

    user_id: int
    strategy_id: str
    status: StrategyStatus
    current_volume: Decimal | None
    reason: str = ""


class AccountRecovered(Event, frozen=True, kw_only=True):
    """The account's actor has taken up its state again; no strategy goes on until the run asks for it."""

    user_id: int


class TradingPaused(Event, frozen=True, kw_only=True):
    """No new trade begins: the account's stream is down, and given up when `final`."""

    user_id: int
    reason: str
    final: bool = False


class TradingResumed(Event, frozen=True, kw_only=True):
    """The account's stream is up and trades may begin."""

    user_id: int


class AccountQuieted(Event, frozen=True, kw_only=True):
    """The venue turned us away (429, 418): nothing is asked of it for this account until `until` (ms)."""

    user_id: int
    until: int
    reason: str


class CallHeldBack(Event, frozen=True, kw_only=True):
    """What was to be asked of a venue that wants to be left in peace: not before `until` (ms), and then anew.

    `trade_id` or `strategy_id` says what for; a comparison is the account's.
    """

    user_id: int
    call: HeldCall
    until: int
    trade_id: str = ""
    strategy_id: str = ""


class StopRequested(Event, frozen=True, kw_only=True):
    """The account is to stop after the trade in hand, or at once when `now` is set.

    `waits_for` says what of the trade in hand comes before that, and `until` (ms) how long at most, 0 if not known.
    `strategy_id` is the only strategy that is to stop, empty for all. `by` is None for a signal to the run itself.
    """

    user_id: int
    now: bool
    reason: str = "stopped by the operator"
    waits_for: str = ""
    until: int = 0
    strategy_id: str = ""
    by: Operator | None = None
