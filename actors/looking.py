"""Looking at orders over REST: what became of known orders, and whether a placement that was never answered exists.

Functions of a client, without state; they run on the Gateway's thread.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import NamedTuple, TypeVar

from actors.messages import LookUpOrders, SearchOrder, SearchOto
from events.reports import Fill, OrderSnapshot
from exchange.errors import VenueError
from exchange.port import VenueClient

CLOCK_SKEW_MS = 2_000
"""How far the venue's clock may be from ours."""

T = TypeVar("T")


class Reading(NamedTuple):
    """What could be read; `problem` says what could not, empty when everything could."""

    orders: tuple[OrderSnapshot, ...]
    fills: tuple[Fill, ...]
    fills_complete: frozenset[str]
    problem: str


NOTHING_READ = Reading((), (), frozenset(), "")


def read_orders(client: VenueClient, command: LookUpOrders, now: int) -> Reading:
    """Rows first, fills after them, so that the fills are never older than the rows. Never raises VenueError."""
    problems: list[str] = []
    wanted = set(command.venue_order_ids)
    rows = {
        row.venue_order_id: row
        for row in _tried(partial(_rows, client, command, now), problems)
        if row.venue_order_id in wanted
    }
    fills: list[Fill] = []
    complete: set[str] = set()
    for order_id in command.venue_order_ids:
        of_order = _tried(partial(client.user_trades, command.symbol, order_id), problems)
        fills.extend(of_order)
        if order_id in rows and _adds_up(rows[order_id], of_order):
            complete.add(order_id)
        elif order_id in rows:
            problems.append(f"the fills of order {order_id} are not all listed")
    return Reading(tuple(rows.values()), tuple(fills), frozenset(complete), "; ".join(problems))


def find_oto(client: VenueClient, command: SearchOto, now: int) -> tuple[str, str] | None:
    """The ids of both legs of a placement, recognised by its values: no row carries an id of ours (venue protocol
    notes, section 14). Raises VenueError.
    """
    rows = [row for row in _rows(client, command, now) if row.venue_order_id not in command.known_order_ids]
    working = next((row for row in rows if _is_working_leg(row, command)), None)
    if working is None:
        return None
    return working.venue_order_id, _pending_leg_of(working, rows)


def find_order(client: VenueClient, command: SearchOrder, now: int) -> str | None:
    """The id of a plain order, recognised by its values. Raises VenueError."""
    order = command.order
    for row in _rows(client, command, now):
        same = (row.side, row.price, row.quantity) == (order.side, order.price, order.quantity)
        recent = row.created_time >= command.since - CLOCK_SKEW_MS
        if same and recent and row.leg is None and row.venue_order_id not in command.known_order_ids:
            return row.venue_order_id
    return None


def _rows(client: VenueClient, command: LookUpOrders | SearchOto | SearchOrder, now: int) -> tuple[OrderSnapshot, ...]:
    """Open orders first: one that ends between the two reads is then in the second, which stands."""
    symbol, base_asset = _names(command)
    rows = {row.venue_order_id: row for row in client.open_orders(symbol)}
    past = client.order_history(base_asset, command.since - CLOCK_SKEW_MS, now + CLOCK_SKEW_MS)
    rows |= {row.venue_order_id: row for row in past if row.symbol == symbol}
    return tuple(rows.values())


def _names(command: LookUpOrders | SearchOto | SearchOrder) -> tuple[str, str]:
    named = command if isinstance(command, LookUpOrders) else command.order
    return named.symbol, named.base_asset


def _tried(read: Callable[[], tuple[T, ...]], problems: list[str]) -> tuple[T, ...]:
    try:
        return read()
    except VenueError as error:
        problems.append(error.message)
        return ()


def _adds_up(row: OrderSnapshot, fills: Iterable[Fill]) -> bool:
    """Fills may be listed later than the order's own figures (venue protocol notes, 7.6)."""
    unique = {fill.execution_id: fill.last_qty for fill in fills}
    return sum(unique.values(), Decimal(0)) >= row.cum_qty


def _is_working_leg(row: OrderSnapshot, command: SearchOto) -> bool:
    order = command.order
    same_values = (row.side, row.price, row.quantity) == ("BUY", order.working_price, order.quantity)
    return same_values and row.leg in ("working", None) and row.created_time >= command.since - CLOCK_SKEW_MS


def _pending_leg_of(working: OrderSnapshot, rows: list[OrderSnapshot]) -> str:
    """A leg that still waits may be in no list; a pair's ids were always consecutive (venue protocol notes, 6.4)."""
    for row in rows:
        if row is not working and row.order_list_id is not None and row.order_list_id == working.order_list_id:
            return row.venue_order_id
    return str(int(working.venue_order_id) + 1)
