"""Every order and fill the paper venue has accepted, by id and by account. One thread."""

from collections import defaultdict

from exchange.paper.model import OPEN, Fill, Order
from exchange.paper.store import Store


class Orders:
    """Kept in memory whole and in the store; orders are replaced by id, fills only added."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._orders: dict[int, Order] = {}
        self._of_account: defaultdict[str, list[int]] = defaultdict(list)
        self._open: defaultdict[str, set[int]] = defaultdict(set)
        self._fills: defaultdict[int, list[Fill]] = defaultdict(list)
        for order in store.rows("orders", Order):
            self._remember(order)
        for fill in store.rows("fills", Fill):
            self._fills[fill.order_id].append(fill)

    def put(self, order: Order) -> None:
        self._remember(order)
        self._store.put(order)

    def add_fill(self, fill: Fill) -> None:
        self._fills[fill.order_id].append(fill)
        self._store.put(fill)

    def get(self, order_id: int) -> Order | None:
        return self._orders.get(order_id)

    def all_of(self, account: str) -> list[Order]:
        """Newest first."""
        return [self._orders[order_id] for order_id in reversed(self._of_account[account])]

    def open_of(self, account: str) -> list[Order]:
        """Those in the book, oldest first; a waiting pending leg is not among them."""
        return [self._orders[order_id] for order_id in sorted(self._open[account])]

    def open(self) -> list[Order]:
        """Those in the book of every account."""
        return [order for account in list(self._open) for order in self.open_of(account)]

    def fills_of(self, order_id: int) -> list[Fill]:
        """Oldest first."""
        return self._fills.get(order_id, [])

    def _remember(self, order: Order) -> None:
        if order.order_id not in self._orders:
            self._of_account[order.account].append(order.order_id)
        self._orders[order.order_id] = order
        if order.status in OPEN:
            self._open[order.account].add(order.order_id)
        else:
            self._open[order.account].discard(order.order_id)
