"""The operator's pauses and stops of one account or strategy, as the UserActor's decider sees them."""

from decimal import Decimal

import pytest

from actors.deciders.user import next_deadline
from actors.messages.orders import CancelOrder
from actors.messages.prices import FetchQuote, QuoteSeen
from actors.messages.strategies import Admitted, AskAdmission, ReportEnded, StopTrading
from actors.messages.streams import StreamDown
from actors.messages.volumes import QueryVolume, VolumeNotSeen
from events.accounts import StopRequested
from events.control import AccountPaused, AccountResumed
from events.strategies import StrategyEnded, StrategyResumed
from events.trades import TradeAbandoned, TradeCompleted, TradeStarted
from tests.support.account import ALICE, PENDING, WORKING, Account
from tests.support.terms import TERMS, terms

TWO = terms(strategy_id="two")


def between_trades() -> Account:
    return Account().trades_from("0").completes_trade()


def both() -> Account:
    """Two strategies, both admitted; a trade of `aop` has its orders at the venue."""
    account = Account(TERMS, TWO).starts()
    for one in ("aop", "two"):
        account.sees_volume("0", strategy_id=one).when(Admitted(strategy_id=one))
    return account.connects().places()


def test_a_pause_finishes_the_trade_in_hand_and_begins_no_other() -> None:
    """The legs end and count; time passes, and nothing more happens, nor is anything due."""
    account = Account().trades_from("0").places().is_paused()
    assert account.event(AccountPaused).trade_id == "1-000001"
    account.leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")
    assert TradeCompleted in account.events
    assert TradeStarted not in account.time_passes(600_000).events
    assert account.strategy().phase == "trading"


def test_a_paused_account_wakes_for_nothing_but_the_end_of_the_day() -> None:
    """No alarm rings for a trade that must not begin."""
    account = between_trades().is_paused()
    assert next_deadline(account.state) == (account.now // 86_400_000 + 1) * 86_400_000


def test_a_trade_that_only_asked_for_a_price_is_called_off() -> None:
    """No order is placed after the pause, and nothing failed."""
    account = Account().trades_from("0").is_paused()
    assert account.event(TradeAbandoned).reason == "paused by alice before an order was placed"
    account.when(QuoteSeen(trade_id="1-000001", price=Decimal("0.02"), mul_point=4, tradable=True))
    assert account.events == []


def test_trading_goes_on_where_it_was_when_it_is_resumed() -> None:
    """The batch goes on with its next trade."""
    account = between_trades().time_passes(1).is_paused().time_passes(60_000).resumes()
    assert account.events == [AccountResumed, TradeStarted]
    assert account.trade.number == 2
    assert FetchQuote in account.commands()


def test_a_pause_survives_a_restart_and_another_run() -> None:
    """What the operator paused is paused until he says otherwise, whatever is started."""
    account = between_trades().is_paused().dies_and_recovers().starts("run-2")
    account.when(Admitted(strategy_id="aop")).connects().time_passes(60_000)
    assert account.state.trade is None
    assert TradeStarted in account.resumes(unparks=False).events


def test_one_paused_strategy_leaves_the_account_to_the_other() -> None:
    """Every turn is the other one's."""
    account = both().is_paused("aop").leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")
    assert account.trade.strategy_id == "two"
    account.completes_trade().time_passes(3_000)
    assert account.trade.strategy_id == "two"


def test_the_end_of_one_strategys_pause_leaves_the_accounts_own() -> None:
    """Who pauses all of it must resume all of it."""
    account = between_trades().is_paused().is_paused("aop").resumes("aop").time_passes(60_000)
    assert account.state.trade is None
    assert account.resumes().state.trade is not None


def test_a_pause_that_is_there_already_and_a_resume_of_nothing_change_nothing() -> None:
    """Nothing is recorded twice; the run is only told again what is over."""
    assert between_trades().is_paused().is_paused().events == []
    assert between_trades().resumes().events == []


def test_a_resume_tells_no_run_that_it_is_over_while_a_trade_is_in_hand() -> None:
    """The strategy has failed, and the order that a crash left behind is still waited for: its end ends the run."""
    account = Account().trades_from("0").places().dies_and_recovers()
    account.strategies = (terms(max_retry_attempts=1, amount="30"),)
    account.starts("run-2").reconciles()
    account.when(VolumeNotSeen(strategy_id="aop", outcome="unavailable", message="nobody listens"))
    assert account.strategy().status == "failed"
    assert account.resumes().commands() == []
    account.leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")
    assert ReportEnded in account.commands()


def test_a_stop_of_one_strategy_leaves_the_other_trading() -> None:
    """The trade in hand is finished; then only the other strategy has turns."""
    account = both().when(StopTrading(strategy_id="aop", by=ALICE, reason="stopped by alice"))
    assert account.event(StopRequested).waits_for == "the buy of 1-000001"
    account.leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")
    ended = account.event(StrategyEnded)
    assert (ended.strategy_id, ended.status, ended.reason) == ("aop", "stopped", "stopped by alice")
    assert account.trade.strategy_id == "two"


def test_a_stop_of_a_strategy_that_has_no_trade_in_hand_ends_it_after_that_trade() -> None:
    """It waits for nothing of its own, and the trade of the other goes on."""
    account = both().when(StopTrading(strategy_id="two", now=True, by=ALICE))
    assert account.event(StopRequested).waits_for == ""
    assert CancelOrder not in account.commands()
    account.leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")
    assert account.event(StrategyEnded).strategy_id == "two"


def test_a_kill_of_one_strategy_cancels_its_order_only() -> None:
    """The open leg is canceled; when it has ended, the other strategy trades on."""
    account = both().when(StopTrading(strategy_id="aop", now=True, by=ALICE))
    assert account.command(CancelOrder).venue_order_id == WORKING
    account.leg_ends(WORKING, "CANCELED", quantity="0")
    assert account.event(StrategyEnded).strategy_id == "aop"
    assert account.trade.strategy_id == "two"


def test_a_stopped_strategy_begins_again_in_the_next_run() -> None:
    """A stop is of this run only."""
    account = both().when(StopTrading(strategy_id="two", by=ALICE)).dies_and_recovers().starts("run-2")
    assert account.strategy("two").stopping == "no"
    assert account.strategy("two").phase != "ended"


def restricted(account: Account) -> Account:
    """The venue wants to see the owner while the buy rests."""
    down = StreamDown(position=0, reason="please verify", final=True, outcome="unauthorised")
    account.when(down)
    assert account.state.restricted
    return account


def test_a_restricted_account_stays_parked_in_later_runs() -> None:
    """The new run hears that it is parked, and why; nothing is asked of the venue."""
    account = restricted(between_trades()).dies_and_recovers().starts("run-2")
    ended = account.event(StrategyEnded)
    assert (ended.status, "bin/run resume --user 1" in ended.reason) == ("parked", True)
    assert set(account.commands()) == {ReportEnded}
    assert account.state.parked


def test_an_account_that_was_parked_for_failures_is_taken_up_by_the_next_run() -> None:
    """Only what its owner must settle needs a word of the operator."""
    account = between_trades()
    for _ in range(3):
        account.time_passes(60_000).sees_price("0")
    assert account.state.parked
    assert not account.dies_and_recovers().starts("run-2").state.parked


def test_the_operators_word_takes_a_parked_account_up_in_the_same_run() -> None:
    """Its strategies ask for the volume and for their turn, as at a start; the trade count goes on."""
    account = restricted(between_trades()).resumes()
    assert [AccountResumed, StrategyResumed] == account.events[:2]
    assert account.command(QueryVolume).strategy_id == "aop"
    account.reconciles().sees_volume("10")
    assert AskAdmission in account.commands()
    account.when(Admitted(strategy_id="aop")).connects()
    assert account.trade.trade_id == "1-000002"


def test_resuming_all_accounts_does_not_answer_for_their_owners() -> None:
    """A pause is lifted; a restriction is not, unless the account is named."""
    account = restricted(between_trades()).resumes(unparks=False)
    assert account.events == []
    assert account.state.restricted


def test_a_restriction_leaves_open_orders_where_nothing_else_is_set() -> None:
    """The default asks nothing more of the venue."""
    assert CancelOrder not in restricted(Account().trades_from("0").places()).commands()


@pytest.mark.parametrize("leg", [WORKING, PENDING])
def test_a_restriction_cancels_the_open_order_where_the_terms_say_so(leg: str) -> None:
    """Once, and nothing else is asked of the venue."""
    account = Account(terms(on_restriction="cancel")).trades_from("0").places()
    if leg == PENDING:
        account.leg_ends(WORKING)
    restricted(account)
    assert account.command(CancelOrder).venue_order_id == leg
    assert CancelOrder not in account.time_passes(600_000).commands()
