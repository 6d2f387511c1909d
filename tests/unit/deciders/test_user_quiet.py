"""A venue that turned the account away is asked nothing until the time that it named."""

from collections.abc import Callable

import pytest

from actors.deciders.draft import CALLS
from actors.deciders.limits import MOST_TURNED_AWAY
from actors.deciders.user import next_deadline
from actors.messages.base import Command
from actors.messages.orders import CancelDone, CancelOrder, ReconcileOrders
from actors.messages.placements import OtoFailed, PlaceOrder, SearchOrder, SearchOto
from actors.messages.prices import FetchBook
from actors.messages.strategies import Admitted
from actors.messages.streams import StreamDown, StreamMoved
from actors.messages.volumes import QueryVolume, VolumeNotSeen
from events.accounts import AccountQuieted, CallHeldBack
from events.system import AccountParked
from events.trades import TradeAbandoned
from events.values import Outcome
from tests.support.account import WORKING, Account
from tests.support.terms import TERMS, terms

WAIT = 120_000
WHOLE_WAIT = WAIT + WAIT // 10
"""With what spreads the accounts."""

CANCEL_LIMITED = CancelDone(
    trade_id="1-000001", venue_order_id=WORKING, outcome="rate_limited", message="418", retry_after_ms=WAIT
)


def turned_away(account: Account) -> Account:
    """By a query of the volume, whatever the trade in hand does."""
    account.when(VolumeNotSeen(strategy_id="two", outcome="rate_limited", message="418", retry_after_ms=WAIT))
    assert account.now < account.state.quiet_until
    return account


def trading() -> Account:
    """Of two strategies, one waits for the price of its first trade."""
    account = Account(TERMS, terms(strategy_id="two")).starts().sees_volume("0").when(Admitted(strategy_id="aop"))
    return account.connects()


def canceling() -> Account:
    return trading().places().time_passes(300_000)


def left_with_coins() -> Account:
    return trading().places().leg_ends(WORKING, "CANCELED", quantity="1000", quote="20")


def calls(account: Account) -> set[type[Command]]:
    return set(CALLS) & set(account.commands())


STORIES: tuple[tuple[str, Callable[[], Account], Callable[[Account], object], type[Command]], ...] = (
    ("a cancel that was turned away", canceling, lambda a: a.when(CANCEL_LIMITED), CancelOrder),
    ("a comparison", lambda: turned_away(trading()), lambda a: a.when(StreamMoved()), ReconcileOrders),
    (
        "a buy that ends",
        lambda: turned_away(trading().places()),
        lambda a: a.leg_ends(WORKING, "CANCELED", quantity="1000", quote="20"),
        FetchBook,
    ),
    ("a book", lambda: turned_away(left_with_coins()), lambda a: a.sees_book(), FetchBook),
    (
        "an answer that did not come",
        lambda: turned_away(trading().sees_price()),
        lambda a: a.when(OtoFailed(trade_id="1-000001", outcome="unknown", code="", message="reset")),
        SearchOto,
    ),
    (
        "a sale in the middle of a restart",
        lambda: turned_away(left_with_coins().sees_book()),
        lambda a: a.dies_and_recovers(),
        SearchOrder,
    ),
    ("a new run", lambda: turned_away(trading()), lambda a: a.dies_and_recovers().starts("run-2"), QueryVolume),
)


@pytest.mark.parametrize(("story", "happens", "call"), [one[1:] for one in STORIES], ids=[one[0] for one in STORIES])
def test_what_is_due_in_the_quiet_waits_for_its_end(
    story: Callable[[], Account], happens: Callable[[Account], object], call: type[Command]
) -> None:
    """It is recorded that it waits, nothing is asked before the time, and then it is asked."""
    account = story()
    happens(account)
    assert CallHeldBack in account.events
    assert not calls(account)
    account.time_passes(account.state.quiet_until - account.now - 1)
    assert not calls(account)
    assert next_deadline(account.state) == account.now + 1
    account.time_passes(1)
    assert call in account.commands()


def test_a_price_that_comes_in_the_quiet_buys_nothing() -> None:
    """It would be old when the venue may be asked again; the trade is called off and has not failed."""
    account = turned_away(trading()).sees_price()
    assert not account.event(TradeAbandoned).failed
    assert not calls(account)


def test_a_book_that_comes_in_the_quiet_is_no_attempt_at_a_sale() -> None:
    """After the quiet the book is read anew, and then it is sold."""
    account = turned_away(left_with_coins()).sees_book().time_passes(WHOLE_WAIT)
    assert account.trade.unwind_attempt == 0
    assert PlaceOrder in account.sees_book().commands()


def test_a_cancel_that_was_turned_away_is_sent_again_after_a_restart_in_the_quiet() -> None:
    """Neither the fresh actor nor the new run asks anything before the time."""
    account = canceling().when(CANCEL_LIMITED).dies_and_recovers()
    assert not calls(account)
    assert not calls(account.starts("run-2"))
    account.time_passes(WHOLE_WAIT)
    assert {CancelOrder, QueryVolume, ReconcileOrders} <= calls(account)


def test_calls_that_were_under_way_are_not_turned_away_once_more() -> None:
    """Two calls turned away together are one sign, so that ten signs in a row are ten waits."""
    account = turned_away(trading())
    account.now += 500
    assert turned_away(account).state.turned_away == 1
    account.time_passes(2 * WAIT)
    assert turned_away(account).state.turned_away == 2


@pytest.mark.parametrize("final", [False, True])
def test_a_listen_key_that_is_turned_away_quiets_the_account(*, final: bool) -> None:
    """The reason is what the stream's loss was recorded with."""
    down = StreamDown(position=9, reason="429 for the key", final=final, outcome="rate_limited", retry_after_ms=WAIT)
    account = trading().when(down)
    assert account.event(AccountQuieted).reason == "429 for the key"


def test_an_account_that_is_always_turned_away_for_its_listen_key_is_parked() -> None:
    """As for any other call."""
    account = trading()
    down = StreamDown(position=9, reason="429 for the key", final=False, outcome="rate_limited")
    for _ in range(MOST_TURNED_AWAY):
        account.when(down, after=max(account.state.quiet_until - account.now, 1))
    assert account.event(AccountParked).reason.startswith("the venue turned the account away 10 times in a row: 429")


@pytest.mark.parametrize("outcome", ["rate_limited", "unavailable"])
def test_a_volume_that_is_turned_away_does_not_end_the_strategy(outcome: Outcome) -> None:
    """Neither by the venue nor by our own limits: only what went wrong otherwise is counted."""
    account = Account().starts()
    missed = VolumeNotSeen(strategy_id="aop", outcome=outcome, message="later", retry_after_ms=1_000)
    for _ in range(TERMS.max_retry_attempts + 1):
        account.when(missed).time_passes(20_000)
    assert account.strategy().phase == "checking"
    assert account.strategy().failed_checks == 0
