"""Sample events of strategies, trades, volumes and held coins."""

from decimal import Decimal

from msgspec.structs import replace

from events import accounts, inventory, strategies, trades, volumes
from events.base import Event
from events.values import TokenVolume, TopOfBook
from tests.golden.values import BUY, OPERATOR, RULES, SELL, TERMS

TRADES: tuple[Event, ...] = (
    strategies.StrategyStarted(run_id="run-1", terms=TERMS),
    strategies.StrategyResumed(run_id="run-2", user_id=1, strategy_id="aop", terms=TERMS),
    strategies.VolumeCheckRequested(user_id=1, strategy_id="aop", reason="batch 1 is over"),
    strategies.VolumeChecked(user_id=1, strategy_id="aop", volume=Decimal("50.00000000"), mul_point=4, settled=True),
    strategies.VolumeDoubted(user_id=1, strategy_id="aop", volume=Decimal(100)),
    strategies.VolumeCheckFailed(user_id=1, strategy_id="aop", outcome="unavailable", message="connection refused"),
    strategies.StrategyQueued(user_id=1, strategy_id="aop"),
    strategies.StrategyAdmitted(user_id=1, strategy_id="aop"),
    strategies.TurnAwaited(user_id=1, strategy_id="aop", symbol="ALPHA_382USDT"),
    strategies.TurnDelayed(
        user_id=1, strategy_id="aop", symbol="ALPHA_382USDT", holder=2, ahead=1, blocked="user 2 is parked"
    ),
    strategies.TurnGivenUp(user_id=1, strategy_id="aop", symbol="ALPHA_382USDT"),
    strategies.BatchPlanned(
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
    strategies.BatchCompleted(
        user_id=1, strategy_id="aop", batch=1, completed_trades=19, failed_trades=1, reason="mulPoint changed"
    ),
    strategies.StrategyEnded(
        user_id=1, strategy_id="aop", status="failed", current_volume=None, reason="stream given up"
    ),
    inventory.DustRecorded(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        asset="ALPHA_118",
        quantity=Decimal("0.001819"),
        total=Decimal("0.004"),
        value=Decimal("0.000008"),
    ),
    inventory.InventoryHeld(
        user_id=1,
        strategy_id="aop",
        trade_id="1-aop-7",
        asset="ALPHA_118",
        ticker="AOP",
        quantity=Decimal("18179.99"),
        value=Decimal("36.35998"),
        reason="5 sales did not sell it all",
    ),
    inventory.InventoryCleared(user_id=1, asset="ALPHA_118", quantity=Decimal("18179.99"), how="acknowledged"),
    inventory.SweepStarted(
        user_id=1,
        strategy_id="aop",
        trade_id="1-000008",
        asset="ALPHA_118",
        ticker="AOP",
        quantity=Decimal("18179.99"),
        price=Decimal("0.0022"),
    ),
    inventory.CoinsSwept(
        user_id=1,
        strategy_id="aop",
        trade_id="1-000008",
        asset="ALPHA_118",
        ticker="AOP",
        unwinds=(SELL,),
        quantity=Decimal("18179.98"),
        wear=Decimal("0.4"),
    ),
    strategies.WearLimitReached(
        user_id=1,
        strategy_id="aop",
        day="2025-11-21",
        limit="max_wear_bps",
        allowed=Decimal(50),
        wear=Decimal("0.3"),
        turnover=Decimal("36.36362"),
    ),
    strategies.DayClosed(user_id=1, strategy_id="aop", day="2025-11-21", volume=Decimal(150), continues=True),
    accounts.AccountQuieted(user_id=1, until=1763683260000, reason="429"),
    accounts.CallHeldBack(user_id=1, call="cancel", until=1763683260000, trade_id="1-000001", strategy_id=""),
    accounts.AccountRecovered(user_id=1),
    accounts.TradingPaused(user_id=1, reason="connection closed", final=True),
    accounts.TradingResumed(user_id=1),
    accounts.StopRequested(
        user_id=1, now=False, waits_for="the buy of 1-000001", until=1763683260000, strategy_id="aop", by=OPERATOR
    ),
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
)
