"""What holds a strategy back: wear, midnight, and a venue that turns away."""

from decimal import Decimal

from actors.messages.placements import FindInFrames, OtoFailed, SearchOto
from actors.messages.prices import QuoteNotSeen
from actors.messages.strategies import Admitted
from actors.messages.volumes import QueryVolume, VolumeSeen
from events.accounts import AccountQuieted
from events.strategies import DayClosed, StrategyEnded, VolumeChecked, VolumeDoubted, WearLimitReached
from projections.states.user import DAY_MS
from tests.support.account import PENDING, Account
from tests.support.terms import terms

# Each completed trade of the stories costs 36 - 35.9 + 0.00359.
WEAR = Decimal("0.10359")


def test_the_wear_limit_stops_the_strategy_between_trades() -> None:
    """Two trades may pass the limit by no more than the second one's cost; a third does not begin."""
    account = Account(terms(max_wear_usdt=Decimal("0.2"))).trades_from("0").completes_trade()
    account.time_passes(3_000).completes_trade()
    assert account.event(WearLimitReached).wear == 2 * WEAR
    assert account.event(StrategyEnded).status == "worn"


def test_the_wear_limit_in_bps_counts_what_was_bought() -> None:
    """0.10359 on 36 bought is 28.8 bps."""
    account = Account(terms(max_wear_bps=Decimal(28))).trades_from("0").completes_trade()
    assert account.event(WearLimitReached).limit == "max_wear_bps"
    assert Account(terms(max_wear_bps=Decimal(29))).trades_from("0").completes_trade().strategy().phase == "trading"


def test_wear_of_the_day_survives_a_restart() -> None:
    """Starting again does not reset what the day has cost."""
    account = Account(terms(max_wear_usdt=Decimal("0.1"))).trades_from("0").completes_trade()
    account.dies_and_recovers().starts("run-2").sees_volume("10")
    assert account.event(StrategyEnded).status == "worn"


def test_yesterdays_wear_does_not_count_today() -> None:
    """The limit is per UTC day."""
    account = Account(terms(max_wear_usdt=Decimal("0.1"))).trades_from("0").completes_trade()
    account.now += DAY_MS
    account.starts("run-2").sees_volume("0")
    assert StrategyEnded not in account.events


def test_midnight_closes_the_day_and_stops() -> None:
    """The current trade is finished, the day is closed with its volume, and the strategy stops."""
    account = Account().trades_from("0").places()
    account.now = DAY_MS - 1 + account.now // DAY_MS * DAY_MS
    account.leg_ends().time_passes(1_000)
    assert DayClosed not in account.events
    account.leg_ends(PENDING, quantity="1818", quote="35.9")
    assert account.event(DayClosed).volume == 10
    assert account.event(StrategyEnded).status == "day_over"


def test_midnight_may_begin_a_new_day() -> None:
    """With continue_after_midnight the volume is asked for afresh, and the plan is made from it."""
    account = Account(terms(continue_after_midnight=True)).trades_from("0").completes_trade()
    account.now = DAY_MS + account.now // DAY_MS * DAY_MS
    account.time_passes(0)
    assert account.event(DayClosed).continues
    assert account.commands() == [QueryVolume]
    account.sees_volume("0")
    assert account.strategy().planned == 20


def test_a_day_is_closed_with_what_was_bought_on_it() -> None:
    """The order was placed before midnight and filled after it: the venue counts it on the new day."""
    account = Account().trades_from("0").completes_trade().time_passes(3_000).places()
    account.now = DAY_MS + account.now // DAY_MS * DAY_MS
    account.leg_ends().leg_ends(PENDING, quantity="1818", quote="35.9")
    assert account.event(DayClosed).volume == 10


def test_what_was_bought_after_midnight_is_awaited_on_the_new_day() -> None:
    """Its credit is still on its way when the venue first shows the new day."""
    account = Account(terms(continue_after_midnight=True)).trades_from("0").places()
    account.now = DAY_MS + account.now // DAY_MS * DAY_MS
    account.leg_ends().leg_ends(PENDING, quantity="1818", quote="35.9").sees_volume("0")
    assert not account.event(VolumeChecked).settled
    account.time_passes(5_000).sees_volume("10")
    assert account.strategy().planned == 19


def test_a_figure_of_yesterday_does_not_end_the_new_day() -> None:
    """Just after midnight a venue whose clock is behind still shows the target of the day before."""
    account = Account(terms(continue_after_midnight=True)).trades_from("100").completes_trade()
    account.now = DAY_MS + account.now // DAY_MS * DAY_MS
    account.time_passes(0).sees_volume("200")
    assert account.events == [VolumeDoubted]
    account.time_passes(5_000).sees_volume("0")
    assert account.strategy().planned == 20


def test_a_figure_that_stays_is_of_the_new_day() -> None:
    """What somebody traded by hand just after midnight counts, once no figure can be late any more."""
    account = Account(terms(continue_after_midnight=True)).trades_from("100").completes_trade()
    account.now = DAY_MS + account.now // DAY_MS * DAY_MS
    account.time_passes(0).sees_volume("200").time_passes(200_000).sees_volume("200")
    assert account.event(StrategyEnded).status == "skipped"


def test_a_run_of_the_next_day_closes_the_old_day_and_trades() -> None:
    """Killed with a trade in hand; the same command a day later settles it, closes the day, and begins the new one."""
    account = Account().trades_from("0").completes_trade().time_passes(3_000).places()
    account.now += DAY_MS
    account.dies_and_recovers().starts("run-2").leg_ends().leg_ends(PENDING, quantity="1818", quote="35.9")
    assert account.event(DayClosed).volume == 10
    assert account.event(DayClosed).continues
    account.sees_settled("10").when(Admitted(strategy_id="aop"))
    assert account.strategy().planned == 19


def test_a_fresh_actor_of_the_same_run_ends_with_the_day() -> None:
    """Only a run that was begun after midnight goes on after it unasked."""
    account = Account().trades_from("0").completes_trade()
    account.now = DAY_MS + account.now // DAY_MS * DAY_MS
    account.dies_and_recovers().starts("run-1")
    assert account.event(StrategyEnded).status == "day_over"


def test_an_answer_of_yesterday_is_not_believed_today() -> None:
    """The venue was asked just before midnight and answers just after it: its figure is of the day before."""
    account = Account().starts()
    account.now = DAY_MS - 1 + account.now // DAY_MS * DAY_MS
    account.starts("run-2")
    account.now += 2
    account.sees_volume("100")
    assert account.commands() == [QueryVolume]
    account.sees_volume("0")
    assert account.event(VolumeChecked).volume == 0


def test_an_answer_to_an_earlier_question_is_not_believed() -> None:
    """At midnight the venue is asked anew while it still owes an answer."""
    account = Account().starts()
    asked = account.strategy().asked_at
    seen = VolumeSeen(strategy_id="aop", position=asked + 5, asked=asked - 1, volume=Decimal(100), mul_point=4)
    account.when(seen)
    assert account.events == []


def test_a_rate_limit_quiets_the_whole_account() -> None:
    """Until the venue's time is over nothing is asked of it, whichever strategy wants to."""
    account = Account().trades_from("0").sees_price()
    account.when(_limited(account, 90_000))
    until = account.event(AccountQuieted).until
    assert 90_000 <= until - account.now < 99_000
    account.time_passes(until - account.now - 1)
    assert account.commands() == []
    account.time_passes(1)
    assert account.commands() == [FindInFrames, SearchOto]


def test_waits_grow_from_limit_to_limit_and_then_a_person_must_look() -> None:
    """30 s and 15 s more each time where the venue names no time; ten times in a row park the account."""
    account = Account().trades_from("0")
    waits = []
    while not account.state.parked:
        account.sees_price().when(_limited(account, 0))
        waits.append(account.state.quiet_until - account.now)
        account.time_passes(waits[-1]).looks_in_vain(2_000)
        account.time_passes(3_000)
    assert [wait // 15_000 for wait in waits] == [*range(2, 12)]
    assert "10 times in a row" in account.state.parked


def test_a_rate_limit_holds_across_a_restart() -> None:
    """What the venue asked for is in the log."""
    account = Account().trades_from("0")
    account.when(QuoteNotSeen(trade_id=account.trade.trade_id, outcome="rate_limited", message="418"))
    account.dies_and_recovers()
    assert 30_000 <= account.state.quiet_until - account.now < 33_000


def _limited(account: Account, retry_after_ms: int) -> OtoFailed:
    return OtoFailed(
        trade_id=account.trade.trade_id, outcome="rate_limited", code="", message="429", retry_after_ms=retry_after_ms
    )
