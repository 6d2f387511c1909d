"""One trade as the log holds it, from its start to its end, for the logs that benchmarks read."""

import random
from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

import msgspec

from events.base import Event
from events.executions import OrderClosed, OrderExecuted, OrderReported
from events.inventory import DustRecorded
from events.numbers import payment_amount
from events.orders import LegClosed, OtoAccepted, OtoOrder, OtoRejected, OtoRequested
from events.reports import ExecutionReport, order_reported
from events.trades import QuoteObserved, TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.values import Commission, ExecutedLeg

BASE, QUOTE, SYMBOL = "ALPHA_382", "USDT", "ALPHA_382USDT"
FEE = Decimal("0.0001")
EIGHTH, HUNDREDTH, NINTH = Decimal("0.00000001"), Decimal("0.01"), Decimal("0.000000001")
ZERO = Decimal(0)
REJECTED_ONE_IN, HALF_SOLD_ONE_IN = 50, 90

Piece = list[tuple[str, Event]]
"""Streams and events that are recorded together."""


class Trade(NamedTuple):
    """Trade `number` of `planned` of an account's batch, and the `sequence`th that the account ever makes."""

    user_id: int
    strategy_id: str
    sequence: int
    number: int
    planned: int
    credit: Decimal

    @property
    def trade_id(self) -> str:
        return f"{self.user_id}-{self.sequence:06d}"

    @property
    def who(self) -> dict[str, Any]:
        return {"user_id": self.user_id, "strategy_id": self.strategy_id, "trade_id": self.trade_id}


class _Leg(NamedTuple):
    """One of the trade's two orders, and what it comes to."""

    name: str
    side: str
    order_id: int
    price: Decimal
    market: Decimal
    quantity: Decimal
    filled: Decimal


def trade_events(trade: Trade, chance: random.Random) -> tuple[list[Piece], Decimal]:
    """The trade's events, in pieces that are recorded together, and what the venue counts for it."""
    market = Decimal(chance.randint(2_100_000, 2_300_000)).scaleb(-8)
    order = _order(market)
    user = f"user-{trade.user_id}"
    opening: Piece = [
        (user, TradeStarted(**trade.who, batch=1, number=trade.number, planned_trades=trade.planned)),
        (user, QuoteObserved(**trade.who, price=market, mul_point=4)),
        (user, OtoRequested(**trade.who, order=order)),
    ]
    fate = chance.randrange(REJECTED_ONE_IN * HALF_SOLD_ONE_IN)
    if fate % REJECTED_ONE_IN == 0:
        return [opening, _rejected(trade)], ZERO
    return [opening, *_filled(trade, order, market, half_sold=fate % HALF_SOLD_ONE_IN == 0)], trade.credit


def _order(market: Decimal) -> OtoOrder:
    price = (market * Decimal("1.1")).quantize(EIGHTH)
    quantity = (40 / price).quantize(HUNDREDTH, rounding=ROUND_DOWN)
    return OtoOrder(
        symbol=SYMBOL,
        base_asset=BASE,
        quote_asset=QUOTE,
        working_price=price,
        quantity=quantity,
        amount=payment_amount(price, quantity),
        pending_price=(price * Decimal("0.9")).quantize(EIGHTH),
    )


def _rejected(trade: Trade) -> Piece:
    user = f"user-{trade.user_id}"
    refusal = OtoRejected(**trade.who, code="481020", message="insufficient balance")
    end = TradeAbandoned(**trade.who, batch=1, number=trade.number, reason="rejected by the venue", wait_ms=20_000)
    return [(user, refusal), (user, end)]


def _filled(trade: Trade, order: OtoOrder, market: Decimal, *, half_sold: bool) -> Iterator[Piece]:
    user, orders = f"user-{trade.user_id}", f"orders-{trade.user_id}"
    first = (trade.user_id * 1_000_000 + trade.sequence) * 2
    bought = order.quantity
    sold = (bought * (1 - FEE)).quantize(HUNDREDTH, rounding=ROUND_DOWN)
    part = (sold / 2).quantize(HUNDREDTH) if half_sold else sold
    buy = _Leg("working", "BUY", first, order.working_price, market, bought, bought)
    sell = _Leg("pending", "SELL", first + 1, order.pending_price, market - EIGHTH * 7, sold, part)
    yield [(orders, _report(trade, buy, "NEW")), (orders, _report(trade, sell, "PENDING"))]
    ids: dict[str, Any] = {"working_order_id": str(buy.order_id), "pending_order_id": str(sell.order_id)}
    yield [(user, OtoAccepted(**trade.who, **ids))]
    yield [(orders, each) for each in _ended(trade, buy)]
    closed: dict[str, Any] = {"user_id": trade.user_id, "trade_id": trade.trade_id}
    yield [
        (orders, _report(trade, sell, "NEW")),
        (user, LegClosed(**closed, leg="working", executed=_executed(buy))),
    ]
    yield [(orders, each) for each in _ended(trade, sell)]
    yield [(user, LegClosed(**closed, leg="pending", executed=_executed(sell))), *_outcome(trade, buy, sell)]


def _outcome(trade: Trade, buy: _Leg, sell: _Leg) -> Piece:
    user = f"user-{trade.user_id}"
    paid, received = _executed(buy), _executed(sell)
    left = buy.filled - _fee(buy).amount - sell.filled
    wear = paid.quote - received.quote + _fee(sell).amount
    common: dict[str, Any] = {**trade.who, "batch": 1, "number": trade.number, "buy": paid, "sell": received}
    common |= {"credit_expected": trade.credit, "remainder": left}
    if sell.filled < sell.quantity:
        worth = (left * buy.market).quantize(EIGHTH)
        return [(user, TradePartlyCompleted(**common, wear=wear - worth, reason="the sell order timed out"))]
    dust = DustRecorded(**trade.who, asset=BASE, quantity=left, total=left, value=left * buy.market)
    return [(user, TradeCompleted(**common, wear=wear)), (user, dust)]


def _ended(trade: Trade, leg: _Leg) -> Iterator[Event]:
    whole = leg.filled == leg.quantity
    fill, fee = _report(trade, leg, "FILLED" if whole else "PARTIALLY_FILLED"), _fee(leg)
    yield fill
    yield OrderExecuted(
        user_id=trade.user_id,
        venue_order_id=fill.venue_order_id,
        symbol=SYMBOL,
        side=fill.side,
        execution_id=fill.execution_id,
        match_id=fill.match_id,
        last_qty=fill.last_qty,
        last_px=fill.last_px,
        last_quote=fill.last_quote,
        commission=fee.amount,
        commission_asset=fee.asset,
    )
    if not whole:
        yield _report(trade, leg, "CANCELED")
    done = _executed(leg)
    yield OrderClosed(
        user_id=trade.user_id,
        venue_order_id=fill.venue_order_id,
        symbol=SYMBOL,
        side=fill.side,
        order_status=done.order_status,
        cum_qty=done.quantity,
        cum_quote=done.quote,
        avg_px=done.avg_px,
        commissions=done.commissions,
    )


def _executed(leg: _Leg) -> ExecutedLeg:
    return ExecutedLeg(
        venue_order_id=str(leg.order_id),
        order_status="FILLED" if leg.filled == leg.quantity else "CANCELED",
        quantity=leg.filled,
        quote=payment_amount(leg.market, leg.filled),
        avg_px=leg.market.quantize(NINTH),
        commissions=(_fee(leg),),
    )


def _fee(leg: _Leg) -> Commission:
    if leg.side == "BUY":
        return Commission(asset=BASE, amount=(leg.filled * FEE).quantize(EIGHTH))
    return Commission(asset=QUOTE, amount=(payment_amount(leg.market, leg.filled) * FEE).quantize(EIGHTH))


STATES = ("NEW", "PENDING", "PARTIALLY_FILLED", "FILLED", "CANCELED")


def _report(trade: Trade, leg: _Leg, status: str) -> OrderReported:
    fills = status in ("FILLED", "PARTIALLY_FILLED")
    known = fills or status == "CANCELED"
    quote, fee = payment_amount(leg.market, leg.filled), _fee(leg)
    fields: dict[str, Any] = {
        "venue_order_id": str(leg.order_id),
        "order_list_id": str(leg.order_id // 2),
        "leg": leg.name,
        "symbol": SYMBOL,
        "side": leg.side,
        "order_status": status,
        "execution_type": "TRADE" if fills else "CANCELED" if status == "CANCELED" else "NEW",
        "price": leg.price,
        "quantity": ZERO if status == "PENDING" else leg.quantity,
        "last_qty": leg.filled if fills else ZERO,
        "last_px": leg.market if fills else ZERO,
        "last_quote": quote if fills else ZERO,
        "cum_qty": leg.filled if known else ZERO,
        "cum_quote": quote if known else ZERO,
        "avg_px": leg.market if known else ZERO,
        "commission": fee.amount if fills else ZERO,
        "commission_asset": fee.asset if fills else None,
        "execution_id": leg.order_id * len(STATES) + STATES.index(status),
        "match_id": str(leg.order_id) if fills else "0",
        "created_time": 0,
        "transact_time": 0,
    }
    # About as long as the venue's frames are.
    raw = msgspec.json.encode({**fields, "c": f"web_{leg.order_id:032x}", "f": "GTC", "o": "LIMIT", "m": False})
    return order_reported(trade.user_id, "stream", ExecutionReport(**fields, raw=raw.decode()))
