"""A turn on the symbol before each trade, and its return when nothing of the trade can be live any more."""

import pytest

from actors.deciders.user import next_deadline
from actors.messages.orders import CancelDone, LookedUp, Reconciled
from actors.messages.placements import OtoFailed
from actors.messages.prices import FetchBook, FetchQuote
from actors.messages.strategies import Admitted, PauseTrading, StartStrategies, StopTrading
from actors.messages.streams import StreamMoved
from actors.messages.turns import AskTurn, BlockTurn, ReturnTurn, TurnGranted, TurnNotYet
from actors.messages.volumes import VolumeNotSeen
from events.inventory import SweepStarted
from events.strategies import TurnAwaited, TurnDelayed, TurnGivenUp
from events.system import AccountParked
from events.trades import TradeAbandoned, TradeCompleted, TradePartlyCompleted, TradeStarted
from events.values import Operator
from tests.support.account import PENDING, SALE, WORKING, Account
from tests.support.terms import terms

SYMBOL = "ALPHA_900USDT"
GUARDED = terms(self_match_guard=True)
GRANTED = TurnGranted(strategy_id="aop", symbol=SYMBOL)
RETURN = ReturnTurn(user_id=1, strategy_id="aop")


def waiting() -> Account:
    """Ready for its first trade, and not yet in turn."""
    return Account(GUARDED).trades_from("0")


def trading() -> Account:
    """In turn: the first trade asks for its price."""
    return waiting().when(GRANTED)


def returned(account: Account) -> bool:
    return RETURN in account.last.commands


def test_a_trade_waits_for_its_turn() -> None:
    """It is asked for once, and nothing is asked of the venue before it comes."""
    account = waiting()
    assert account.event(TurnAwaited).symbol == SYMBOL
    assert account.command(AskTurn) == AskTurn(user_id=1, strategy_id="aop", symbol=SYMBOL)
    account.time_passes(60_000)
    assert account.last.commands == ()
    account.when(GRANTED)
    assert account.events == [TradeStarted]
    assert account.commands() == [FetchQuote]


def test_an_account_without_the_guard_asks_nobody() -> None:
    """As on the paper venue unless it is told to."""
    account = Account().trades_from("0")
    assert TradeStarted in account.events
    assert AskTurn not in account.commands()


def test_the_wait_sets_no_alarm() -> None:
    """Whose turn comes is told; looking again and again would only take time."""
    account = waiting()
    due = next_deadline(account.state)
    assert due is None or due > account.now + 60_000


def test_the_turn_is_returned_after_each_trade() -> None:
    """So that the next in the queue may trade, before this account asks again."""
    account = trading().completes_trade()
    assert TradeCompleted in account.events
    assert returned(account)
    account.time_passes(3_000)
    assert account.commands() == [AskTurn]


def test_the_turn_lasts_while_a_placement_is_looked_for() -> None:
    """An order that was never answered may be in the book: the turn ends with the search, not with the timeout."""
    account = trading().sees_price()
    account.when(OtoFailed(trade_id="1-000001", outcome="unknown", code="", message="timed out"))
    assert not returned(account)
    account.looks_in_vain()
    assert not returned(account)
    account.looks_in_vain(60_000)
    assert TradeAbandoned in account.events
    assert returned(account)


def test_the_turn_lasts_through_sales_of_leftover_coins() -> None:
    """A plain sale may meet another account's buy as well as an OTO's sell may."""
    account = trading().places().leg_ends(WORKING).leg_ends(PENDING, status="CANCELED", quantity="0")
    assert not returned(account)
    account.sees_book().sale_is_placed()
    assert not returned(account)
    account.leg_ends(account.trade.unwind_order_id, quantity="1818", quote="35.9")
    assert TradePartlyCompleted in account.events
    assert returned(account)


def test_a_trade_that_is_called_off_returns_the_turn() -> None:
    """Nothing was placed, so nothing is live."""
    account = trading().when(StopTrading())
    assert TradeAbandoned in account.events
    assert returned(account)


@pytest.mark.parametrize(
    "message", [StopTrading(), StopTrading(now=True), PauseTrading(by=Operator(name="me", uid=0, pid=1))]
)
def test_one_that_may_not_trade_waits_no_longer(message: StopTrading | PauseTrading) -> None:
    """The queue does not wait for it either."""
    account = waiting().when(message)
    assert TurnGivenUp in account.events
    assert returned(account)


def test_a_turn_that_comes_too_late_is_returned() -> None:
    """Nothing begins, and nobody else waits for it."""
    account = waiting().when(StopTrading()).when(GRANTED)
    assert account.events == []
    assert account.last.commands == (RETURN,)


def test_a_turn_that_cannot_be_used_now_is_given_up_and_asked_for_again() -> None:
    """As while the venue wants to be left in peace."""
    account = waiting()
    account.when(VolumeNotSeen(strategy_id="aop", outcome="rate_limited", message="429", retry_after_ms=30_000))
    account.when(GRANTED)
    assert account.events == [TurnGivenUp]
    assert account.last.commands == (RETURN,)
    account.time_passes(40_000)
    assert AskTurn in account.commands()


def test_the_day_ends_while_it_waits() -> None:
    """The old day is closed as between any two trades, and the place in the queue is left."""
    account = waiting().time_passes(86_400_000)
    assert TurnGivenUp in account.events
    assert returned(account)


def test_who_has_the_symbol_is_recorded() -> None:
    """For whoever watches; a word that comes after the turn says nothing new."""
    not_yet = TurnNotYet(strategy_id="aop", symbol=SYMBOL, holder=2, ahead=3, blocked="user 2 is parked")
    account = waiting().when(not_yet)
    delayed = account.event(TurnDelayed)
    assert (delayed.holder, delayed.ahead, delayed.blocked) == (2, 3, "user 2 is parked")
    assert account.when(GRANTED).when(not_yet).events == []


def test_an_account_parked_in_a_trade_blocks_its_symbol() -> None:
    """Its order may be open: the turn is not returned, and the supervisor hears why."""
    account = trading().places().when(StreamMoved())
    number = account.state.reconciliation.number
    account.when(Reconciled(number=number, complete=False, outcome="unauthorised", message="log in"))
    reason = f"user 1 is parked with a trade in hand: {account.event(AccountParked).reason}"
    assert BlockTurn(user_id=1, reason=reason) in account.last.commands
    assert not returned(account)


def killed_with_an_order_open() -> Account:
    """The venue answers no cancel, and no look shows the order's end."""
    account = trading().places().when(StopTrading(now=True))
    while account.strategy().status is None:
        account.when(CancelDone(trade_id=account.trade.trade_id, venue_order_id=WORKING, outcome="unknown"))
        account.when(LookedUp(trade_id=account.trade.trade_id, complete=False), after=2_000)
        if account.strategy().status is None:
            account.time_passes(2_000)
    return account


def test_an_account_that_leaves_its_order_behind_blocks_its_symbol() -> None:
    """Nothing more is done for it in this run, and those that wait hear what would."""
    account = killed_with_an_order_open()
    block = account.command(BlockTurn)
    assert "user 1 has left 1-000001" in block.reason
    assert "bin/run stop --all" in block.reason
    assert not returned(account)


def test_an_order_that_ends_after_it_was_left_gives_the_turn_back() -> None:
    """The stream still tells of it."""
    assert returned(killed_with_an_order_open().leg_ends(WORKING, "CANCELED", quantity="0"))


def test_a_crash_in_a_trade_keeps_the_turn() -> None:
    """Also when the run begins: the trade in hand is taken up under the turn that it had."""
    account = trading().places().dies_and_recovers()
    assert ReturnTurn not in account.commands()
    account.starts("run-2")
    assert ReturnTurn not in account.commands()


def test_a_crash_between_trades_returns_whatever_was_not_returned() -> None:
    """The actor before may have died between the trade's last event and the return."""
    account = trading().completes_trade().dies_and_recovers()
    account.when(StartStrategies(run_id="run-1", terms=(GUARDED,)))
    assert ReturnTurn(user_id=1) in account.last.commands


def test_a_crash_while_waiting_asks_again() -> None:
    """A fresh actor waits for nothing that it has not asked for itself."""
    account = waiting().dies_and_recovers().starts()
    assert not account.strategy().awaits_turn
    account.reconciles().when(Admitted(strategy_id="aop"))
    account.connects()
    assert AskTurn in account.commands()


def test_a_sweep_waits_for_its_turn_too() -> None:
    """It sells at the book, where another account of ours may buy."""
    account = Account(terms(unwind_attempts=1)).trades_from("0").places().leg_ends(WORKING, quantity="1800")
    account.leg_ends(PENDING, "REJECTED", quantity="0").sees_book().sale_is_placed()
    account.leg_ends(SALE, "CANCELED", quantity="0").dies_and_recovers()
    account.strategies = (terms(self_match_guard=True, sweep=True),)
    account.starts("run-2").reconciles().when(Admitted(strategy_id="aop"))
    account.connects()
    assert account.commands() == [AskTurn]
    account.when(GRANTED)
    assert account.events == [SweepStarted]
    assert account.commands() == [FetchBook]
