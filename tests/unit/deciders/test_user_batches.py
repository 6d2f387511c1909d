"""From volume to plan to volume again: the UserActor's decider between trades."""

from decimal import Decimal

from actors.messages.orders import ReconcileOrders
from actors.messages.prices import FetchQuote
from actors.messages.strategies import Admitted, AskAdmission, ReportEnded, StopTrading
from actors.messages.streams import CloseStream, EnsureStream
from actors.messages.volumes import QueryVolume, VolumeNotSeen
from events.strategies import BatchCompleted, BatchPlanned, StrategyEnded, VolumeChecked, VolumeCheckRequested
from events.system import AccountParked
from events.volumes import CreditRateObserved, MulPointChanged, TargetReached
from projections.states.user import DAY_MS
from tests.support.account import WORKING, Account
from tests.support.terms import terms


def test_a_start_asks_the_venue_first() -> None:
    """Nothing is planned before the venue has said how much is done, and which orders are open."""
    account = Account().starts()
    assert account.commands() == [QueryVolume, ReconcileOrders]


def test_a_user_at_the_target_is_skipped() -> None:
    """User 2 of the story stands at 10200 of 10000: said so, and no stream is opened."""
    account = Account(terms(target_volume="10000", amount="30")).starts().sees_volume("10200")
    assert account.event(TargetReached).skipped
    assert account.event(StrategyEnded).status == "skipped"
    assert account.command(ReportEnded).idle
    assert EnsureStream not in account.commands()


def test_a_user_below_the_target_waits_for_its_turn() -> None:
    """A plan is made when the supervisor admits the strategy, not before."""
    account = Account().starts().sees_volume("0")
    assert account.commands() == [AskAdmission]


def test_the_story_of_user_one() -> None:
    """8500 of 10000 plans 200 trades; 9950 plans 7 more; 10002.5 is done."""
    account = Account(terms(target_volume="10000", amount="30")).trades_from("8500")
    assert _planned(account) == [200]
    account.given(BatchCompleted(user_id=1, strategy_id="aop", batch=1, completed_trades=0, failed_trades=0))
    account.time_passes(5_000).sees_volume("9950")
    assert account.event(BatchPlanned).planned_trades == 7
    account.given(BatchCompleted(user_id=1, strategy_id="aop", batch=2, completed_trades=0, failed_trades=0))
    account.time_passes(5_000).sees_volume("10002.5")
    assert account.event(StrategyEnded).current_volume == Decimal("10002.5")


def test_the_stream_is_ensured_before_the_first_trade() -> None:
    """Planning asks for the stream; the first price is asked for when the stream is up."""
    account = Account().trades_from("0")
    assert account.commands() == [FetchQuote]
    assert account.trade.number == 1


def test_a_batch_of_one_ends_with_a_fresh_query_after_the_delay() -> None:
    """After the last trade the venue is asked again, volume_check_delay later and not at once."""
    account = Account().trades_from("190").completes_trade()
    assert BatchCompleted in account.events
    assert QueryVolume not in account.commands()
    account.time_passes(5_000)
    assert account.events == [VolumeCheckRequested]


def test_a_reached_target_closes_the_stream() -> None:
    """The venue says so, the strategy ends as reached, and the stream is closed."""
    account = Account().trades_from("190").completes_trade().time_passes(5_000).sees_volume("200")
    assert account.event(StrategyEnded).status == "reached"
    assert account.commands() == [ReportEnded, CloseStream]


def test_an_answer_to_an_older_question_is_not_believed() -> None:
    """A volume recorded before the check was asked for says nothing about the batch."""
    account = Account().trades_from("190").completes_trade().time_passes(5_000)
    account.position = 0
    account.sees_volume("200")
    assert account.events == []


def test_missing_credit_is_read_again_until_it_stands_still() -> None:
    """The venue's figures lag by up to 180 s: a short read is no reason to trade more before that is over."""
    account = Account().trades_from("190").completes_trade().time_passes(5_000).sees_volume("190")
    assert account.events == [VolumeChecked]
    assert not account.event(VolumeChecked).settled
    for _ in range(39):
        account.time_passes(5_000).sees_volume("190")
        assert BatchPlanned not in account.events
    account.time_passes(5_000).sees_volume("190")
    assert BatchPlanned in account.events


def test_credit_that_stops_short_of_a_trade_is_waited_for() -> None:
    """The last of 20 trades was slow, and so its credit comes a while after the others': it is not traded for again."""
    account = Account().trades_from("0")
    while account.strategy().phase == "trading":
        account.completes_trade().time_passes(3_000)
    account.time_passes(5_000).sees_volume("190")
    for _ in range(20):
        account.time_passes(5_000).sees_volume("190")
    account.time_passes(5_000).sees_volume("200")
    assert _planned(account) == [20]


def test_a_run_does_not_forget_what_was_counted_today() -> None:
    """A second run's first look may find the token missing: a figure that fell is read again before it is believed."""
    account = Account().starts().sees_volume("10000").dies_and_recovers().starts("run-2").sees_volume("0")
    assert not account.event(VolumeChecked).settled
    account.time_passes(5_000).sees_volume("10000")
    assert account.event(StrategyEnded).status == "skipped"


def test_a_stop_does_not_forget_the_credit_that_is_on_its_way() -> None:
    """Stopped in a batch and started again at once, the figure still shows nothing: no trade is made twice for that."""
    account = Account().trades_from("0").completes_trade().when(StopTrading(now=False))
    assert account.event(StrategyEnded).status == "stopped"
    account.starts("run-2").sees_volume("0")
    assert not account.event(VolumeChecked).settled
    account.time_passes(5_000).sees_volume("10").when(Admitted(strategy_id="aop"))
    assert account.event(BatchPlanned).planned_trades == 19


def test_a_figure_does_not_stand_still_while_nobody_looks() -> None:
    """Credit is missing, the process is down for an hour, and the next look shows the same: one look proves little."""
    account = Account(terms(target_volume="10")).trades_from("0").completes_trade().time_passes(5_000).sees_volume("0")
    account.now += 3_600_000
    account.dies_and_recovers().starts("run-2").time_passes(5_000).sees_volume("0")
    assert not account.event(VolumeChecked).settled


def test_what_was_counted_yesterday_is_forgotten() -> None:
    """The venue counts each UTC day from 0."""
    account = Account().starts().sees_volume("10000")
    account.now += DAY_MS
    account.dies_and_recovers().starts("run-2").sees_volume("0")
    assert account.event(VolumeChecked).settled


def test_late_credit_needs_no_further_trade() -> None:
    """The credit arrives with the second read, and the target is reached with the trades already made."""
    account = Account().trades_from("190").completes_trade().time_passes(5_000).sees_volume("190")
    account.time_passes(5_000).sees_volume("200")
    assert account.event(StrategyEnded).status == "reached"


def test_trades_that_bought_in_part_do_not_lower_the_credit_of_whole_ones() -> None:
    """One whole trade counts 10 and two that bought a tenth count nothing: 50 more take 5 trades, not 15."""
    account = Account(terms(target_volume="60", probe_trades=3)).trades_from("0").completes_trade()
    for _ in range(2):
        account.time_passes(3_000).places().leg_ends(WORKING, "CANCELED", "180", "3.6").sells_leftovers("179", "3.5")
    account.sees_settled("10")
    assert CreditRateObserved not in account.events
    assert account.event(BatchPlanned).planned_trades == 5


def test_trades_that_bought_in_part_can_raise_the_credit() -> None:
    """A whole trade counts at least as much as one that bought a tenth, which counts 18 in place of 1."""
    account = Account(terms(target_volume="60", probe_trades=1)).trades_from("0")
    account.places().leg_ends(WORKING, "CANCELED", "180", "3.6").sells_leftovers("179", "3.5").sees_settled("18")
    assert account.event(CreditRateObserved).measured == 18


def test_a_measured_credit_replaces_the_rule() -> None:
    """One trade was to count 10 and counted 144: the rest of the target is planned with 144."""
    account = Account(terms(target_volume="1000", probe_trades=1)).trades_from("0")
    assert _planned(account) == [1]
    account.completes_trade().sees_settled("144")
    assert account.event(CreditRateObserved).measured == 144
    assert (account.event(BatchPlanned).planned_trades, account.event(BatchPlanned).basis) == (6, "measured")


def test_a_credit_within_ten_percent_keeps_the_rule() -> None:
    """9.5 where 10 was expected is the venue's rounding, not another rule."""
    account = Account(terms(target_volume="1000", probe_trades=1)).trades_from("0")
    account.completes_trade().sees_settled("9.5")
    assert CreditRateObserved not in account.events
    assert account.event(BatchPlanned).basis == "documented"


def test_a_changed_multiplier_ends_the_batch_and_plans_anew() -> None:
    """AOP falls from 4 to 1 in the middle of a batch: no order is placed on the old plan."""
    account = Account().trades_from("0").sees_price(mul_point=1)
    assert MulPointChanged in account.events
    assert account.event(BatchCompleted).reason == "the multiplier changed"
    account.time_passes(5_000).sees_volume("0", mul_point=1)
    assert account.event(BatchPlanned).planned_trades == 5


def test_two_batches_without_credit_park_the_account() -> None:
    """Trades that the venue does not count only cost money."""
    account = Account(terms(probe_trades=1)).trades_from("0")
    for _ in range(2):
        account.completes_trade().sees_settled("0")
    assert AccountParked in account.events
    assert account.event(StrategyEnded).status == "parked"


def test_an_unreadable_volume_is_asked_for_again_and_then_given_up() -> None:
    """So many failed reads in a row as failed trades are allowed; then the strategy ends as failed."""
    account = Account().starts()
    for _ in range(3):
        account.when(VolumeNotSeen(strategy_id="aop", outcome="unknown", message="timeout")).time_passes(5_000)
    assert account.strategy().status == "failed"


def test_a_dead_session_parks_the_account() -> None:
    """An expired login is the owner's to mend; nothing is tried again."""
    account = Account().starts()
    account.when(VolumeNotSeen(strategy_id="aop", outcome="unauthorised", message="login expired"))
    assert account.event(StrategyEnded).status == "parked"


def test_two_strategies_take_turns() -> None:
    """One OTO per account at a time, and neither strategy starves."""
    account = Account(terms(), terms(strategy_id="koge")).starts()
    account.sees_volume("0").sees_volume("0", strategy_id="koge")
    account.when(Admitted(strategy_id="aop")).when(Admitted(strategy_id="koge")).connects()
    first = account.trade.strategy_id
    account.completes_trade()
    assert {first, account.trade.strategy_id} == {"aop", "koge"}


def _planned(account: Account) -> list[int]:
    return [r.event.planned_trades for r in account.log if isinstance(r.event, BatchPlanned)]
