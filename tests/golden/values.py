"""What the sample events are made of. Nothing else may use these values: a golden file holds them."""

from decimal import Decimal

from events import orders
from events.values import (
    Commission,
    ExecutedLeg,
    Operator,
    StrategyTerms,
    SymbolRules,
)

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
