"""Strategies in words: what they waited for, planned and came to."""

from collections.abc import Callable
from typing import Any

from events.base import Event
from events.numbers import plain
from events.strategies import (
    BatchCompleted,
    BatchPlanned,
    DayClosed,
    StrategyAdmitted,
    StrategyEnded,
    StrategyQueued,
    StrategyResumed,
    StrategyStarted,
    TurnAwaited,
    TurnDelayed,
    TurnGivenUp,
    VolumeChecked,
    VolumeCheckFailed,
    VolumeCheckRequested,
    VolumeDoubted,
    WearLimitReached,
)
from events.values import StrategyTerms
from projections.figures import counted

_ENDINGS = {
    "reached": "ended, target reached",
    "skipped": "ended, skipped because the target was already reached",
    "stopped": "stopped before its target",
    "failed": "failed",
    "parked": "is parked until the operator acts",
    "worn": "stopped because trading has cost as much as it may",
    "swept": "ended, the sweep is over",
    "day_over": "stopped because the venue's day is over",
}


def _started(event: StrategyStarted) -> str:
    return f"{event.terms.strategy_id}: started {_terms(event.terms)}"


def _resumed(event: StrategyResumed) -> str:
    return f"{event.strategy_id}: taken up again where an earlier run left it {_terms(event.terms)}"


def _terms(terms: StrategyTerms) -> str:
    return (
        f"on {terms.ticker} ({terms.chain}, {terms.rules.symbol}): target {plain(terms.target_volume)} USDT,"
        f" {plain(terms.amount)} USDT a trade, {_limits(terms)}"
    )


def _limits(terms: StrategyTerms) -> str:
    if terms.price_source == "book":
        return f"by the book with at most {plain(terms.max_slippage_percentage)} % slippage"
    buy, sell = plain(terms.buy_offset_percentage), plain(terms.sell_discount_percentage)
    return f"buy {buy} % above the market, sell {sell} % below the buy"


def _worn(event: WearLimitReached) -> str:
    return (
        f"{event.strategy_id}: {event.limit} of {plain(event.allowed)} is reached on {event.day}:"
        f" {plain(event.wear)} USDT on {plain(event.turnover)} USDT bought"
    )


def _day_closed(event: DayClosed) -> str:
    then = "a new day begins" if event.continues else "the strategy stops"
    return f"{event.strategy_id}: the UTC day {event.day} is over at {plain(event.volume)} USDT; {then}"


def _doubted(event: VolumeDoubted) -> str:
    return (
        f"{event.strategy_id}: the venue shows {plain(event.volume)} USDT just after midnight, which may be yesterday's"
        " still: to be asked again"
    )


def _check_requested(event: VolumeCheckRequested) -> str:
    return f"{event.strategy_id}: asking the venue for the volume: {event.reason}"


def _check_failed(event: VolumeCheckFailed) -> str:
    return (
        f"{event.strategy_id}: the venue did not tell the volume ({event.outcome}), to be asked again: {event.message}"
    )


def _queued(event: StrategyQueued) -> str:
    return f"{event.strategy_id}: has work to do and waits for its turn"


def _turn_awaited(event: TurnAwaited) -> str:
    return (
        f"{event.strategy_id}: waits for its turn on {event.symbol}, so that our accounts never trade with each other"
    )


def _turn_delayed(event: TurnDelayed) -> str:
    others = f", and {counted(event.ahead, 'other')} come first" if event.ahead else ""
    if event.blocked:
        return f"{event.strategy_id}: cannot trade {event.symbol} until the operator acts: {event.blocked}{others}"
    return f"{event.strategy_id}: user {event.holder} trades {event.symbol}{others}"


def _turn_given_up(event: TurnGivenUp) -> str:
    return f"{event.strategy_id}: gives up its turn on {event.symbol}"


def _admitted(event: StrategyAdmitted) -> str:
    return f"{event.strategy_id}: it is its turn to trade"


def _checked(event: VolumeChecked) -> str:
    wait = "" if event.settled else "; credit still seems to be on its way"
    return f"{event.strategy_id}: the venue counts {plain(event.volume)} USDT (multiplier {event.mul_point}){wait}"


def _planned(event: BatchPlanned) -> str:
    basis = {"documented": "by the documents' rule", "measured": "as measured"}[event.basis]
    probe = ", a probe" if event.probe else ""
    return (
        f"{event.strategy_id}: batch {event.batch} planned: {counted(event.planned_trades, 'trade')}{probe}, because"
        f" {plain(event.remaining_volume)} USDT remain after {plain(event.current_volume)} and one trade of"
        f" {plain(event.amount)} with multiplier {event.mul_point} counts {plain(event.credit_per_trade)} ({basis})"
    )


def _batch_completed(event: BatchCompleted) -> str:
    because = f": {event.reason}" if event.reason else ""
    return (
        f"{event.strategy_id}: batch {event.batch} is over with {counted(event.completed_trades, 'trade')} completed"
        f" and {event.failed_trades} failed{because}"
    )


def _ended(event: StrategyEnded) -> str:
    volume = f" at {plain(event.current_volume)} USDT" if event.current_volume is not None else ""
    because = f": {event.reason}" if event.reason else ""
    return f"{event.strategy_id}: {_ENDINGS[event.status]}{volume}{because}"


STRATEGIES: dict[type[Event], Callable[[Any], str]] = {
    WearLimitReached: _worn,
    DayClosed: _day_closed,
    StrategyStarted: _started,
    StrategyResumed: _resumed,
    VolumeCheckRequested: _check_requested,
    VolumeCheckFailed: _check_failed,
    VolumeChecked: _checked,
    VolumeDoubted: _doubted,
    StrategyQueued: _queued,
    StrategyAdmitted: _admitted,
    TurnAwaited: _turn_awaited,
    TurnDelayed: _turn_delayed,
    TurnGivenUp: _turn_given_up,
    BatchPlanned: _planned,
    BatchCompleted: _batch_completed,
    StrategyEnded: _ended,
}
