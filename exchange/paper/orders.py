"""Every order and fill the paper venue has accepted, by id and by account. One thread."""

from collections import defaultdict
from collections.abc import Iterator

from exchange.paper.model import OPEN, Fill, Order
from exchange.paper.store import Store

MAY_CHANGE = (*OPEN, "PENDING")
RECENT = 500
"""How many orders of an account are kept in memory; the store has those before them, except what still may change."""


class Orders:
    """All are in the store; those that may change, and each account's newest, are in memory too. Orders are replaced by
    id, fills only added.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._orders: dict[int, Order] = {}
        self._of_account: defaultdict[str, list[int]] = defaultdict(list)
        self._open: defaultdict[str, set[int]] = defaultdict(set)
        self._fills: defaultdict[int, list[Fill]] = defaultdict(list)
        for order in store.rows("orders", Order):
            self._remember(order)
        for fill in store.rows("fills", Fill):
            if fill.order_id in self._orders:
                self._fills[fill.order_id].append(fill)

    def put(self, order: Order) -> None:
        self._remember(order)
        self._store.put(order)

    def add_fill(self, fill: Fill) -> None:
        self._fills[fill.order_id].append(fill)
        self._store.put(fill)

    def get(self, order_id: int) -> Order | None:
        return self._orders.get(order_id) or self._store.order(order_id)

    def accounts(self) -> list[str]:
        """Those that have had an order."""
        return list(self._of_account)

    def all_of(self, account: str) -> Iterator[Order]:
        """Newest first."""
        ids = self._of_account[account]
        yield from [self._orders[order_id] for order_id in reversed(ids)]
        if len(ids) >= RECENT:
            older = self._store.orders_before(account, ids[-RECENT])
            yield from (order for order in older if order.order_id not in self._orders)

    def open_of(self, account: str) -> list[Order]:
        """Those in the book, oldest first; a waiting pending leg is not among them."""
        return [self._orders[order_id] for order_id in sorted(self._open[account])]

    def open(self) -> list[Order]:
        """Those in the book of every account."""
        return [order for account in list(self._open) for order in self.open_of(account)]

    def fills_of(self, order_id: int) -> list[Fill]:
        """Oldest first."""
        return self._fills[order_id] if order_id in self._orders else self._store.fills_of(order_id)

    def _remember(self, order: Order) -> None:
        if order.order_id not in self._orders:
            self._of_account[order.account].append(order.order_id)
        self._orders[order.order_id] = order
        if order.status in OPEN:
            self._open[order.account].add(order.order_id)
        else:
            self._open[order.account].discard(order.order_id)
        if len(self._of_account[order.account]) > 2 * RECENT:
            self._forget(order.account)

    def _forget(self, account: str) -> None:
        """The older half, but for what still may change."""
        ids = self._of_account[account]
        keep = [order_id for order_id in ids[:-RECENT] if self._orders[order_id].status in MAY_CHANGE]
        for order_id in set(ids[:-RECENT]) - set(keep):
            del self._orders[order_id]
            self._fills.pop(order_id, None)
        self._of_account[account] = keep + ids[-RECENT:]
