"""Which trade an order belongs to, for views of orders and of fills, which each keep their own list of it.

The venue's reports of an order may come before its placement's answer, and name no trade.
"""

from typing import Any

from events.orders import OtoAccepted
from events.unwinds import UnwindAccepted, UnwindRequested
from projections.views.table import Book, Row, Table


class OwnerRow(Row):
    user_id: int
    venue_order_id: str
    strategy_id: str
    trade_id: str


class SellingRow(Row):
    user_id: int
    strategy_id: str
    trade_id: str


class Owners:
    """The tables of one view's list. An account has one trade in hand at a time, so it has one sale of leftovers."""

    def __init__(self, view: str) -> None:
        self._owners = Table(f"{view}_owners", OwnerRow, ("user_id", "venue_order_id"), words={})
        self._selling = Table(f"{view}_selling", SellingRow, ("user_id",), words={})
        self.tables: tuple[Table[Any], ...] = (self._owners, self._selling)

    def find(self, book: Book, user_id: int, venue_order_id: str) -> tuple[str, str]:
        """Strategy and trade of an order, both empty where nothing is known of it."""
        owner = book[self._owners].get(user_id, venue_order_id)
        return (owner.strategy_id, owner.trade_id) if owner else ("", "")

    def placed(self, book: Book, event: OtoAccepted) -> tuple[str, str]:
        """Note both orders of a placement, and return their ids."""
        orders = (event.working_order_id, event.pending_order_id)
        for venue_order_id in orders:
            book[self._owners].put(OwnerRow(event.user_id, venue_order_id, event.strategy_id, event.trade_id))
        return orders

    def selling(self, book: Book, event: UnwindRequested) -> None:
        """A sale of leftovers is about to be placed."""
        book[self._selling].put(SellingRow(event.user_id, event.strategy_id, event.trade_id))

    def sold(self, book: Book, event: UnwindAccepted) -> tuple[str, str]:
        """Note the order of a sale, and return its strategy and trade."""
        selling = book[self._selling].get(event.user_id)
        strategy_id = selling.strategy_id if selling and selling.trade_id == event.trade_id else ""
        book[self._owners].put(OwnerRow(event.user_id, event.venue_order_id, strategy_id, event.trade_id))
        return strategy_id, event.trade_id
