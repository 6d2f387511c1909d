"""Sample events of orders."""

from decimal import Decimal

from events import executions, orders, unwinds
from events.base import Event
from events.reports import ExecutionReport, order_reported
from events.values import (
    OrderCount,
)
from tests.golden.values import BUY, ORDER, SALE

ORDERS: tuple[Event, ...] = (
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
    unwinds.UnwindStarted(
        user_id=1, strategy_id="aop", trade_id="1-aop-7", quantity=Decimal("18179.99"), reason="the sell was CANCELED"
    ),
    unwinds.UnwindPriced(user_id=1, trade_id="1-aop-7", attempt=1, best_bid=Decimal("0.00199"), message=""),
    unwinds.UnwindRequested(user_id=1, strategy_id="aop", trade_id="1-aop-7", attempt=1, order=SALE),
    unwinds.UnwindAccepted(user_id=1, trade_id="1-aop-7", venue_order_id="7000003", found=True),
    unwinds.UnwindFailed(user_id=1, trade_id="1-aop-7", outcome="unknown", code="", message="read timed out"),
    unwinds.UnwindEnded(user_id=1, trade_id="1-aop-7", quantity=Decimal("18179.99"), reason="5 sales did not sell it"),
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
    executions.FramesAwaited(user_id=1, venue_order_ids=("7000001", "7000002"), until=1763683204000),
    executions.FramesMissed(user_id=1, venue_order_ids=("7000001",)),
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
    executions.ReportIgnored(user_id=1, venue_order_id="7000001", execution_id=99887766, reason="duplicate"),
    executions.FrameUnreadable(user_id=1, reason="field `i` is missing", raw='{"e":"executionReport"}'),
    executions.OrderExecuted(
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
    executions.OrderClosed(
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
)
