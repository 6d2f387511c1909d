"""From the ends of a trade's orders to what the trade came to, also where a fill comes after the end. Pure."""

from decimal import Decimal

from msgspec.structs import replace

from actors.deciders.coins import coins_before, sellable
from actors.deciders.draft import Draft
from actors.deciders.user_inventory import Left, declare, value_in_books
from actors.deciders.user_strangers import report_executed
from actors.deciders.user_trade import abandon, cancel_open_leg
from actors.deciders.user_unwind import settle_coins
from actors.messages.orders import OrderEnded
from events.executions import OrderClosed
from events.orders import LateFillObserved, LegClosed
from events.values import ExecutedLeg, StrategyTerms, TradeLeg
from projections.states.user import SettledLeg, TradeState, how_to_stop, settled_legs

ZERO = Decimal(0)


def order_ended(draft: Draft, message: OrderEnded) -> None:
    """Counts each order once, by what it came to at last."""
    executed, trade = _executed(message.closed), draft.state.trade
    leg = _leg_in_hand(trade, executed.venue_order_id) if trade is not None else None
    if trade is None or leg is None:
        _late_for_settled(draft, executed)
        report_executed(draft, message.closed)
        return
    if not _note(draft, trade, leg, executed):
        return
    _settle(draft)
    if how_to_stop(draft.state) == "now":
        cancel_open_leg(draft, "the operator stops at once")


def _executed(closed: OrderClosed) -> ExecutedLeg:
    return ExecutedLeg(
        venue_order_id=closed.venue_order_id,
        order_status=closed.order_status,
        quantity=closed.cum_qty,
        quote=closed.cum_quote,
        avg_px=closed.avg_px,
        commissions=closed.commissions,
    )


def _leg_in_hand(trade: TradeState, venue_order_id: str) -> TradeLeg | None:
    if venue_order_id in (trade.unwind_order_id, *(one.venue_order_id for one in trade.unwinds)):
        return "unwind"
    if venue_order_id == trade.working_order_id:
        return "working"
    return "pending" if venue_order_id == trade.pending_order_id else None


def _note(draft: Draft, trade: TradeState, leg: TradeLeg, executed: ExecutedLeg) -> bool:
    """Whether it was news."""
    known = _known(trade, leg, executed.venue_order_id)
    if known is None:
        draft.record(LegClosed(user_id=draft.state.user_id, trade_id=trade.trade_id, leg=leg, executed=executed))
    elif (known.quantity, known.quote, known.commissions) != (executed.quantity, executed.quote, executed.commissions):
        asset = trade.terms.rules.base_asset if trade.terms is not None else ""
        before = SettledLeg(
            trade_id=trade.trade_id,
            strategy_id=trade.strategy_id,
            asset=asset,
            since=trade.requested_at,
            leg=leg,
            price=ZERO,
            executed=known,
        )
        # The trade in hand books its wear when it is over.
        draft.record(replace(_late_fill(draft.state.user_id, before, executed, ""), wear=ZERO))
    else:
        return False
    return True


def _known(trade: TradeState, leg: TradeLeg, venue_order_id: str) -> ExecutedLeg | None:
    if leg == "unwind":
        return next((one for one in trade.unwinds if one.venue_order_id == venue_order_id), None)
    return trade.buy if leg == "working" else trade.sell


def _settle(draft: Draft) -> None:
    """Once the legs have ended, say what the trade came to. A sale that is open or on its way is waited for."""
    trade = draft.state.trade
    if trade is None or trade.buy is None or trade.phase in ("selling", "seeking", "unwinding"):
        return
    if trade.buy.quantity == 0:
        abandon(draft, trade, f"the buy was {trade.buy.order_status} and bought nothing")
    elif trade.buy.order_status != "FILLED":
        # The pending leg is only activated by a completely filled buy (venue protocol notes, 6.5).
        settle_coins(draft, f"the buy was {trade.buy.order_status} in part")
    elif trade.sell is not None:
        whole = trade.sell.order_status == "FILLED"
        settle_coins(draft, "" if whole else f"the sell was {trade.sell.order_status}")


# --- fills after the trade was over ---


def _late_for_settled(draft: Draft, executed: ExecutedLeg) -> None:
    settled = next(
        (one for one in settled_legs(draft.state) if one.executed.venue_order_id == executed.venue_order_id), None
    )
    terms = draft.state.traded.get(settled.asset) if settled is not None else None
    if settled is None or terms is None or executed.quantity <= settled.executed.quantity:
        return
    late = _late_fill(draft.state.user_id, settled, executed, terms.rules.quote_asset)
    before = coins_before(draft.state, settled.asset)
    # Of coins that the operator took off the books more may have been sold than the books have.
    change = max(late.coins, -before)
    left = _left_after(terms, before + change, settled.price or executed.avg_px)
    draft.record(replace(late, wear=late.wear + value_in_books(draft.state, settled.asset) - left.counts))
    ids = {"user_id": draft.state.user_id, "strategy_id": settled.strategy_id, "trade_id": settled.trade_id}
    declare(draft, ids, left, change)


def _late_fill(user_id: int, settled: SettledLeg, executed: ExecutedLeg, quote_asset: str) -> LateFillObserved:
    """Its wear is what was paid more, or received less than nothing: the coins for it are not counted yet."""
    return LateFillObserved(
        user_id=user_id,
        strategy_id=settled.strategy_id,
        trade_id=settled.trade_id,
        leg=settled.leg,
        executed=executed,
        asset=settled.asset,
        coins=_coins(settled.leg, executed, settled.asset) - _coins(settled.leg, settled.executed, settled.asset),
        wear=_paid(settled.leg, executed, quote_asset) - _paid(settled.leg, settled.executed, quote_asset),
    )


def _left_after(terms: StrategyTerms, total: Decimal, price: Decimal) -> Left:
    """Whatever could be sold now is held, until it is sold with the coins of a trade in hand or the operator acts."""
    because = "an order filled after its trade was over" if sellable(total, price, terms) > 0 else ""
    return Left(terms=terms, total=total, price=price, held_because=because)


def _coins(leg: TradeLeg, executed: ExecutedLeg, asset: str) -> Decimal:
    """What the order brought of the coins, after commission."""
    fees = sum((c.amount for c in executed.commissions if c.asset == asset), ZERO)
    return (executed.quantity if leg == "working" else -executed.quantity) - fees


def _paid(leg: TradeLeg, executed: ExecutedLeg, quote_asset: str) -> Decimal:
    """What the order cost in the quote asset, with commission."""
    fees = sum((c.amount for c in executed.commissions if c.asset == quote_asset), ZERO)
    return (executed.quote if leg == "working" else -executed.quote) + fees
