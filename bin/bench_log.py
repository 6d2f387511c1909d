"""A log as trading leaves it, of any length, for benchmarks: many accounts, day after day, by the real catalog.

Each day a run takes every account through a batch of trades. Most trades fill at once; some are rejected, and some buys
are canceled half filled. Prices wander with a seeded generator, so the same arguments give the same log.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from bin.bench_log_trade import Trade, trade_events
from events.base import Event, Metadata, NewEvent
from events.journal import Append, EventJournal, SqliteJournal
from events.strategies import (
    BatchCompleted,
    BatchPlanned,
    StrategyAdmitted,
    StrategyEnded,
    StrategyQueued,
    StrategyStarted,
    VolumeChecked,
    VolumeCheckRequested,
)
from events.system import RunEnded, RunStarted, StreamClosed, StreamConnected
from events.values import StrategyTerms, SymbolRules, TokenVolume
from events.volumes import TargetReached, VolumeObserved

STRATEGY = "aop_volume_boost"
TRADES_A_DAY = 20
CREDIT = Decimal(10)
TARGET = CREDIT * TRADES_A_DAY
DAY_MS = 86_400_000
FIRST_DAY_MS = 1_760_054_400_000
"""2025-10-10 00:00:00 UTC."""
STEP_MS = 5
EVENTS_PER_COMMIT = 3
"""As a supervisor commits while it trades."""

Written = tuple[str, Event]
"""A stream and what is recorded in it."""


class _Day(NamedTuple):
    number: int
    run_id: str
    chance: random.Random


def write_log(path: Path, events: int, accounts: int = 50, tell: Callable[[int], object] = lambda _: None) -> None:
    """Make an event log of exactly so many events at `path`; `tell` hears how many there are so far."""
    with SqliteJournal(path) as journal:
        fill_journal(journal, events, accounts, tell)


def fill_journal(
    journal: EventJournal, events: int, accounts: int = 50, tell: Callable[[int], object] = lambda _: None
) -> None:
    """The same into an empty journal."""
    writer = _Writer(journal, events)
    chance = random.Random(accounts)  # noqa: S311 - the same log each time
    day = 0
    while not writer.full:
        _write_day(writer, _Day(day, f"run-{day + 1}", chance), accounts)
        tell(min(writer.written, events))
        day += 1


class _Writer:
    """Gathers events and commits them together; each is caused by the one before it in its stream."""

    def __init__(self, journal: EventJournal, limit: int) -> None:
        self._journal = journal
        self._limit = limit
        self._versions: dict[str, int] = {}
        self._causes: dict[str, int] = {}
        self._appends: list[Append] = []
        self.written = 0
        self._committed = 0
        self.now = 0

    @property
    def full(self) -> bool:
        return self.written >= self._limit

    def write(self, written: Sequence[Written], correlation: str) -> None:
        """Record these, each `STEP_MS` after the one before."""
        for stream, event in written[: self._limit - self.written]:
            self.now += STEP_MS
            self.written += 1
            meta = Metadata(
                correlation_id=correlation, causation=self._causes.get(stream), ts_event=self.now, ts_init=self.now
            )
            version = self._versions.get(stream, 0)
            new = NewEvent(event=event, meta=meta)
            self._appends.append(Append(stream=stream, expected_version=version, events=(new,)))
            self._versions[stream], self._causes[stream] = version + 1, self.written
        if self.full or self.written - self._committed >= EVENTS_PER_COMMIT:
            self._journal.append_many(self._appends)
            self._appends, self._committed = [], self.written


def _write_day(writer: _Writer, day: _Day, accounts: int) -> None:
    writer.now = FIRST_DAY_MS + day.number * DAY_MS
    writer.write([("system", _run_started(day, accounts))], day.run_id)
    working = [_account_day(day, user_id) for user_id in range(1, accounts + 1)]
    while working and not writer.full:
        working = [account for account in working if _write_next(writer, account)]
    writer.write([("system", RunEnded(run_id=day.run_id, exit_code=0, reason="all targets reached"))], day.run_id)


def _write_next(writer: _Writer, account: Iterator[tuple[str, list[Written]]]) -> bool:
    for correlation, written in account:
        writer.write(written, correlation)
        return True
    return False


def _run_started(day: _Day, accounts: int) -> RunStarted:
    return RunStarted(
        run_id=day.run_id,
        pid=4242,
        code_version="8c97e90",
        python_version="3.11.7",
        dependencies=("msgspec==0.22.0",),
        config_hash="0" * 64,
        venue="paper",
        accounts=tuple(range(1, accounts + 1)),
        previous_run_sealed=True,
    )


def _account_day(day: _Day, user_id: int) -> Iterator[tuple[str, list[Written]]]:
    """What an account does on a day, in pieces that other accounts' pieces come between."""
    user, who = f"user-{user_id}", _who(user_id)
    yield user, _opening(day, user_id)
    counted = Decimal(0)
    for number in range(1, TRADES_A_DAY + 1):
        trade = Trade(user_id, STRATEGY, day.number * TRADES_A_DAY + number, number, TRADES_A_DAY, CREDIT)
        events, credit = trade_events(trade, day.chance)
        counted += credit
        for event in events:
            yield trade.trade_id, event
    failed = int((TARGET - counted) / CREDIT)
    done = BatchCompleted(**who, batch=1, completed_trades=TRADES_A_DAY - failed, failed_trades=failed)
    yield user, [(user, done), *_check(user_id, counted, "the batch is over")]
    reached = TargetReached(**who, current_volume=counted, target_volume=TARGET, skipped=False)
    ended = StrategyEnded(**who, status="reached", current_volume=counted)
    yield (
        user,
        [(user, reached), (user, ended), (f"connection-{user_id}", StreamClosed(user_id=user_id, reason="over"))],
    )


def _who(user_id: int) -> dict[str, Any]:
    return {"user_id": user_id, "strategy_id": STRATEGY}


def _opening(day: _Day, user_id: int) -> list[Written]:
    user, who = f"user-{user_id}", _who(user_id)
    planned = BatchPlanned(
        **who,
        batch=1,
        current_volume=Decimal(0),
        remaining_volume=TARGET,
        amount=Decimal(40),
        mul_point=4,
        credit_per_trade=CREDIT,
        basis="documented",
        planned_trades=TRADES_A_DAY,
        probe=False,
    )
    return [
        (user, StrategyStarted(run_id=day.run_id, terms=_terms(user_id))),
        *_check(user_id, Decimal(0), "the strategy begins"),
        (user, StrategyQueued(**who)),
        (user, StrategyAdmitted(**who)),
        (user, planned),
        (f"connection-{user_id}", StreamConnected(user_id=user_id, attempt=1)),
    ]


def _check(user_id: int, volume: Decimal, reason: str) -> Iterator[Written]:
    user = f"user-{user_id}"
    yield user, VolumeCheckRequested(user_id=user_id, strategy_id=STRATEGY, reason=reason)
    tokens = (TokenVolume(ticker="AOP", volume=volume),) if volume else ()
    yield f"volume-{user_id}", VolumeObserved(user_id=user_id, total=volume, tokens=tokens)
    yield user, VolumeChecked(user_id=user_id, strategy_id=STRATEGY, volume=volume, mul_point=4, settled=True)


def _terms(user_id: int) -> StrategyTerms:
    return StrategyTerms(
        strategy_id=STRATEGY,
        user_id=user_id,
        ticker="AOP",
        chain="BSC",
        rules=SymbolRules(
            symbol="ALPHA_382USDT",
            base_asset="ALPHA_382",
            quote_asset="USDT",
            status="TRADING",
            tick_size=Decimal("0.00000001"),
            step_size=Decimal("0.01"),
            min_price=Decimal("0.00000001"),
            max_price=Decimal(100_000),
            min_qty=Decimal("0.01"),
            max_qty=Decimal(10_000_000),
            min_notional=Decimal("0.1"),
            max_notional=Decimal(1_000_000),
            multiplier_down=Decimal("0.2"),
            multiplier_up=Decimal(5),
        ),
        target_volume=TARGET,
        amount=Decimal(40),
        buy_offset_percentage=Decimal(10),
        sell_discount_percentage=Decimal(10),
        max_price_volatility_percentage=Decimal(10),
        interval_ms=1_000,
        order_timeout_ms=300_000,
        retry_delay_ms=20_000,
        volume_check_delay_ms=5_000,
        max_retry_attempts=5,
        probe_trades=0,
    )
