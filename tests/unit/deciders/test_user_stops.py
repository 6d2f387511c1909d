"""Stops, crashes and restarts, as the UserActor's decider sees them."""

from msgspec.structs import replace

from actors.deciders.user import next_deadline
from actors.messages.orders import CancelDone, CancelOrder, LookedUp, LookUpOrders, Watch
from actors.messages.placements import FindInFrames, SearchOto
from actors.messages.strategies import Admitted, ReportEnded, StopTrading
from events.accounts import StopRequested
from events.orders import OtoUnresolved
from events.strategies import StrategyEnded, StrategyResumed, StrategyStarted
from events.trades import TradeAbandoned, TradeCompleted
from tests.support.account import PENDING, SALE, WORKING, Account
from tests.support.terms import terms


def test_a_stop_between_trades_ends_at_once() -> None:
    """A pause does not outlive the operator's stop."""
    account = Account().trades_from("0").completes_trade()
    account.when(StopTrading())
    assert account.event(StrategyEnded).status == "stopped"


def test_a_stop_before_an_order_is_placed_calls_the_trade_off() -> None:
    """Only a price was asked for: nothing to finish, and nothing failed."""
    account = Account().trades_from("0").when(StopTrading())
    assert not account.event(TradeAbandoned).failed
    assert account.event(StrategyEnded).status == "stopped"


def test_a_stop_finishes_the_trade_in_hand() -> None:
    """The first stop lets both legs end; then the strategy ends with its trade counted."""
    account = Account().trades_from("0").places().when(StopTrading())
    assert StrategyEnded not in account.events
    account.leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")
    assert TradeCompleted in account.events
    assert account.event(StrategyEnded).status == "stopped"


def test_a_second_stop_cancels_what_is_open() -> None:
    """The open leg is canceled and its end confirmed before we leave."""
    account = Account().trades_from("0").places().when(StopTrading()).when(StopTrading(now=True))
    assert account.command(CancelOrder).venue_order_id == WORKING
    account.leg_ends(WORKING, "CANCELED", quantity="0")
    assert account.event(StrategyEnded).status == "stopped"


def test_a_cancel_that_is_accepted_at_a_stop_waits_for_its_frame_before_it_is_looked_for() -> None:
    """A hundred accounts that leave together ask for a hundred cancels and nothing else; a lost frame is looked for."""
    account = Account().trades_from("0").places().when(StopTrading(now=True))
    account.when(CancelDone(trade_id=account.trade.trade_id, venue_order_id=WORKING, outcome="accepted"))
    assert account.commands() == []
    assert next_deadline(account.state) == account.now + 500
    assert account.time_passes(500).commands() == [Watch, LookUpOrders]


def test_a_second_stop_leaves_even_if_the_end_is_not_confirmed() -> None:
    """Three looks, then we leave; the trade stays in the log for the next run to settle."""
    account = Account().trades_from("0").places().when(StopTrading(now=True))
    _fails_to_cancel(account)
    assert account.strategy().status == "stopped"
    assert account.state.trade is not None


def test_a_crash_before_the_answer_is_settled_by_looking() -> None:
    """The intent is in the log and the answer is not: the placement is searched for, not sent again."""
    account = Account().trades_from("0").sees_price().dies_and_recovers()
    assert OtoUnresolved in account.events
    assert account.commands() == [FindInFrames, SearchOto]


def test_a_crash_with_orders_open_looks_them_up() -> None:
    """Both what the tracker knows and what the venue shows is asked for."""
    account = Account().trades_from("0").places().dies_and_recovers()
    assert account.commands() == [Watch, LookUpOrders]


def test_a_crash_before_a_cancel_was_sent_sends_it() -> None:
    """The cancel's intent was recorded; repeating a cancel is harmless."""
    account = Account().trades_from("0").places().time_passes(300_000).dies_and_recovers()
    assert account.commands() == [CancelOrder]


def test_a_new_run_goes_on_with_the_same_batch() -> None:
    """After a crash the batch is neither repeated nor forgotten: trade 3 follows trade 2."""
    account = Account().trades_from("0").completes_trade().time_passes(3_000).completes_trade()
    account.dies_and_recovers().starts("run-2")
    assert StrategyResumed in account.events
    account.when(Admitted(strategy_id="aop")).connects().time_passes(3_000)
    assert (account.trade.batch, account.trade.number) == (1, 3)


def test_a_stopped_strategy_starts_afresh_in_the_next_run() -> None:
    """After an orderly stop the venue is asked first, as for any start."""
    account = Account().trades_from("0").completes_trade().when(StopTrading())
    account.dies_and_recovers().starts("run-2")
    assert StrategyStarted in account.events


def test_a_strategy_that_the_new_run_does_not_ask_for_stays_still() -> None:
    """What an earlier run left behind never trades unasked, not even when time passes."""
    account = Account().trades_from("190").completes_trade()
    account.dies_and_recovers().time_passes(60_000)
    assert account.commands() == []
    account.strategies = (terms(strategy_id="other"),)
    account.starts("run-2").time_passes(60_000)
    assert account.commands() == []


def test_a_new_run_goes_on_where_the_venues_filters_have_changed() -> None:
    """The credit that is due from the batch is the same, and must not be traded for again."""
    account = Account().trades_from("0").completes_trade().dies_and_recovers()
    before = terms()
    account.strategies = (replace(before, rules=replace(before.rules, max_num_orders=7)),)
    account.starts("run-2")
    assert StrategyResumed in account.events


def test_changed_terms_start_the_strategy_afresh() -> None:
    """A plan made for another amount does not hold."""
    account = Account().trades_from("0").completes_trade().dies_and_recovers()
    account.strategies = (terms(amount="80"),)
    assert StrategyStarted in account.starts("run-2").events


def _leaves_a_trade_open() -> Account:
    """A run that was stopped at once, and the next, whose target is reached already."""
    account = Account().trades_from("0").places().when(StopTrading(now=True))
    _fails_to_cancel(account)
    return account.dies_and_recovers().starts("run-2").sees_volume("10000")


def _fails_to_cancel(account: Account) -> None:
    for _ in range(3):
        account.when(CancelDone(trade_id=account.trade.trade_id, venue_order_id=WORKING, outcome="unknown"))
        account.when(LookedUp(trade_id=account.trade.trade_id, complete=False), after=2_000)
        account.time_passes(2_000)


def test_a_run_waits_for_the_trade_that_an_earlier_run_left() -> None:
    """The target is reached, and still the run is not over before the trade in hand has come to its end."""
    account = _leaves_a_trade_open()
    assert account.event(StrategyEnded).status == "skipped"
    assert ReportEnded not in account.commands()
    account.leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")
    assert account.command(ReportEnded).status == "skipped"


def test_an_operator_who_will_not_wait_need_not() -> None:
    """Stopped at once, the run is over after three looks, whatever the trade of the earlier run comes to."""
    account = _leaves_a_trade_open().when(StopTrading(now=True))
    _fails_to_cancel(account)
    assert account.command(ReportEnded).status == "skipped"


def test_a_stop_while_a_sale_is_being_placed_cancels_it() -> None:
    """The sale's id comes after the operator has said "now"."""
    account = _left_with_coins().sees_book().when(StopTrading(now=True))
    assert CancelOrder not in account.commands()
    assert account.sale_is_placed().command(CancelOrder).venue_order_id == SALE


def test_a_stop_at_once_does_not_wait_for_a_long_rate_limit() -> None:
    """An hour's Retry-After on the cancel: we leave, and the reason says what is left."""
    account = Account().trades_from("0").places().when(StopTrading(now=True)).when(_turned_away(3_600_000))
    assert account.event(StrategyEnded).reason == (
        "left 1-000001 as it is: the venue wants to be left in peace, an order may be open"
    )


def test_a_stop_at_once_waits_for_a_short_rate_limit() -> None:
    """The cancel is sent when the venue may be asked again."""
    account = Account().trades_from("0").places().when(StopTrading(now=True)).when(_turned_away(10_000))
    assert StrategyEnded not in account.events
    assert account.time_passes(11_000).commands() == [CancelOrder]


def test_a_stop_says_what_it_waits_for() -> None:
    """Nothing is waited for between trades; then the open leg, until it times out."""
    account = Account().trades_from("0").places()
    asked = account.when(StopTrading()).event(StopRequested)
    assert (asked.waits_for, asked.until) == ("the buy of 1-000001", account.trade.deadline)
    idle = Account().trades_from("0").completes_trade().when(StopTrading())
    assert idle.event(StopRequested).waits_for == ""


def test_a_stop_says_that_a_rate_limit_is_waited_for() -> None:
    """The later of the two times counts."""
    account = Account().trades_from("0").places().time_passes(300_000).when(_turned_away(3_600_000))
    asked = account.when(StopTrading()).event(StopRequested)
    assert asked.waits_for.endswith("the end of the venue's rate limit")
    assert asked.until == account.state.quiet_until


def test_a_stop_bounds_the_search_for_an_order_whose_fate_is_unknown() -> None:
    """About a minute after the stop a person must look, and that time was told."""
    account = Account().trades_from("0").places().time_passes(300_000)
    asked = account.when(StopTrading()).event(StopRequested)
    stopped_at = account.now
    while not account.state.parked:
        done = CancelDone(trade_id=account.trade.trade_id, venue_order_id=WORKING, outcome="accepted")
        account.when(done).when(LookedUp(trade_id=account.trade.trade_id, complete=True))
        account.time_passes(max((next_deadline(account.state) or account.now) - account.now, 0))
    assert "cannot be found out" in account.state.parked
    assert 50_000 <= account.now - stopped_at <= asked.until - stopped_at <= 70_000


def _left_with_coins() -> Account:
    return Account().trades_from("0").places().leg_ends(WORKING, "CANCELED", quantity="1000", quote="20")


def _turned_away(retry_after_ms: int) -> CancelDone:
    return CancelDone(
        trade_id="1-000001",
        venue_order_id=WORKING,
        outcome="rate_limited",
        message="418",
        retry_after_ms=retry_after_ms,
    )
