"""What the paper venue keeps of the steps of its orders, and the numbers it gives them."""

from collections.abc import Iterable

import msgspec

from exchange.paper.matching import Group
from exchange.paper.model import Fill, Order, Report, Step
from exchange.paper.venue import Venue

_FIRST_EXECUTION, _FIRST_MATCH = 50_000_000_001, 310_001


class Outcome(msgspec.Struct, frozen=True):
    """What a request or a match came to: the orders it touched as they are now, and what the stream must tell."""

    orders: tuple[Order, ...] = ()
    reports: tuple[Report, ...] = ()


def record(venue: Venue, group: Group, steps: Iterable[Step], now: int, match_id: int = 0) -> Outcome:
    """Keep a group as the steps have left it, with its fills and credits. `match_id` is that of the other side of
    their one trade; 0: they get ids of their own.
    """
    if venue.faults.active:
        venue.faults.past.keep_account(venue.accounts.get(group.account.user_id), now)
    venue.accounts.put(group.account)
    orders = (group.order,) if group.pending is None else (group.order, group.pending)
    for order in orders:
        venue.orders.put(order)
    return Outcome(orders, tuple(_reports(venue, steps, now, match_id)))


def _reports(venue: Venue, steps: Iterable[Step], now: int, match_id: int) -> Iterable[Report]:
    """Give the steps their ids; fills of one sweep at one price share a match id (section 5.4)."""
    rank = 1 if match_id else 0
    for step in steps:
        if step.take and step.take.price_rank != rank:
            match_id, rank = venue.numbers.next("match", _FIRST_MATCH), step.take.price_rank
        execution_id = venue.numbers.next("execution", _FIRST_EXECUTION)
        report = Report(execution_id, match_id if step.take else 0, now, step)
        _keep_fill(venue, report)
        credit = venue.volumes.credit(step, now)
        if credit is not None and venue.faults.active:
            venue.faults.past.keep_credit(credit)
        yield report


def _keep_fill(venue: Venue, report: Report) -> None:
    step = report.step
    if step.take is None:
        return
    fill = Fill(
        report.execution_id,
        report.match_id,
        step.order.order_id,
        report.at,
        step.take,
        last=step.order.status == "FILLED",
    )
    venue.orders.add_fill(fill)
