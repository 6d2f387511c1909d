"""Strategy terms and symbol rules for tests, with only what matters spelled out."""

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from events.values import StrategyTerms, SymbolRules

RULES = SymbolRules(
    symbol="ALPHA_900USDT",
    base_asset="ALPHA_900",
    quote_asset="USDT",
    status="TRADING",
    tick_size=Decimal("0.00000001"),
    step_size=Decimal("0.01"),
    min_price=Decimal("0.00000001"),
    max_price=Decimal(1000),
    min_qty=Decimal("0.01"),
    max_qty=Decimal(10_000_000),
    min_notional=Decimal("0.1"),
    max_notional=Decimal(1_000_000),
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
    interval_ms=3_000,
    order_timeout_ms=300_000,
    retry_delay_ms=60_000,
    volume_check_delay_ms=5_000,
    max_retry_attempts=3,
    probe_trades=0,
)


def terms(**changes: Any) -> StrategyTerms:
    return replace(
        TERMS, **{k: Decimal(v) if isinstance(v, str) and v[:1].isdigit() else v for k, v in changes.items()}
    )


def rules(**changes: Any) -> SymbolRules:
    return replace(RULES, **{k: Decimal(v) if v[:1].isdigit() else v for k, v in changes.items()})
