"""A small but complete run of two accounts, as events, for tests of what people see.

Account 1 takes AOP (multiplier 4, 40 USDT a trade, so 10 counted) from 0 to 200 with a batch of 20, of which one trade
fails and one sells only in part, and a top-up batch. Account 2 stands at its target and is skipped. The log is written
through a journal, so positions and versions are real ones. Run it to make a data directory to look at:
`python -m tests.support.example_log DIR`.
"""

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from events.accounts import TradingPaused, TradingResumed
from events.base import Event, Metadata, NewEvent, Recorded
from events.executions import OrderClosed
from events.journal import EventJournal, SqliteJournal
from events.orders import LegClosed, OtoAccepted, OtoOrder, OtoRejected, OtoRequested
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
from events.system import RunEnded, RunStarted, StreamClosed, StreamConnected, StreamLost
from events.trades import QuoteObserved, TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.values import Commission, ExecutedLeg, Leg, StrategyStatus, StrategyTerms, TokenVolume
from events.volumes import TargetReached, VolumeObserved
from tests.support.terms import terms

RUN = "run-1"
STRATEGY = "aop_volume_boost"
START_MS = 1_760_054_400_000
"""2025-10-10 00:00:00 UTC."""


class LogWriter:
    """Appends events to the right version of their streams, `step_ms` apart."""

    def __init__(self, journal: EventJournal, step_ms: int = 100) -> None:
        self.journal = journal
        self._step_ms = step_ms
        self._now = START_MS

    def write(self, stream: str, event: Event, *, cause: int | None = None, correlation: str = RUN) -> Recorded:
        """Record one event, and return it as recorded."""
        meta = Metadata(correlation_id=correlation, causation=cause, ts_event=self._now, ts_init=self._now)
        version = self.journal.stream_version(stream)
        self._now += self._step_ms
        return self.journal.append(stream, version, [NewEvent(event=event, meta=meta)])[0]


def example_terms(user_id: int = 1) -> StrategyTerms:
    """AOP with 40 USDT a trade to 200, as in the batch test results."""
    return terms(strategy_id=STRATEGY, user_id=user_id)


def run_started(run_id: str = RUN, accounts: tuple[int, ...] = (1, 2), *, sealed: bool = True) -> RunStarted:
    """The first event of a run."""
    return RunStarted(
        run_id=run_id,
        pid=4242,
        code_version="8c97e90",
        python_version="3.11.2",
        dependencies=("msgspec==0.22.0",),
        config_hash="0" * 64,
        venue="paper",
        accounts=accounts,
        previous_run_sealed=sealed,
    )


def batch_planned(batch: int, volume: str, trades: int, user_id: int = 1) -> BatchPlanned:
    """`trades` trades of credit 10 towards 200."""
    return BatchPlanned(
        user_id=user_id,
        strategy_id=STRATEGY,
        batch=batch,
        current_volume=Decimal(volume),
        remaining_volume=200 - Decimal(volume),
        amount=Decimal(40),
        mul_point=4,
        credit_per_trade=Decimal(10),
        basis="documented",
        planned_trades=trades,
        probe=False,
    )


def volume_checked(volume: str, user_id: int = 1) -> VolumeChecked:
    """The venue's figure, taken as final."""
    return VolumeChecked(user_id=user_id, strategy_id=STRATEGY, volume=Decimal(volume), mul_point=4, settled=True)


def executed(leg: Leg, trade_id: str, quote: str) -> ExecutedLeg:
    """A leg of 1000 coins for `quote`; the buy pays its fee in coins, the sell in the quote asset."""
    coins = leg == "working"
    fee = Commission(asset="ALPHA_900" if coins else "USDT", amount=Decimal("0.1" if coins else "0.004"))
    return ExecutedLeg(
        venue_order_id=f"{trade_id}-{leg}",
        order_status="FILLED",
        quantity=Decimal(1000),
        quote=Decimal(quote),
        avg_px=Decimal(quote) / 1000,
        commissions=(fee,),
    )


def trade_completed(number: int, wear: str = "0.0843", user_id: int = 1, batch: int = 1) -> TradeCompleted:
    """A trade that bought for 39.99 and sold for a little less."""
    trade_id = f"u{user_id}-b{batch}-t{number}"
    return TradeCompleted(
        user_id=user_id,
        strategy_id=STRATEGY,
        trade_id=trade_id,
        batch=batch,
        number=number,
        buy=executed("working", trade_id, "39.99"),
        sell=executed("pending", trade_id, str(Decimal("39.99") - Decimal(wear) + Decimal("0.004"))),
        credit_expected=Decimal(10),
        wear=Decimal(wear),
        remainder=Decimal("0.9"),
    )


def trade_partly_completed(number: int) -> TradePartlyCompleted:
    """A trade whose sell order timed out with nothing sold."""
    trade_id = f"u1-b1-t{number}"
    return TradePartlyCompleted(
        user_id=1,
        strategy_id=STRATEGY,
        trade_id=trade_id,
        batch=1,
        number=number,
        buy=executed("working", trade_id, "39.99"),
        sell=None,
        credit_expected=Decimal(10),
        wear=Decimal(0),
        remainder=Decimal("999.9"),
        reason="the sell order was not filled in time",
    )


def trade_abandoned(number: int, *, failed: bool = True) -> TradeAbandoned:
    """A trade of batch 1 that bought nothing."""
    return TradeAbandoned(
        user_id=1,
        strategy_id=STRATEGY,
        trade_id=f"u1-b1-t{number}",
        batch=1,
        number=number,
        reason="rejected by the venue" if failed else "the operator stopped the run",
        failed=failed,
        wait_ms=60_000 if failed else 0,
    )


def example_events() -> Iterator[tuple[str, Event]]:
    """The whole run: streams and events in order."""
    yield "system", run_started()
    yield from _skipped_account()
    yield from _opening()
    for number in range(1, 21):
        yield from _trade(number)
    yield "user-1", BatchCompleted(user_id=1, strategy_id=STRATEGY, batch=1, completed_trades=19, failed_trades=1)
    yield from _check("190", "the batch is over")
    yield "user-1", batch_planned(2, "190", 1)
    yield from _whole_trade("u1-b2-t1", batch=2, number=1, planned=1)
    yield "user-1", BatchCompleted(user_id=1, strategy_id=STRATEGY, batch=2, completed_trades=1, failed_trades=0)
    yield from _check("200", "the batch is over")
    yield from _reached(1, "200", skipped=False)
    yield "connection-1", StreamClosed(user_id=1, reason="all strategies are over")
    yield "system", RunEnded(run_id=RUN, exit_code=0, reason="all targets reached")


def _skipped_account() -> Iterator[tuple[str, Event]]:
    yield "user-2", StrategyStarted(run_id=RUN, terms=example_terms(2))
    yield "user-2", volume_checked("205.5", 2)
    yield from _reached(2, "205.5", skipped=True)


def _reached(user_id: int, volume: str, *, skipped: bool) -> Iterator[tuple[str, Event]]:
    stream, current = f"user-{user_id}", Decimal(volume)
    yield (
        stream,
        TargetReached(
            user_id=user_id, strategy_id=STRATEGY, current_volume=current, target_volume=Decimal(200), skipped=skipped
        ),
    )
    status: StrategyStatus = "skipped" if skipped else "reached"
    yield stream, StrategyEnded(user_id=user_id, strategy_id=STRATEGY, status=status, current_volume=current)


def _opening() -> Iterator[tuple[str, Event]]:
    yield "user-1", StrategyStarted(run_id=RUN, terms=example_terms())
    yield from _check("0", "the strategy begins")
    yield "user-1", StrategyQueued(user_id=1, strategy_id=STRATEGY)
    yield "user-1", StrategyAdmitted(user_id=1, strategy_id=STRATEGY)
    yield "user-1", batch_planned(1, "0", 20)
    yield "connection-1", StreamConnected(user_id=1, attempt=1)


def _check(volume: str, reason: str) -> Iterator[tuple[str, Event]]:
    yield "user-1", VolumeCheckRequested(user_id=1, strategy_id=STRATEGY, reason=reason)
    tokens = (TokenVolume(ticker="AOP", volume=Decimal(volume)),)
    yield "volume-1", VolumeObserved(user_id=1, total=Decimal(volume), tokens=tokens)
    yield "user-1", volume_checked(volume)


def _trade(number: int) -> Iterator[tuple[str, Event]]:
    trade_id = f"u1-b1-t{number}"
    if number == 5:
        yield from _opened(trade_id, 1, number, 20)
        yield "user-1", _rejected(trade_id)
        yield "user-1", trade_abandoned(number)
    elif number == 9:
        yield from _lost_stream()
        yield from _opened(trade_id, 1, number, 20)
        yield "user-1", trade_partly_completed(number)
    else:
        yield from _whole_trade(trade_id, batch=1, number=number, planned=20)


def _rejected(trade_id: str) -> OtoRejected:
    return OtoRejected(
        user_id=1, strategy_id=STRATEGY, trade_id=trade_id, code="481020", message="insufficient balance"
    )


def _lost_stream() -> Iterator[tuple[str, Event]]:
    yield "connection-1", StreamLost(user_id=1, reason="connection reset", attempt=1, retry_in=Decimal(3))
    yield "user-1", TradingPaused(user_id=1, reason="the user stream is down")
    yield "connection-1", StreamConnected(user_id=1, attempt=1)
    yield "user-1", TradingResumed(user_id=1)


def _opened(trade_id: str, batch: int, number: int, planned: int) -> Iterator[tuple[str, Event]]:
    def of_trade(event: type[Event], **fields: object) -> Event:
        return event(user_id=1, strategy_id=STRATEGY, trade_id=trade_id, **fields)

    order = OtoOrder(
        symbol="ALPHA_900USDT",
        base_asset="ALPHA_900",
        quote_asset="USDT",
        working_price=Decimal("0.04399"),
        quantity=Decimal(1000),
        amount=Decimal("43.99000000"),
        pending_price=Decimal("0.03959"),
    )
    yield "user-1", of_trade(TradeStarted, batch=batch, number=number, planned_trades=planned)
    yield "user-1", of_trade(QuoteObserved, price=Decimal("0.03999"), mul_point=4)
    yield "user-1", of_trade(OtoRequested, order=order)


def _whole_trade(trade_id: str, *, batch: int, number: int, planned: int) -> Iterator[tuple[str, Event]]:
    yield from _opened(trade_id, batch, number, planned)
    yield _accepted(trade_id)
    yield from _closed("working", trade_id, "39.99")
    yield from _closed("pending", trade_id, "39.9097")
    yield "user-1", trade_completed(number, batch=batch)


def _accepted(trade_id: str) -> tuple[str, Event]:
    accepted = OtoAccepted(
        user_id=1,
        strategy_id=STRATEGY,
        trade_id=trade_id,
        working_order_id=f"{trade_id}-working",
        pending_order_id=f"{trade_id}-pending",
    )
    return "user-1", accepted


def early_report(trade_id: str) -> Iterator[tuple[str, Event]]:
    """A trade's beginning in which the end of its buy is reported before the venue answers."""
    opened = list(_opened(trade_id, 3, 1, 1))
    placed = _accepted(trade_id)
    yield opened[0]
    yield next(_closed("working", trade_id, "39.99"))
    yield opened[2]
    yield placed


def _closed(leg: Leg, trade_id: str, quote: str) -> Iterator[tuple[str, Event]]:
    done = executed(leg, trade_id, quote)
    yield (
        "orders-1",
        OrderClosed(
            user_id=1,
            venue_order_id=done.venue_order_id,
            symbol="ALPHA_900USDT",
            side="BUY" if leg == "working" else "SELL",
            order_status="FILLED",
            cum_qty=done.quantity,
            cum_quote=done.quote,
            avg_px=done.avg_px,
            commissions=done.commissions,
        ),
    )
    yield "user-1", LegClosed(user_id=1, trade_id=trade_id, leg=leg, executed=done)


def write_example(journal: EventJournal) -> tuple[Recorded, ...]:
    """Write the whole run to `journal`, and return it as recorded."""
    writer = LogWriter(journal)
    return tuple(writer.write(stream, event) for stream, event in example_events())


def main() -> None:
    """Write the example to the data directory that the command line names."""
    data_dir = Path(sys.argv[1])
    data_dir.mkdir(parents=True, exist_ok=True)
    with SqliteJournal(data_dir / "events.sqlite") as journal:
        write_example(journal)


if __name__ == "__main__":
    main()
