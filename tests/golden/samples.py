"""What each golden file reads as today, by stored name.

An event whose shape changes keeps its old file, and the old name's entry here says what the upcast makes of it.
`python -m tests.golden.samples` writes the files that are missing, and never touches one that is there.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from events import control, orders, system, trades, volumes
from events.base import Event, Metadata, NewEvent
from events.catalog import STORED_NAMES, Catalog
from events.reports import ExecutionReport, order_reported
from events.values import (
    Acknowledgement,
    Commission,
    ExecutedLeg,
    Operator,
    OrderCount,
    StrategyTerms,
    SymbolRules,
    TokenVolume,
    TopOfBook,
)

GOLDEN_DIR = Path(__file__).parent

META = Metadata(correlation_id="1-aop-7", causation=41, ts_event=1763683200123, ts_init=1763683200125)

OPERATOR = Operator(name="alice", uid=1000, pid=4711)

RULES = SymbolRules(
    symbol="ALPHA_118USDT",
    base_asset="ALPHA_118",
    quote_asset="USDT",
    status="TRADING",
    tick_size=Decimal("0.00000001"),
    step_size=Decimal("0.01"),
    min_price=Decimal("0.00000001"),
    max_price=Decimal(1000),
    min_qty=Decimal("0.01"),
    max_qty=Decimal(90000000),
    min_notional=Decimal("0.1"),
    max_notional=Decimal(50000),
    multiplier_down=Decimal("0.2"),
    multiplier_up=Decimal(5),
)
TERMS = StrategyTerms(
    strategy_id="aop",
    user_id=1,
    ticker="AOP",
    chain="BSC",
    rules=RULES,
    target_volume=Decimal(200),
    amount=Decimal(40),
    buy_offset_percentage=Decimal(10),
    sell_discount_percentage=Decimal(10),
    max_price_volatility_percentage=Decimal(5),
    interval_ms=3000,
    order_timeout_ms=300000,
    retry_delay_ms=60000,
    volume_check_delay_ms=2000,
    max_retry_attempts=3,
    probe_trades=0,
)
BUY = ExecutedLeg(
    venue_order_id="7000001",
    order_status="FILLED",
    quantity=Decimal("18181.81"),
    quote=Decimal("36.36362"),
    avg_px=Decimal("0.002"),
    commissions=(Commission(asset="ALPHA_118", amount=Decimal("1.81818")),),
)
SELL = ExecutedLeg(
    venue_order_id="7000002",
    order_status="FILLED",
    quantity=Decimal("18179.99"),
    quote=Decimal("36.35998"),
    avg_px=Decimal("0.002"),
    commissions=(Commission(asset="USDT", amount=Decimal("0.00363599")),),
)
ORDER = orders.OtoOrder(
    symbol="ALPHA_118USDT",
    base_asset="ALPHA_118",
    quote_asset="USDT",
    working_price=Decimal("0.0022"),
    quantity=Decimal("18181.81"),
    amount=Decimal("39.999982"),
    pending_price=Decimal("0.00198"),
)

SALE = orders.LimitOrder(
    symbol="ALPHA_118USDT",
    base_asset="ALPHA_118",
    quote_asset="USDT",
    side="SELL",
    price=Decimal("0.00198"),
    quantity=Decimal("18179.99"),
)

_EVENTS: tuple[Event, ...] = (
    orders.OtoRequested(user_id=1, strategy_id="aop", trade_id="1-aop-7", order=ORDER),
    orders.OtoDenied(user_id=1, strategy_id="aop", trade_id="1-aop-7", reason="notional under 0.1 USDT"),
    orders.OtoAccepted(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        working_order_id="7000001",
        pending_order_id="7000002",
        found=True,
    ),
    orders.OtoRejected(user_id=1, strategy_id="aop", trade_id="1-aop-7", code="481020", message="insufficient balance"),
    orders.OtoNotSent(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        reason="rate_limited",
        message="429",
        retry_after_ms=1500,
    ),
    orders.OtoUnresolved(user_id=1, strategy_id="aop", trade_id="1-aop-7", message="read timed out after sending"),
    orders.LegTimedOut(user_id=1, strategy_id="aop", trade_id="1-aop-7", leg="pending", venue_order_id="7000002"),
    orders.LegClosed(user_id=1, trade_id="1-aop-7", leg="working", executed=BUY),
    orders.LookRequested(user_id=1, trade_id="1-aop-7", reason="the pending leg timed out"),
    orders.OrdersLookedUp(user_id=1, trade_id="1-aop-7", complete=False, message="order history: 503"),
    orders.UnwindStarted(
        user_id=1, strategy_id="aop", trade_id="1-aop-7", quantity=Decimal("18179.99"), reason="the sell was CANCELED"
    ),
    orders.UnwindPriced(user_id=1, trade_id="1-aop-7", attempt=1, best_bid=Decimal("0.00199"), message=""),
    orders.UnwindRequested(user_id=1, strategy_id="aop", trade_id="1-aop-7", attempt=1, order=SALE),
    orders.UnwindAccepted(user_id=1, trade_id="1-aop-7", venue_order_id="7000003", found=True),
    orders.UnwindFailed(user_id=1, trade_id="1-aop-7", outcome="unknown", code="", message="read timed out"),
    orders.UnwindEnded(user_id=1, trade_id="1-aop-7", quantity=Decimal("18179.99"), reason="5 sales did not sell it"),
    orders.CancelRequested(user_id=1, trade_id="1-aop-7", venue_order_id="7000002", reason="timed out"),
    orders.CancelAnswered(
        user_id=1, trade_id="1-aop-7", venue_order_id="7000002", outcome="unknown", message="connection reset"
    ),
    order_reported(
        1,
        "stream",
        ExecutionReport(
            venue_order_id="7000001",
            order_list_id="998877",
            leg="working",
            symbol="ALPHA_118USDT",
            side="BUY",
            order_status="PARTIALLY_FILLED",
            execution_type="TRADE",
            price=Decimal("0.0022"),
            quantity=Decimal("18181.81"),
            last_qty=Decimal("13.5"),
            last_px=Decimal("0.00000198"),
            last_quote=Decimal("0.00002673"),
            cum_qty=Decimal("13.5"),
            cum_quote=Decimal("0.00002673"),
            avg_px=Decimal("0.00000198"),
            commission=Decimal("0.00000001"),
            commission_asset="ALPHA_118",
            execution_id=99887766,
            match_id="55443322",
            created_time=1763683200000,
            transact_time=1763683200123,
            raw='{"e":"executionReport","s":"ALPHA_118USDT","i":7000001,"l":"13.5","L":"0.00000198","n":"1E-8"}',
        ),
    ),
    orders.ReconciliationRequested(
        user_id=1, reason="the user stream is up", symbols=("ALPHA_118USDT", "ALPHA_22USDT"), resumes=True
    ),
    orders.OrdersReconciled(
        user_id=1,
        complete=False,
        open_orders=2,
        message="connection refused",
        others=(OrderCount(symbol="ALPHA_118USDT", count=2),),
    ),
    orders.OrderUnknown(
        user_id=1,
        venue_order_id="7000099",
        symbol="ALPHA_118USDT",
        side="BUY",
        order_status="NEW",
        price=Decimal("0.0015"),
        quantity=Decimal("1000.00"),
        created_time=1763683200000,
        cum_qty=Decimal("250.00"),
    ),
    orders.OrderMissing(user_id=1, trade_id="1-aop-7", venue_order_id="7000001", symbol="ALPHA_118USDT"),
    orders.FramesAwaited(user_id=1, venue_order_ids=("7000001", "7000002"), until=1763683204000),
    orders.FramesMissed(user_id=1, venue_order_ids=("7000001",)),
    orders.LateFillObserved(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        leg="working",
        executed=BUY,
        asset="ALPHA_118",
        coins=Decimal("12.5"),
        wear=Decimal("0.0004"),
    ),
    orders.ReportIgnored(user_id=1, venue_order_id="7000001", execution_id=99887766, reason="duplicate"),
    orders.FrameUnreadable(user_id=1, reason="field `i` is missing", raw='{"e":"executionReport"}'),
    orders.OrderExecuted(
        user_id=1,
        venue_order_id="7000001",
        symbol="ALPHA_118USDT",
        side="BUY",
        execution_id=99887766,
        match_id="55443322",
        last_qty=Decimal("13.5"),
        last_px=Decimal("0.00000198"),
        last_quote=Decimal("0.00002673"),
        commission=Decimal("0.00000000"),
        commission_asset="ALPHA_118",
    ),
    orders.OrderClosed(
        user_id=1,
        venue_order_id="7000001",
        symbol="ALPHA_118USDT",
        side="BUY",
        order_status="FILLED",
        cum_qty=BUY.quantity,
        cum_quote=BUY.quote,
        avg_px=BUY.avg_px,
        commissions=BUY.commissions,
    ),
    trades.StrategyStarted(run_id="run-1", terms=TERMS),
    trades.StrategyResumed(run_id="run-2", user_id=1, strategy_id="aop", terms=TERMS),
    trades.VolumeCheckRequested(user_id=1, strategy_id="aop", reason="batch 1 is over"),
    trades.VolumeChecked(user_id=1, strategy_id="aop", volume=Decimal("50.00000000"), mul_point=4, settled=True),
    trades.VolumeDoubted(user_id=1, strategy_id="aop", volume=Decimal(100)),
    trades.VolumeCheckFailed(user_id=1, strategy_id="aop", outcome="unavailable", message="connection refused"),
    trades.StrategyQueued(user_id=1, strategy_id="aop"),
    trades.StrategyAdmitted(user_id=1, strategy_id="aop"),
    trades.TurnAwaited(user_id=1, strategy_id="aop", symbol="ALPHA_382USDT"),
    trades.TurnDelayed(
        user_id=1, strategy_id="aop", symbol="ALPHA_382USDT", holder=2, ahead=1, blocked="user 2 is parked"
    ),
    trades.TurnGivenUp(user_id=1, strategy_id="aop", symbol="ALPHA_382USDT"),
    trades.BatchPlanned(
        user_id=1,
        strategy_id="aop",
        batch=1,
        current_volume=Decimal(0),
        remaining_volume=Decimal(200),
        amount=Decimal(40),
        mul_point=4,
        credit_per_trade=Decimal(10),
        basis="documented",
        planned_trades=20,
        probe=False,
    ),
    trades.TradeStarted(user_id=1, strategy_id="aop", trade_id="1-aop-7", batch=1, number=7, planned_trades=20),
    trades.QuoteObserved(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        price=Decimal("0.002"),
        mul_point=4,
        asked_at=1_763_683_200_000,
        book=TopOfBook(
            bid=Decimal("0.0019"),
            bid_size=Decimal(7000),
            ask=Decimal("0.0021"),
            ask_size=Decimal("900.5"),
            at=1_763_683_199_950,
        ),
    ),
    trades.TradeCompleted(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        batch=1,
        number=7,
        buy=BUY,
        sell=SELL,
        credit_expected=Decimal(10),
        wear=Decimal("0.00727599"),
        remainder=Decimal("0.00182"),
    ),
    trades.TradePartlyCompleted(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        batch=1,
        number=7,
        buy=BUY,
        sell=None,
        credit_expected=Decimal(10),
        wear=Decimal("0.00363636"),
        remainder=Decimal("18179.99182"),
        reason="the pending leg timed out",
    ),
    trades.TradeAbandoned(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        batch=1,
        number=7,
        reason="the working leg timed out",
        failed=True,
        wait_ms=60000,
    ),
    trades.BatchCompleted(
        user_id=1, strategy_id="aop", batch=1, completed_trades=19, failed_trades=1, reason="mulPoint changed"
    ),
    trades.StrategyEnded(user_id=1, strategy_id="aop", status="failed", current_volume=None, reason="stream given up"),
    trades.DustRecorded(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        asset="ALPHA_118",
        quantity=Decimal("0.001819"),
        total=Decimal("0.004"),
        value=Decimal("0.000008"),
    ),
    trades.InventoryHeld(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        asset="ALPHA_118",
        ticker="AOP",
        quantity=Decimal("18179.99"),
        value=Decimal("36.35998"),
        reason="5 sales did not sell it all",
    ),
    trades.InventoryCleared(user_id=1, asset="ALPHA_118", quantity=Decimal("18179.99"), how="acknowledged"),
    trades.SweepStarted(
        user_id=1,
        strategy_id="aop",
        trade_id="1-000008",
        asset="ALPHA_118",
        ticker="AOP",
        quantity=Decimal("18179.99"),
        price=Decimal("0.0022"),
    ),
    trades.CoinsSwept(
        user_id=1,
        strategy_id="aop",
        trade_id="1-000008",
        asset="ALPHA_118",
        ticker="AOP",
        unwinds=(SELL,),
        quantity=Decimal("18179.98"),
        wear=Decimal("0.4"),
    ),
    trades.WearLimitReached(
        user_id=1,
        strategy_id="aop",
        day="2025-11-21",
        limit="max_wear_bps",
        allowed=Decimal(50),
        wear=Decimal("0.3"),
        turnover=Decimal("36.36362"),
    ),
    trades.DayClosed(user_id=1, strategy_id="aop", day="2025-11-21", volume=Decimal(150), continues=True),
    trades.AccountQuieted(user_id=1, until=1763683260000, reason="429"),
    trades.CallHeldBack(user_id=1, call="cancel", until=1763683260000, trade_id="1-000001", strategy_id=""),
    trades.AccountRecovered(user_id=1),
    trades.TradingPaused(user_id=1, reason="connection closed", final=True),
    trades.TradingResumed(user_id=1),
    trades.StopRequested(
        user_id=1, now=False, waits_for="the buy of 1-000001", until=1763683260000, strategy_id="aop", by=OPERATOR
    ),
    control.OperatorCommanded(command="kill", by=OPERATOR, user_id=1, strategy_id="aop"),
    control.AccountPaused(user_id=1, by=OPERATOR, strategy_id="aop", trade_id="1-000001"),
    control.AccountResumed(user_id=1, by=OPERATOR, strategy_id="aop", unparked=True),
    volumes.VolumeObserved(
        user_id=1, total=Decimal("123.45"), tokens=(TokenVolume(ticker="AOP", volume=Decimal("50.5")),)
    ),
    volumes.VolumeUnavailable(user_id=1, outcome="unavailable", message="connection refused"),
    volumes.TargetReached(
        user_id=1, strategy_id="aop", current_volume=Decimal("202.5"), target_volume=Decimal(200), skipped=True
    ),
    volumes.CreditRateObserved(
        user_id=1, strategy_id="aop", batch=1, trades=2, expected=Decimal(10), measured=Decimal("145.45448")
    ),
    volumes.MulPointChanged(user_id=1, strategy_id="aop", ticker="AOP", before=4, after=2),
    volumes.SymbolRulesChanged(
        user_id=1,
        strategy_id="aop",
        before=RULES,
        after=replace(RULES, tick_size=Decimal("0.000000000001"), max_num_orders=100),
    ),
    system.RunStarted(
        run_id="run-1",
        pid=4711,
        code_version="8c97e90",
        python_version="3.11.2",
        dependencies=("msgspec==0.22.0", "pykka==4.5.0"),
        config_hash="9f86d081",
        venue="alpha",
        accounts=(1, 2, 3),
        previous_run_sealed=True,
        hosts=("venue.example",),
        acknowledgements=(Acknowledgement(user_id=1, by=OPERATOR, at=1763683200123, sha256="9f86d081"),),
    ),
    system.RunEnded(run_id="run-1", exit_code=0, reason="all targets reached"),
    system.StreamConnected(user_id=1, attempt=2),
    system.StreamLost(user_id=1, reason="closed by the venue", attempt=1, retry_in=Decimal("3.0")),
    system.StreamFailed(user_id=1, reason="connection refused", attempts=10),
    system.StreamRenewed(user_id=1, replaced=False),
    system.StreamClosed(user_id=1, reason="all strategies are over"),
    system.ActorFailed(actor="user-1", error="KeyError: 'aop'"),
    system.LogCut(
        first_position=118,
        events=3,
        reason="one of the events 118 to 120 is not as it was sealed",
        quarantine="quarantine-20251121T000000123Z",
    ),
    system.ActorRestarted(actor="user-1", restarts=1),
    system.AccountParked(user_id=1, reason="3 failed trades in a row", restricted=True),
)

SAMPLES: Mapping[str, NewEvent] = {STORED_NAMES[type(event)]: NewEvent(event=event, meta=META) for event in _EVENTS}


def golden_file(topic: str) -> Path:
    """Where the stored form of `topic` is."""
    return GOLDEN_DIR / f"{topic}.json"


def write_missing() -> None:
    """Write the golden file of every event that has none."""
    for topic, sample in SAMPLES.items():
        if not golden_file(topic).exists():
            golden_file(topic).write_bytes(Catalog().encode(sample)[1] + b"\n")


if __name__ == "__main__":
    write_missing()
