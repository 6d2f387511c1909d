"""The coins that trades left with an account: what stood there after each change, dust and held coins apart.

Dust cannot be sold alone and is sold with the coins of a later trade; held coins could be sold and were not. Coins of a
trade in hand are not among them; those that a sweep sells are, until it is over.
"""

from typing import Any

from events.base import Recorded
from events.inventory import DustRecorded, InventoryCleared, InventoryHeld
from projections.views.amounts import ZERO, amount, minus, plus
from projections.views.base import View
from projections.views.table import Amount, Book, Row, Table


class InventoryRow(Row):
    position: int
    at: int
    user_id: int
    asset: str
    dust: Amount
    held: Amount
    change: Amount
    what: str


class NewestInventoryRow(Row):
    user_id: int
    asset: str
    position: int


INVENTORY_ROWS = Table(
    "inventory",
    InventoryRow,
    ("position",),
    words={
        "asset": "the venue's name of the coins",
        "dust": "coins that cannot be sold alone, after this change",
        "held": "coins that could be sold and were not, after this change",
        "change": "coins that came, or went where it is below 0, with this change",
        "what": "what changed it: dust, held, or how held coins were cleared (sold, dust, acknowledged)",
    },
    indexes=(("user_id", "at"),),
)
NEWEST_ROWS = Table(
    "inventory_newest",
    NewestInventoryRow,
    ("user_id", "asset"),
    words={"asset": "the venue's name of the coins", "position": "the newest row in inventory"},
)


def _change(book: Book, at: Recorded, event: Any, what: str, **after: Amount) -> None:
    """A new row that stands as the one before it did, but for what stands there `after` the change."""
    newest = book[NEWEST_ROWS].get(event.user_id, event.asset)
    before = book[INVENTORY_ROWS].get(newest.position) if newest else None
    had = {"dust": before.dust, "held": before.held} if before else {"dust": ZERO, "held": ZERO}
    has = had | after
    change = minus(plus(has["dust"], has["held"]), plus(had["dust"], had["held"]))
    book[NEWEST_ROWS].put(NewestInventoryRow(event.user_id, event.asset, at.position))
    row = InventoryRow(at.position, at.meta.ts_init, event.user_id, event.asset, has["dust"], has["held"], change, what)
    book[INVENTORY_ROWS].put(row)


def _dust(book: Book, at: Recorded, event: DustRecorded) -> None:
    _change(book, at, event, "dust", dust=amount(event.total))


def _held(book: Book, at: Recorded, event: InventoryHeld) -> None:
    _change(book, at, event, "held", dust=ZERO, held=amount(event.quantity))


def _cleared(book: Book, at: Recorded, event: InventoryCleared) -> None:
    _change(book, at, event, event.how, held=ZERO)


INVENTORY = View(
    name="inventory",
    module=__name__,
    tables=(INVENTORY_ROWS, NEWEST_ROWS),
    handlers={
        DustRecorded: _dust,
        InventoryHeld: _held,
        InventoryCleared: _cleared,
    },
)
