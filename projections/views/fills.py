"""Every fill, counted once, with the trade that it belongs to.

Fills may be reported before the placement is answered; they get their trade when it is.
"""

from events.base import Recorded
from events.executions import OrderExecuted
from events.orders import OtoAccepted
from events.unwinds import UnwindAccepted, UnwindRequested
from projections.views.amounts import amount, utc_day
from projections.views.base import View
from projections.views.owners import Owners
from projections.views.table import Amount, Book, Row, Table


class FillRow(Row):
    position: int
    at: int
    day: str
    user_id: int
    strategy_id: str
    trade_id: str
    venue_order_id: str
    symbol: str
    side: str
    last_qty: Amount
    last_px: Amount
    last_quote: Amount
    commission: Amount
    commission_asset: str
    execution_id: int
    match_id: str


class AwaitingRow(Row):
    user_id: int
    venue_order_id: str
    number: int
    position: int


FILL_ROWS = Table(
    "fills",
    FillRow,
    ("position",),
    words={
        "at": "when, by the venue's clock where it said so, ms since the epoch (UTC)",
        "last_qty": "coins",
        "last_px": "at this price",
        "last_quote": "for so much of the quote asset",
        "commission": "what the venue took for it",
        "commission_asset": "in this asset",
        "execution_id": "the venue's id of the fill",
        "match_id": "the venue's id of the match",
    },
    indexes=(("user_id", "day"), ("at",), ("trade_id",), ("venue_order_id",)),
)
AWAITING_ROWS = Table(
    "fills_awaiting",
    AwaitingRow,
    ("user_id", "venue_order_id", "number"),
    words={"number": "counts the fills of an order of which no trade is known yet", "position": "the fill"},
)
OWNERS = Owners("fills")


def _executed(book: Book, at: Recorded, event: OrderExecuted) -> None:
    strategy_id, trade_id = OWNERS.find(book, event.user_id, event.venue_order_id)
    if not trade_id:
        _await_owner(book, event, at.position)
    book[FILL_ROWS].put(
        FillRow(
            position=at.position,
            at=at.meta.ts_event,
            day=utc_day(at.meta.ts_event),
            user_id=event.user_id,
            strategy_id=strategy_id,
            trade_id=trade_id,
            venue_order_id=event.venue_order_id,
            symbol=event.symbol,
            side=event.side,
            last_qty=amount(event.last_qty),
            last_px=amount(event.last_px),
            last_quote=amount(event.last_quote),
            commission=amount(event.commission),
            commission_asset=event.commission_asset,
            execution_id=event.execution_id,
            match_id=event.match_id,
        )
    )


def _await_owner(book: Book, event: OrderExecuted, position: int) -> None:
    rows, number = book[AWAITING_ROWS], 0
    while rows.get(event.user_id, event.venue_order_id, number) is not None:
        number += 1
    rows.put(AwaitingRow(event.user_id, event.venue_order_id, number, position))


def _placed(book: Book, _at: Recorded, event: OtoAccepted) -> None:
    for venue_order_id in OWNERS.placed(book, event):
        _give(book, event.user_id, venue_order_id)


def _requested(book: Book, _at: Recorded, event: UnwindRequested) -> None:
    OWNERS.selling(book, event)


def _sold(book: Book, _at: Recorded, event: UnwindAccepted) -> None:
    OWNERS.sold(book, event)
    _give(book, event.user_id, event.venue_order_id)


def _give(book: Book, user_id: int, venue_order_id: str) -> None:
    """Tell the fills that wait which trade theirs is."""
    number = 0
    while (waiting := book[AWAITING_ROWS].get(user_id, venue_order_id, number)) is not None:
        if fill := book[FILL_ROWS].edit(waiting.position):
            fill.strategy_id, fill.trade_id = OWNERS.find(book, user_id, venue_order_id)
        book[AWAITING_ROWS].remove(user_id, venue_order_id, number)
        number += 1


FILLS = View(
    name="fills",
    module=__name__,
    tables=(FILL_ROWS, AWAITING_ROWS, *OWNERS.tables),
    handlers={
        OrderExecuted: _executed,
        OtoAccepted: _placed,
        UnwindRequested: _requested,
        UnwindAccepted: _sold,
    },
)
