"""Looking at orders over REST: what became of known orders, and whether a placement that was never answered exists.

Functions of a client, without state; they run on the Gateway's thread.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import NamedTuple, TypeVar

from actors.deciders.orders import pending_leg_of
from actors.messages.orders import LookUpOrders, ReconcileOrders
from actors.messages.placements import SearchOrder, SearchOto
from events.numbers import EXACT
from events.reports import Fill, OrderSnapshot
from events.values import CLOSED_STATUSES, Side
from exchange.errors import RateLimited, Unauthorised, Unknown, VenueError
from exchange.port import VenueClient

CLOCK_DIFFERENCE_MS = 2_000
"""How far the venue's clock usually is from ours."""

DOUBTFUL_CLOCK_DIFFERENCE_MS = 60_000
"""How far it may be, at most, for an order from before a placement to be taken for it: one whose id is a new one."""

LARGEST_CLOCK_DIFFERENCE_MS = 2 * 3_600_000
"""How far it may be when something is wrong with either: as far back and ahead the history is read."""

OLDER_IN_A_ROW = 500
"""So many older orders, one after the other, end a reading of the history: it is newest first, but whether by creation
or by last change is not known (venue protocol notes, section 7.5)."""

T = TypeVar("T")


class Reading(NamedTuple):
    """What could be read; `problem` says what could not, empty when all could, and `error` is the gravest reason."""

    orders: tuple[OrderSnapshot, ...]
    fills: tuple[Fill, ...]
    fills_complete: frozenset[str]
    problem: str
    error: VenueError | None = None


NOTHING_READ = Reading((), (), frozenset(), "")


def read_orders(client: VenueClient, command: LookUpOrders, now: int) -> Reading:
    """Rows first, fills after them, so that the fills are never older than the rows. Never raises VenueError."""
    problems: list[VenueError] = []
    rows = {row.venue_order_id: row for row in _tried(partial(_wanted_rows, client, command, now), problems)}
    fills: list[Fill] = []
    complete: set[str] = set()
    for order_id in command.venue_order_ids:
        of_order = _tried(partial(client.user_trades, command.symbol, order_id), problems)
        fills.extend(of_order)
        if order_id in rows and _adds_up(rows[order_id], of_order):
            complete.add(order_id)
        elif order_id in rows:
            problems.append(Unknown(f"the fills of order {order_id} are not all listed"))
    problem = "; ".join(dict.fromkeys(one.message for one in problems))
    return Reading(tuple(rows.values()), tuple(fills), frozenset(complete), problem, _gravest(problems))


def _gravest(problems: list[VenueError]) -> VenueError | None:
    """What the account must heed before anything else."""
    kinds: tuple[type[VenueError], ...] = (Unauthorised, RateLimited, VenueError)
    return next((one for kind in kinds for one in problems if isinstance(one, kind)), None)


def executed_orders(client: VenueClient, command: ReconcileOrders, now: int) -> tuple[OrderSnapshot, ...]:
    """Orders that have ended since `since` and bought or sold something. Raises VenueError."""
    if not command.since:
        return ()
    until = now + LARGEST_CLOCK_DIFFERENCE_MS
    return tuple(
        row
        for one in command.executed
        for row in _down_to(one.above + 1, one.symbol, client.order_history(one.base_asset, command.since, until))
        if row.cum_qty > 0
    )


def find_oto(client: VenueClient, command: SearchOto, now: int) -> tuple[str, str] | None:
    """The ids of both legs of a placement, recognised by its values: no row carries an id of ours (venue protocol
    notes, section 14). Raises VenueError.
    """
    order = command.order
    rows = _newer_rows(client, command, now)
    values: tuple[Side, Decimal, Decimal] = ("BUY", order.working_price, order.quantity)
    working = _placed(tuple(row for row in rows if row.leg != "pending"), command, values)
    if working is not None:
        return working.venue_order_id, pending_leg_of(working, rows)
    _raise_if_locked(client, order.quote_asset, EXACT.multiply(order.working_price, order.quantity), rows)
    return None


def find_order(client: VenueClient, command: SearchOrder, now: int) -> str | None:
    """The id of a plain order, recognised by its values. Raises VenueError."""
    order = command.order
    rows = _newer_rows(client, command, now)
    values = (order.side, order.price, order.quantity)
    found = _placed(tuple(row for row in rows if row.leg is None), command, values)
    if found is not None:
        return found.venue_order_id
    _raise_if_locked(client, order.base_asset, order.quantity, rows)
    return None


def _placed(
    rows: tuple[OrderSnapshot, ...], command: SearchOto | SearchOrder, values: tuple[Side, Decimal, Decimal]
) -> OrderSnapshot | None:
    """The row of these values that is nobody else's and not from before, the nearest in time to the placement.

    Raises Unknown where there is only one that was created long before by the venue's clock, although its id is higher
    than that of every order before the placement: either it is another's, or the clock is wrong.
    """
    known, since = command.known_order_ids, command.since
    is_new = _newness(command)
    same = [row for row in rows if row.venue_order_id not in known and _values(row) == values]
    new = [row for row in same if is_new(row)]
    near = [row for row in new if row.created_time >= since - DOUBTFUL_CLOCK_DIFFERENCE_MS]
    if new and not near:
        age = (since - new[0].created_time) // 1000
        raise Unknown(f"order {new[0].venue_order_id} has its values, and is {age} s too old by the venue's clock")
    return min(near, key=lambda row: abs(row.created_time - since), default=None)


def _newness(command: SearchOto | SearchOrder) -> Callable[[OrderSnapshot], bool]:
    """Whether a row may be from after the placement, by the time of its creation or by its id."""
    earliest = command.since - CLOCK_DIFFERENCE_MS
    return lambda row: row.created_time >= earliest or int(row.venue_order_id) > command.newest_id


def _values(row: OrderSnapshot) -> tuple[Side, Decimal, Decimal]:
    return row.side, row.price, row.quantity


def _raise_if_locked(client: VenueClient, asset: str, amount: Decimal, rows: tuple[OrderSnapshot, ...]) -> None:
    """Balances can lag, so they prove nothing; but what the venue keeps locked may be for the order that no list shows.

    Raises Unknown when more is locked than the open orders explain, by at least what this order needs.
    """
    locked = sum((one.locked for one in client.balances() if one.asset == asset), Decimal(0))
    explained = sum((_locks(row, asset) for row in rows), Decimal(0))
    if locked - explained >= amount:
        raise Unknown(f"the venue keeps {locked:f} {asset} locked, for an order that no list shows")


def _locks(row: OrderSnapshot, asset: str) -> Decimal:
    left = row.quantity - row.cum_qty if row.order_status not in CLOSED_STATUSES else Decimal(0)
    if row.side == "SELL":
        return left if row.symbol.startswith(asset) else Decimal(0)
    return EXACT.multiply(left, row.price) if row.symbol.endswith(asset) else Decimal(0)


def _wanted_rows(client: VenueClient, command: LookUpOrders, now: int) -> tuple[OrderSnapshot, ...]:
    """Open orders first: one that ends between the two reads is then in the second, which stands."""
    wanted = set(command.venue_order_ids)
    least = min(map(int, wanted), default=0)
    rows = {row.venue_order_id: row for row in client.open_orders(command.symbol)}
    past = _past(client, command.base_asset, command.since, now)
    rows |= {row.venue_order_id: row for row in _down_to(least, command.symbol, past)}
    return tuple(row for row in rows.values() if row.venue_order_id in wanted)


def _newer_rows(client: VenueClient, command: SearchOto | SearchOrder, now: int) -> tuple[OrderSnapshot, ...]:
    """All open orders, and the ended ones that may be from after the placement; read in the order of _wanted_rows."""
    order, is_new = command.order, _newness(command)
    rows = {row.venue_order_id: row for row in client.open_orders(order.symbol)}
    past = _past(client, order.base_asset, command.since, now)
    newer = _recent(order.symbol, past, lambda row: row.venue_order_id in rows or is_new(row))
    return tuple((rows | {row.venue_order_id: row for row in newer}).values())


def _past(client: VenueClient, base_asset: str, since: int, now: int) -> Iterator[OrderSnapshot]:
    return client.order_history(base_asset, since - LARGEST_CLOCK_DIFFERENCE_MS, now + LARGEST_CLOCK_DIFFERENCE_MS)


def _down_to(least: int, symbol: str, past: Iterator[OrderSnapshot]) -> Iterator[OrderSnapshot]:
    return _recent(symbol, past, lambda row: int(row.venue_order_id) >= least)


def _recent(
    symbol: str, past: Iterator[OrderSnapshot], is_recent: Callable[[OrderSnapshot], bool]
) -> Iterator[OrderSnapshot]:
    """The recent rows of the symbol; nothing is read beyond what is surely older than all of them."""
    older = 0
    for row in past:
        if row.symbol == symbol and is_recent(row):
            older = 0
            yield row
        elif row.symbol == symbol:
            older += 1
            if older == OLDER_IN_A_ROW:
                return


def _tried(read: Callable[[], tuple[T, ...]], problems: list[VenueError]) -> tuple[T, ...]:
    try:
        return read()
    except VenueError as error:
        problems.append(error)
        return ()


def _adds_up(row: OrderSnapshot, fills: Iterable[Fill]) -> bool:
    """Fills may be listed later than the order's own figures (venue protocol notes, 7.6)."""
    unique = {fill.execution_id: fill.last_qty for fill in fills}
    return sum(unique.values(), Decimal(0)) >= row.cum_qty
