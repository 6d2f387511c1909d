"""What accounts are shown while faults are planned: volumes, balances and times that are not as they should be.

Each `shown_...` is what the venue would tell at `now` (ms), the truth when no fault strikes; the rest is pure.
"""

from decimal import Decimal

from msgspec.structs import replace

from exchange.alpha.listings import SymbolFilter, SymbolRules
from exchange.paper.faults import Occasion, ShownBook
from exchange.paper.faults_actions import (
    BalanceLag,
    ClockSkew,
    CrossedBook,
    EmptyBook,
    FaultAction,
    Point,
    SetMulPoint,
    SetOffline,
    SetRules,
    ShortKey,
    StaleBook,
    VolumeDip,
    VolumeLag,
    VolumeMissing,
)
from exchange.paper.matching import Book
from exchange.paper.model import Account, Fill, Order, Report
from exchange.paper.rounding import truncate8
from exchange.paper.rules import trading_rules
from exchange.paper.tokens import QUOTE
from exchange.paper.venue import Venue
from exchange.paper.volumes import utc_day

Volumes = dict[str, Decimal]


def _struck(venue: Venue, point: Point, user_id: str, now: int) -> tuple[FaultAction, ...]:
    return venue.faults.meet(Occasion(point=point, at=now, account=user_id))


def shown_volumes(venue: Venue, user_id: str, now: int) -> Volumes:
    """The account's volume of the UTC day by alphaId."""
    shown = venue.volumes.today(user_id, now)
    struck = _struck(venue, "volume", user_id, now)
    for action in sorted(struck, key=lambda one: not isinstance(one, VolumeLag)):  # a lag takes from the true figures
        match action:
            case VolumeLag(seconds=seconds):
                shown = _less_late(venue, user_id, shown, int(seconds * 1000), now)
            case VolumeDip(share=share):
                shown = dipped(shown, share)
            case VolumeMissing(token=token):
                alpha_id = _alpha_id(venue, token)
                shown = {each: volume for each, volume in shown.items() if each != alpha_id}
            case _:
                pass
    return shown


def _alpha_id(venue: Venue, token: str) -> str:
    """Of a token of the plan, which was found to be listed once when the plan was taken."""
    (row,) = venue.listings.named(token)
    return row.alpha_id


def _less_late(venue: Venue, user_id: str, shown: Volumes, lag_ms: int, now: int) -> Volumes:
    """Without what was credited since; what the usual lag hides yet is not in it anyway."""
    counted_to = now - int(venue.settings.volume_lag_seconds * 1000)
    less = dict(shown)
    for credit in venue.faults.past.credits_since(user_id, counted_to - lag_ms):
        if credit.at <= counted_to and credit.day == utc_day(now) and credit.alpha_id in less:
            less[credit.alpha_id] -= credit.volume
    return {alpha_id: volume for alpha_id, volume in less.items() if volume}


def dipped(shown: Volumes, share: Decimal) -> Volumes:
    return {alpha_id: truncate8(volume * share) for alpha_id, volume in shown.items()}


def shown_account(venue: Venue, user_id: str, now: int) -> Account:
    """The account with the balances that it is told."""
    account = venue.accounts.get(user_id)
    for action in _struck(venue, "balance", user_id, now):
        if isinstance(action, BalanceLag):
            account = venue.faults.past.account_at(account, now - int(action.seconds * 1000))
    return account


def shown_book(venue: Venue, symbol: str, now: int) -> ShownBook:
    """The symbol's book, as anybody is told it."""
    shown = ShownBook(venue.markets.at(symbol, now).book, now)
    struck = venue.faults.meet(Occasion(point="book", at=now, symbol=symbol))
    stale = next((action for action in struck if isinstance(action, StaleBook)), None)
    if stale is None:
        venue.faults.stale_books.pop(symbol, None)
    else:
        aged = replace(shown, at=now - int(stale.seconds * 1000))
        shown = venue.faults.stale_books.setdefault(symbol, aged)
    for action in struck:
        shown = replace(shown, book=_spoilt(shown.book, action))
    return shown


def _spoilt(book: Book, action: FaultAction) -> Book:
    match action:
        case CrossedBook():
            return Book(bids=book.asks[::-1], asks=book.bids[::-1])
        case EmptyBook(side=side):
            return Book(bids=() if side != "asks" else book.bids, asks=() if side != "bids" else book.asks)
        case _:
            return book


def skew_ms(venue: Venue, user_id: str, now: int) -> int:
    """What is added to every time that the account is told."""
    if not venue.faults.active:
        return 0
    struck = _struck(venue, "clock", user_id, now)
    return sum(int(action.seconds * 1000) for action in struck if isinstance(action, ClockSkew))


def shifted_order(order: Order, skew: int) -> Order:
    """The order with all its times shifted; 0 is no time and stays."""
    if not skew:
        return order
    return replace(
        order,
        created_at=order.created_at + skew,
        updated_at=order.updated_at + skew,
        working_at=order.working_at + skew if order.working_at else 0,
    )


def shifted_fill(fill: Fill, skew: int) -> Fill:
    return replace(fill, at=fill.at + skew) if skew else fill


def shifted_report(report: Report, skew: int) -> Report:
    if not skew:
        return report
    step = replace(report.step, order=shifted_order(report.step.order, skew))
    return replace(report, at=report.at + skew, step=step)


def key_ttl_ms(venue: Venue, user_id: str, now: int) -> int | None:
    """How long a listen key that is made now shall live, if a fault says so."""
    struck = _struck(venue, "key", user_id, now)
    return next((int(action.seconds * 1000) for action in struck if isinstance(action, ShortKey)), None)


def turn_knobs(venue: Venue, now: int) -> bool:
    """Do what the plan has for this time; whether there was anything. To be called whenever time may have passed."""
    struck = venue.faults.meet(Occasion(point="timer", at=now))
    for action in struck:
        match action:
            case SetMulPoint(token=token, mul_point=mul_point):
                venue.volumes.set_mul_point(_alpha_id(venue, token), mul_point)
            case SetOffline(token=token, offline=offline):
                alpha_id = _alpha_id(venue, token)
                (venue.faults.offline.add if offline else venue.faults.offline.discard)(alpha_id)
            case SetRules(token=token):
                _relist(venue, f"{_alpha_id(venue, token)}{QUOTE}", action)
            case _:
                pass
    return bool(struck)


def _relist(venue: Venue, symbol: str, change: SetRules) -> None:
    """Nothing happens to a symbol that could not be traded before, or not with such filters."""
    listed = venue.faults.relisted.get(symbol) or next(one for one in venue.listings.symbols if one.symbol == symbol)
    changed = with_rules(listed, change)
    rules = trading_rules(changed)
    if rules is not None and symbol in venue.listings.rules:
        venue.faults.relisted[symbol] = changed
        venue.listings.rules[symbol] = rules


def with_rules(listed: SymbolRules, change: SetRules) -> SymbolRules:
    """The symbol with each bound of the change in every filter that has one of that name, of whichever side."""
    bounds = {name: bound for name in change.__struct_fields__ if (bound := getattr(change, name)) is not None}
    return replace(listed, filters=tuple(_bounded(one, bounds) for one in listed.filters))


def _bounded(old: SymbolFilter, bounds: dict[str, object]) -> SymbolFilter:
    named = {name: bounds.get(name.removeprefix("bid_").removeprefix("ask_")) for name in old.__struct_fields__}
    changed = {name: bound for name, bound in named.items() if bound is not None and getattr(old, name) is not None}
    return replace(old, **changed)
