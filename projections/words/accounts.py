"""What holds an account's trading, or lets it go on, in words."""

from collections.abc import Callable
from typing import Any

from events.accounts import AccountQuieted, AccountRecovered, CallHeldBack, StopRequested, TradingPaused, TradingResumed
from events.base import Event
from projections.figures import utc


def _quieted(event: AccountQuieted) -> str:
    return f"the venue turned us away: nothing is asked of it until {utc(event.until)}: {event.reason}"


_HELD_CALLS = {
    "cancel": "the cancel",
    "look": "the look at the orders",
    "search": "the search for the order",
    "book": "reading the book",
    "sale": "the sale",
    "comparison": "the comparison with the venue's open orders",
    "volume": "the volume query",
}


def _held_back(event: CallHeldBack) -> str:
    what = " of ".join(part for part in (_HELD_CALLS[event.call], event.trade_id or event.strategy_id) if part)
    return f"{what} waits until {utc(event.until)}: the venue wants to be left in peace"


def _recovered(_event: AccountRecovered) -> str:
    return "the account's state was taken up again from the log; its strategies wait for the run"


def _paused(event: TradingPaused) -> str:
    how_long = "any more" if event.final else "for now"
    return f"no new trades {how_long}: {event.reason}"


def _going_on(_event: TradingResumed) -> str:
    return "trades may begin again"


def _stop_requested(event: StopRequested) -> str:
    how = "asked to cancel what is open and leave" if event.now else "asked to stop after the trade in hand"
    how = f"{event.strategy_id}: {how}" if event.strategy_id else how
    how = f"{how}, by {event.by}" if event.by is not None else how
    if not event.waits_for:
        return how
    until = f", until {utc(event.until)} at most" if event.until else ""
    return f"{how}: waiting for {event.waits_for}{until}"


ACCOUNTS: dict[type[Event], Callable[[Any], str]] = {
    AccountQuieted: _quieted,
    CallHeldBack: _held_back,
    AccountRecovered: _recovered,
    TradingPaused: _paused,
    TradingResumed: _going_on,
    StopRequested: _stop_requested,
}
