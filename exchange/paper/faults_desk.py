"""What faults do to orders: at their market, when a pending leg's turn has come, and to cancels.

The ledger stays the truth: whatever fills here is paid, kept and counted like any other fill. Times in ms.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from exchange.paper.faults import LateFill, of_order
from exchange.paper.faults_actions import Activation, EndOrder, FillAfterEnd, FillDespiteCancel, NoFill
from exchange.paper.matching import Book, Execution, Group, Level, cancel, execute, hold
from exchange.paper.model import ENDINGS, Ending, Order
from exchange.paper.rounding import floor_to
from exchange.paper.rules import TradingRules
from exchange.paper.venue import Venue


class Meeting(msgspec.Struct, frozen=True):
    """An open order before its market."""

    group: Group
    book: Book
    rules: TradingRules
    now: int


def meet_market(venue: Venue, meeting: Meeting) -> Execution:
    """What comes of it, with the faults that strike; no steps when nothing does."""
    late = venue.faults.late_fills.get(meeting.group.order.order_id)
    if late is not None:
        return _late(venue, meeting, late)
    if not venue.faults.active:
        return execute(meeting.group, meeting.book, meeting.rules, meeting.now)
    for action in venue.faults.meet(of_order("match", meeting.group.order, meeting.now)):
        match action:
            case NoFill():
                venue.faults.resting.add(meeting.group.order.order_id)
                return Execution(meeting.group, meeting.book)
            case EndOrder():
                return fill_and_end(meeting, action.share, action.status, venue.settings.pending_after_cancel)
    return _activated(venue, meeting)


def _activated(venue: Venue, meeting: Meeting) -> Execution:
    """The usual execution, unless it lets a pending leg's turn come and a fault is for that leg."""
    usual = execute(meeting.group, meeting.book, meeting.rules, meeting.now)
    pending = meeting.group.pending
    if pending is None or usual.group.order.status != "FILLED":
        return usual
    for action in venue.faults.meet(of_order("activation", pending, meeting.now)):
        if isinstance(action, Activation):
            return execute(meeting.group, meeting.book, meeting.rules, meeting.now, action.becomes)
    return usual


def _late(venue: Venue, meeting: Meeting, late: LateFill) -> Execution:
    if meeting.now < late.at:
        return Execution(meeting.group, meeting.book)
    del venue.faults.late_fills[meeting.group.order.order_id]
    return fill_and_end(meeting, late.share, "CANCELED", venue.settings.pending_after_cancel)


def fill_and_end(meeting: Meeting, share: Decimal, ends: Ending, pending_ends: Ending) -> Execution:
    """Fill a share of what is left, floored to the step, at the best price or the order's own; then end the rest.

    Pure. With the whole share the order is FILLED, and there is nothing to end.
    """
    order = meeting.group.order
    quantity = floor_to(order.leaves_qty * share, meeting.rules.step)
    done = execute(meeting.group, _offer(meeting, quantity), meeting.rules, meeting.now)
    if done.group.order.status == "FILLED":
        return Execution(done.group, meeting.book, done.steps)
    group, steps = cancel(done.group, meeting.now, pending_ends, ends)
    return Execution(group, meeting.book, (*done.steps, *steps))


def _offer(meeting: Meeting, quantity: Decimal) -> Book:
    """A book with as much as the order is to take, and the other side as it is."""
    order, book = meeting.group.order, meeting.book
    if order.side == "BUY":
        price = min([order.price, *(level.price for level in book.asks[:1])])
        return Book(book.bids, (Level(price, quantity),) if quantity else ())
    price = max([order.price, *(level.price for level in book.bids[:1])])
    return Book((Level(price, quantity),) if quantity else (), book.asks)


def fills_despite_cancel(venue: Venue, order: Order, now: int) -> bool:
    """Whether a cancel is only answered: the order will fill, from now on or later, when it meets its market."""
    if order.order_id in venue.faults.late_fills:
        return True
    for action in venue.faults.meet(of_order("cancel", order, now)):
        if isinstance(action, FillDespiteCancel):
            venue.faults.late_fills[order.order_id] = LateFill(now + int(action.seconds * 1000), action.share)
            return True
    return False


def note_ends(venue: Venue, orders: Iterable[Order], now: int) -> None:
    """Let those of the orders fill later that were in the book and have ended without being filled."""
    for order in orders if venue.faults.active else ():
        if order.status not in ENDINGS or order.working_at == 0:
            continue
        for action in venue.faults.meet(of_order("end", order, now)):
            if isinstance(action, FillAfterEnd):
                late = LateFill(now + int(action.seconds * 1000), action.share)
                venue.faults.fills_after_end[order.order_id] = late


def fill_after_end(meeting: Meeting, share: Decimal) -> Execution:
    """Take an ended order into the book again for this share of what was left of it. Pure.

    It ends as it had ended, or is FILLED; nothing happens when the account cannot pay for what was left.
    """
    order = meeting.group.order
    paid = hold(meeting.group.account, replace(order, quantity=order.leaves_qty))
    match order.status:
        case ("CANCELED" | "EXPIRED" | "REJECTED") as ended if paid is not None:
            opened = replace(order, held=paid.order.held, status="PARTIALLY_FILLED" if order.cum_qty else "NEW")
            again = Meeting(Group(paid.account, opened), meeting.book, meeting.rules, meeting.now)
            return fill_and_end(again, share, ended, ended)
    return Execution(meeting.group, meeting.book)
