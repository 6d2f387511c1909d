"""What a crash between any two steps of a trade means for the account (docs/reliability.md has the table in words)."""

from collections.abc import Callable

import pytest

from actors.messages.base import Command
from actors.messages.orders import CancelDone, CancelOrder, LookUpOrders, Watch
from actors.messages.placements import FindInFrames, PlaceOrder, PlaceOto, SearchOrder, SearchOto
from actors.messages.prices import FetchBook
from actors.messages.strategies import Admitted
from actors.messages.turns import ReturnTurn
from events.accounts import CallHeldBack
from events.base import Event
from events.inventory import DustRecorded
from events.orders import CancelRequested, LegClosed, OtoAccepted, OtoRequested
from events.strategies import BatchPlanned, StrategyQueued, TurnAwaited
from events.trades import TradeStarted
from events.unwinds import UnwindAccepted, UnwindRequested, UnwindStarted
from projections.states.user import UserState, evolve
from tests.support.account import PENDING, WORKING, Account
from tests.support.source import ROOT
from tests.support.terms import terms

LATE = 400_000
"""Longer in ms than a leg may take."""


TURNED_AWAY = CancelDone(
    trade_id="1-000001", venue_order_id=WORKING, outcome="rate_limited", message="429", retry_after_ms=LATE
)


def started() -> Account:
    return Account().trades_from("0")


def bought() -> Account:
    return started().places().leg_ends(WORKING)


def left_with_coins() -> Account:
    return bought().leg_ends(PENDING, status="CANCELED", quantity="0")


STEPS: tuple[tuple[Callable[[], Account], type[Event], list[type[Command]]], ...] = (
    (lambda: Account().starts().sees_volume("0"), StrategyQueued, []),
    (lambda: Account().starts().sees_volume("0").when(Admitted(strategy_id="aop")), BatchPlanned, []),
    (lambda: Account(terms(self_match_guard=True)).trades_from("0"), TurnAwaited, [ReturnTurn]),
    (started, TradeStarted, []),
    (lambda: started().sees_price(), OtoRequested, [FindInFrames, SearchOto]),
    (lambda: started().places(), OtoAccepted, [Watch, LookUpOrders]),
    (bought, LegClosed, [Watch, LookUpOrders]),
    (lambda: started().completes_trade(), DustRecorded, []),
    (lambda: started().places().time_passes(LATE), CancelRequested, [CancelOrder]),
    (lambda: bought().time_passes(LATE), CancelRequested, [CancelOrder]),
    (lambda: started().places().time_passes(LATE).when(TURNED_AWAY), CallHeldBack, []),
    (left_with_coins, UnwindStarted, [FetchBook]),
    (lambda: left_with_coins().sees_book(), UnwindRequested, [FindInFrames, SearchOrder]),
    (lambda: left_with_coins().sees_book().sale_is_placed(), UnwindAccepted, [Watch, LookUpOrders]),
    (lambda: left_with_coins().sells_leftovers("1818", "35.9"), DustRecorded, []),
)


@pytest.mark.parametrize(("story", "last", "commands"), STEPS)
def test_a_crash_after_a_step_is_followed_by_a_look(
    story: Callable[[], Account], last: type[Event], commands: list[type[Command]]
) -> None:
    """What may be at the venue is looked for or looked up; what cannot be there is called off; nothing is sent anew."""
    account = story()
    assert type(account.log[-1].event) is last
    assert account.dies_and_recovers().commands() == commands


@pytest.mark.parametrize("last", sorted({step[1].__name__ for step in STEPS}))
def test_every_step_is_in_the_document(last: str) -> None:
    """The operator finds each of them there."""
    assert f"`{last}`" in (ROOT / "docs" / "reliability.md").read_text()


def test_no_cut_of_the_log_places_anything() -> None:
    """Whatever was recorded last, also within a decision that was cut short: the fresh actor sends no order."""
    account = left_with_coins().sells_leftovers("1818", "35.9")
    for length in range(len(account.log) + 1):
        again = Account()
        again.log = account.log[:length]
        again.position = length
        again.dies_and_recovers().starts("run-2")
        assert not {PlaceOto, PlaceOrder} & set(again.commands())


def test_a_cut_leaves_an_intent_open_until_its_end_is_known() -> None:
    """From the placement's intent to the trade's last event the trade is in hand, in every cut of the log."""
    account = started().completes_trade()
    kinds = [type(recorded.event) for recorded in account.log]
    intent = kinds.index(OtoRequested)
    state = UserState(user_id=1)
    for number, recorded in enumerate(account.log):
        state = evolve(state, recorded)
        ended = number >= len(kinds) - 2  # TradeCompleted, and the dust that it left
        assert (state.trade is not None and state.trade.order is not None) == (intent <= number and not ended)
