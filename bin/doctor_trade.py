"""The doctor's look at a trade that is in hand: which of its orders may be open, and what it has not sold."""

from decimal import Decimal

from actors.deciders.coins import remainder_of
from bin.doctor_findings import Finding, ok, warning
from events.numbers import plain
from projections.states.user import TradeState, UserState, newest_order

HAND = "trade in hand"


def trade_in_hand(state: UserState, *, runs: bool) -> Finding:
    """A warning where nobody works on it: `runs` says that a supervisor does, unless the account is out of its run."""
    user, trade = state.user_id, state.trade
    if trade is None or trade.phase == "quoting":
        return ok(HAND, "none", user)
    words = f"{trade.trade_id}: {'; '.join((*_orders(trade), *_cancel(trade), *_coins(trade)))}"
    if runs and not state.parked and state.stopping != "now":
        return ok(HAND, f"the run works on {words}", user)
    return warning(HAND, words, _mend(state), user)


def _mend(state: UserState) -> str:
    settled = f"the next run with user {state.user_id} looks at the venue and settles it before it trades"
    if state.restricted:
        settled = f"then bin/run resume --user {state.user_id}: who goes on settles it before it trades"
    return f"look at the order at the venue, and cancel it there where it must not stay; {settled}"


def _orders(trade: TradeState) -> list[str]:
    """Those that may be open, as they were asked for."""
    buy, sell = _oto(trade)
    match trade.phase:
        case "placing" | "searching":
            return [f"{buy} was sent, and the venue has not confirmed it; {sell} follows it"]
        case "working":
            return [f"{buy}, order {trade.working_order_id}, may be open; {sell}, order {trade.pending_order_id}"]
        case "pending":
            return [f"{sell}, order {trade.pending_order_id}, may be open"]
        case "selling" | "seeking":
            return [f"{_sale(trade)} was sent, and the venue has not confirmed it"]
        case "unwinding":
            return [f"{_sale(trade)}, order {trade.unwind_order_id}, may be open"]
        case _:
            return []


def _cancel(trade: TradeState) -> list[str]:
    """Its answer never proves the order's end."""
    if not trade.canceling:
        return []
    answer = f"was answered: {trade.cancel_answer}" if trade.cancel_answer else "was not answered"
    return [f"the cancel of order {trade.canceling} {answer}"]


def _oto(trade: TradeState) -> tuple[str, str]:
    order = trade.order
    if order is None:
        return "", ""
    return (
        _order("BUY", order.quantity, order.symbol, order.working_price),
        _order("SELL", order.quantity, order.symbol, order.pending_price),
    )


def _sale(trade: TradeState) -> str:
    order = trade.unwind_order
    return "" if order is None else _order(order.side, order.quantity, order.symbol, order.price)


def _order(side: str, quantity: Decimal, symbol: str, price: Decimal) -> str:
    return f"{side} {plain(quantity)} {symbol} at {plain(price)}"


def _coins(trade: TradeState) -> list[str]:
    order = newest_order(trade)
    left = remainder_of(trade, order.base_asset) if order is not None else Decimal(0)
    name = trade.terms.ticker if trade.terms is not None else "coins"
    return [f"{plain(left)} {name} bought and not known to be sold"] if left > 0 else []
