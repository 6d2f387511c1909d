"""What an account's strategies waited for, planned and came to."""

from decimal import Decimal
from typing import Literal

from events.base import Event
from events.values import StrategyStatus, StrategyTerms


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


class BatchCompleted(Event, frozen=True, kw_only=True):
    """The batch is over; `reason` says why when trades were left undone."""

    user_id: int
    strategy_id: str
    batch: int
    completed_trades: int
    failed_trades: int
    reason: str = ""


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


class StrategyEnded(Event, frozen=True, kw_only=True):
    """A strategy is over for an account, for good or until the operator acts."""

    user_id: int
    strategy_id: str
    status: StrategyStatus
    current_volume: Decimal | None
    reason: str = ""
