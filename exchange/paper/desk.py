"""What happens to orders once they are placed: they meet their market, or are canceled.

Writes stay in the store's open transaction; whoever calls commits before anybody is told. Times in ms.
"""

from msgspec.structs import replace

from exchange.paper.chance import chance
from exchange.paper.crossing import make, with_offers, without_offers
from exchange.paper.faults_desk import Meeting, fill_after_end, fills_despite_cancel, meet_market, note_ends
from exchange.paper.matching import Book, Group, cancel
from exchange.paper.model import OPEN, Order, Rejection, Report, Step
from exchange.paper.records import Outcome, record
from exchange.paper.rules import UNKNOWN_ORDER, TradingRules
from exchange.paper.venue import Venue


def match(venue: Venue, order_id: int, now: int) -> Outcome:
    """Let an open order meet its market; nothing happens to one that is open no longer or never fills."""
    order = venue.orders.get(order_id)
    rules = venue.listings.rules.get(order.symbol) if order is not None else None
    if order is None or rules is None:  # the latter: placed when the venue ran with other files
        return Outcome()
    meeting = Meeting(_group(venue, order), venue.markets.at(order.symbol, now).book, rules, now)
    late = venue.faults.fills_after_end.pop(order_id, None)
    if late is not None:
        execution = fill_after_end(meeting, late.share)
        return record(venue, execution.group, execution.steps, now)
    if order.status not in OPEN or _never_fills(venue, order_id):
        return Outcome()
    execution = meet_market(venue, replace(meeting, book=_book_before(venue, order, meeting.book)))
    if not execution.steps:
        return Outcome((order,))
    book = without_offers(execution.book)
    venue.markets.leave(order.symbol, book)
    outcome = _recorded(venue, execution.group, execution.steps, now)
    made = [_made(venue, report, book, rules, now) for report in outcome.reports if _with_an_account(report)]
    return _joined([outcome, *made])


def _book_before(venue: Venue, order: Order, book: Book) -> Book:
    """The book that the order meets."""
    if not venue.settings.match_accounts:
        return book
    return with_offers(book, order, (one for one in venue.orders.open() if not _left_alone(venue, one)))


def _left_alone(venue: Venue, order: Order) -> bool:
    """Whether only a fault lets the order fill, or nothing does."""
    return order.order_id in venue.faults.late_fills or _never_fills(venue, order.order_id)


def _with_an_account(report: Report) -> bool:
    return report.step.take is not None and report.step.take.counterparty != 0


def _made(venue: Venue, report: Report, book: Book, rules: TradingRules, now: int) -> Outcome:
    """The other side of a trade between two accounts, under the same match id. An order that still rests is not among
    those of the outcome: it waits for its next match as before.
    """
    take = report.step.take
    maker = venue.orders.get(take.counterparty) if take is not None else None
    if take is None or maker is None:
        return Outcome()
    execution = make(_group(venue, maker), report.step.order, take, book, rules, now)
    outcome = record(venue, execution.group, execution.steps, now, report.match_id)
    moved = tuple(one for one in outcome.orders if one.order_id != maker.order_id or one.status not in OPEN)
    return replace(outcome, orders=moved)


def _recorded(venue: Venue, group: Group, steps: tuple[Step, ...], now: int) -> Outcome:
    outcome = record(venue, group, steps, now)
    note_ends(venue, outcome.orders, now)
    return outcome


def _never_fills(venue: Venue, order_id: int) -> bool:
    if order_id in venue.faults.late_fills:
        return False
    if order_id in venue.faults.resting:
        return True
    probability = venue.settings.never_fill_probability
    return probability > 0 and chance(venue.settings.seed, "never", order_id).random() < probability


def _group(venue: Venue, order: Order) -> Group:
    """The order, its account and, while it waits, the leg that the order triggers."""
    partner = venue.orders.get(order.partner_id)
    waiting = partner if partner is not None and partner.status == "PENDING" else None
    return Group(venue.accounts.get(order.account), order, waiting)


def cancel_order(venue: Venue, user_id: str, order_id: int, symbol: str, now: int) -> Outcome | Rejection:
    """Cancel an open order. Canceling a waiting pending leg ends its working leg, and with it both.

    The latter is Spot's rule: no capture shows it (section 17.2).
    """
    order = _to_cancel(venue, order_id)
    if order is None or order.account != user_id or order.symbol != symbol:
        return UNKNOWN_ORDER
    if order.status in OPEN and fills_despite_cancel(venue, order, now):
        return match(venue, order.order_id, now)
    group, steps = cancel(_group(venue, order), now, venue.settings.pending_after_cancel)
    return _recorded(venue, group, steps, now)


def _to_cancel(venue: Venue, order_id: int) -> Order | None:
    """The order that such a cancel ends first; a pending leg that was left waiting when its turn came ends alone."""
    order = venue.orders.get(order_id)
    if order is not None and order.status == "PENDING":
        working = venue.orders.get(order.partner_id)
        return working if working is not None and working.status in OPEN else order
    return order if order is not None and order.status in OPEN else None


def cancel_all(venue: Venue, user_id: str, now: int) -> Outcome:
    """Cancel every open order of the account, on every symbol."""
    outcomes = [
        cancel_order(venue, user_id, order.order_id, order.symbol, now) for order in venue.orders.open_of(user_id)
    ]
    return _joined([each for each in outcomes if isinstance(each, Outcome)])


def _joined(outcomes: list[Outcome]) -> Outcome:
    return Outcome(
        tuple(order for each in outcomes for order in each.orders),
        tuple(report for each in outcomes for report in each.reports),
    )
