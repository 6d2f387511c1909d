"""What a UserActor knows, as structs. How events change it and what is asked of it stands in the modules beside it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from events.orders import LimitOrder, OtoOrder
from events.values import ExecutedLeg, Operator, Outcome, Stopping, StrategyStatus, StrategyTerms, TradeLeg
from projections.states.remembered import Remembered

ZERO = Decimal(0)
DAY_MS = 86_400_000
LOOK_AGAIN_MS = 2_000
CONFIRMED_WITHIN_MS = 500
"""So long for the frame of an order whose cancel was accepted, before it is looked for."""
# Looks come ever more rarely: five at each distance, so that thirty take three and a half minutes.
LOOKS_AT_A_DISTANCE = 5
LONGEST_SILENCE_MS = 30_000
# Placements are told apart by price and quantity; one that is older than so many cannot be mistaken for a new one.
PLACEMENTS_REMEMBERED = 32
# As many ended orders as the tracker remembers, so that a fill which comes after an order's end finds it.
SETTLED_LEGS_REMEMBERED = 64
# The venue allows 200 open orders per symbol (venue protocol notes, section 13).
NOTED_ORDERS_REMEMBERED = 1_000

Phase = Literal["checking", "settling", "queued", "planning", "trading", "ended"]
TradePhase = Literal[
    "quoting", "placing", "searching", "working", "pending", "pricing", "selling", "seeking", "unwinding"
]
OPEN_PHASES: tuple[TradePhase, ...] = ("working", "pending", "unwinding")
StreamState = Literal["none", "down", "reconciling", "up", "failed"]


class StrategyState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One strategy of the account. Times are ms since the epoch; `not_before` holds the next trade or check back.

    checking: the venue was asked (by the event at `asked_at`, on the UTC day `asked_on`); settling: it will be asked
    at `not_before`; queued: waits for its turn; planning: may plan a batch; trading: a batch runs; ended.

    `begun_on` is the UTC day (since the epoch) on which its run took it up; `day` is that of the last settled volume;
    `wear` and `turnover` (what was bought, in the quote asset) are those of `wear_day`; `credit_since` is what the
    trades since the last settled volume should have brought on the same day, and `credit_later` what they should have
    brought after it; `credit_before` is the part of `credit_since` from a trade that was in hand when the batch was
    planned, which the volume at its beginning may hold already; `counted` is the most that the venue was seen to count
    on the UTC day `counted_on`. `stopping` is set where the operator stops this strategy and not the account.
    `awaits_turn` says that its next trade waits for its turn on the symbol.
    """

    run_id: str
    terms: StrategyTerms
    phase: Phase
    asked_at: int
    asked_on: int
    begun_on: int = 0
    not_before: int = 0
    admitted: bool = False
    volume: Decimal | None = None
    last_read: Decimal | None = None
    read_since: int = 0
    checked_at: int = 0
    reads: int = 0
    failed_checks: int = 0
    mul_point: int = 0
    batch: int = 0
    batch_volume: Decimal = ZERO
    batch_price: Decimal | None = None
    credit_per_trade: Decimal = ZERO
    planned: int = 0
    number: int = 0
    completed: int = 0
    failed: int = 0
    failures_in_a_row: int = 0
    last_failure: str = ""
    credit_due: int = 0
    credit_proved: bool = False
    dry_batches: int = 0
    measured: Decimal | None = None
    traded: bool = False
    day: int = 0
    wear_day: int = 0
    wear: Decimal = ZERO
    turnover: Decimal = ZERO
    credit_since: Decimal = ZERO
    credit_later: Decimal = ZERO
    credit_before: Decimal = ZERO
    counted: Decimal = ZERO
    counted_on: int = 0
    last_trade: int = 0
    awaits_turn: bool = False
    stopping: Stopping = "no"
    stop_reason: str = ""
    status: StrategyStatus | None = None
    reason: str = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a placement that is searched for was answered; `unknown` where it was not answered at all."""

    outcome: Outcome = "unknown"
    code: str = ""
    message: str = ""


class TradeState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The one trade that has the account to itself. `deadline` is when the open order has timed out.

    quoting, placing (searching, where the outcome is unknown), working, pending: the OTO. pricing, selling (seeking),
    unwinding: a sale of leftover coins, again and again until none is left or `unwind_attempt` is at its limit.
    `bought_at` is when the buy's end was noted. A sweep has no OTO, and `price` is what a coin counts in the books;
    otherwise the buy says that. `terms` are those under which it began, whatever the strategy's are now: its coins are
    those of its own token.
    `canceling` is the order whose cancel was asked for, `cancel_answer` how that was answered last, empty before;
    `confirming`: it was accepted, and its frame is awaited.
    `looking` says that a read, or a cancel, is on its way; otherwise `look_at` is when the next one is due.
    `absent_for` (ms) is how long complete looks have not shown a placement that is searched for, the last one
    at `absent_at`. `intent_at` is the position in the log of the last intent to place.
    """

    trade_id: str
    strategy_id: str
    batch: int
    number: int
    phase: TradePhase
    terms: StrategyTerms | None = None
    order: OtoOrder | None = None
    requested_at: int = 0
    intent_at: int = 0
    working_order_id: str = ""
    pending_order_id: str = ""
    deadline: int = 0
    buy: ExecutedLeg | None = None
    bought_at: int = 0
    sell: ExecutedLeg | None = None
    canceling: str = ""
    cancel_answer: str = ""
    confirming: bool = False
    looking: bool = False
    looks: int = 0
    look_at: int = 0
    absent_for: int = 0
    absent_at: int = 0
    unwinds: tuple[ExecutedLeg, ...] = ()
    unwind_attempt: int = 0
    unwind_order: LimitOrder | None = None
    unwind_order_id: str = ""
    unwind_requested_at: int = 0
    refusal: Refusal = Refusal()
    price: Decimal = ZERO


class Placement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A placement of the account that another must not be mistaken for. The id is empty where it never came."""

    symbol: str
    price: Decimal
    quantity: Decimal
    venue_order_id: str = ""


class SettledLeg(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order of a trade that is over. `price` is what a coin of the trade has cost, in the quote asset.

    `asset` is what the trade bought; the terms for it are among the account's `traded`. `since` is when it sent its
    first order (ms).
    """

    trade_id: str
    strategy_id: str
    asset: str
    since: int
    leg: TradeLeg
    price: Decimal
    executed: ExecutedLeg


class Held(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Coins that could be sold and were not."""

    ticker: str
    quantity: Decimal
    value: Decimal


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The comparison with the venue's open orders: none is going on, it is asked for, or due again at `again_at` (ms).

    `number` tells its answer from those of earlier ones; `tries` counts those that were incomplete, in a row. The last
    complete one was at `compared_at` (ms), in the run `compared_in`.
    """

    phase: Literal["none", "asked", "due"] = "none"
    number: int = 0
    tries: int = 0
    again_at: int = 0
    compared_at: int = 0
    compared_in: str = ""


class UserState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account. Only strategies of the run `run_id` act, and only once it is `live`: what an earlier run left behind
    waits for the operator to ask for it again. `stopping` is set from the operator's stop to the end of the run.

    The venue is left in peace until `quiet_until` (ms), after `turned_away` rate limits in a row. `dust` and `held` are
    by asset. `stream` is "reconciling" when it is up and the open orders have not been compared yet; `noted` are the
    orders that were reported as unknown or missing; `others` counts by symbol the open orders that are not ours, as
    they were last compared; `settled` the orders of the last trades; `traded` are by asset the terms under which each
    token was traded last. `paused` holds who paused what: a strategy by its id, the account by "". An account that is
    parked and `restricted` stays so when another run begins.
    """

    user_id: int = 0
    run_id: str = ""
    live: bool = False
    strategies: dict[str, StrategyState] = {}
    trade: TradeState | None = None
    trade_count: int = 0
    stream: StreamState = "none"
    stream_trouble: str = ""
    reconciliation: Reconciliation = Reconciliation()
    noted: tuple[str, ...] = ()
    others: dict[str, int] = {}
    stopping: Stopping = "no"
    stop_reason: str = ""
    paused: dict[str, Operator] = {}
    parked: str = ""
    restricted: bool = False
    quiet_until: int = 0
    turned_away: int = 0
    dust: dict[str, Decimal] = {}
    held: dict[str, Held] = {}
    placements: Remembered[Placement] = Remembered()
    settled: Remembered[SettledLeg] = Remembered()
    traded: dict[str, StrategyTerms] = {}


def with_strategy(state: UserState, strategy_id: str, **changes: Any) -> UserState:
    before = state.strategies.get(strategy_id)
    if before is None:
        return state
    return replace(state, strategies=strategies_with(state, strategy_id, replace(before, **changes)))


def strategies_with(state: UserState, strategy_id: str, s: StrategyState) -> dict[str, StrategyState]:
    strategies = state.strategies.copy()
    strategies[strategy_id] = s
    return strategies


def with_trade(state: UserState, trade_id: str, **changes: Any) -> UserState:
    trade = in_hand(state, trade_id)
    return state if trade is None else replace(state, trade=replace(trade, **changes))


def in_hand(state: UserState, trade_id: str) -> TradeState | None:
    """The trade in hand, if it is this one."""
    trade = state.trade
    return trade if trade is not None and trade.trade_id == trade_id else None


Fold = Callable[[UserState, Any, int, int], UserState]
"""state, event, its position, and when it was decided (ms) -> state."""
