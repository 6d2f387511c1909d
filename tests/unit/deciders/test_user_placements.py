"""Placements that were not accepted: what is sent again, looked for, believed and given up."""

from typing import Any

from msgspec.structs import replace

from actors.messages.placements import FindInFrames, OtoAnswered, OtoFailed, SearchOto
from events.orders import OtoAccepted, OtoNotSent, OtoRejected, OtoRequested, OtoUnresolved
from events.system import AccountParked
from events.trades import TradeAbandoned
from events.values import Outcome
from tests.support.account import Account


def test_a_placement_that_never_left_fails_the_trade() -> None:
    """No byte of it was sent: no order exists, and no look is needed."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unavailable"))
    assert account.events[:2] == [OtoNotSent, TradeAbandoned]


def test_a_refusal_is_believed_when_no_list_shows_the_order() -> None:
    """Venues have been seen to answer with an error and to hold the order: a second look, soon after, settles it."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "rejected"))
    assert (account.events, account.commands()) == ([OtoUnresolved], [FindInFrames, SearchOto])
    account.looks_in_vain()
    assert TradeAbandoned not in account.events
    account.time_passes(2_000).looks_in_vain()
    assert account.events[-2:] == [OtoRejected, TradeAbandoned]
    assert account.event(OtoRejected).message == "no"


def test_a_refused_placement_that_exists_is_adopted() -> None:
    """The error reply was wrong: the trade goes on with the order that the venue holds."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "rejected"))
    account.when(OtoAnswered(trade_id=account.trade.trade_id, working_order_id="1", pending_order_id="2", found=True))
    assert account.trade.phase == "working"


def test_a_rate_limited_placement_is_looked_for_after_the_wait() -> None:
    """Nothing is asked of the venue before its time is over; then a look settles it, and the trade is no failure."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "rate_limited", retry_after_ms=10_000))
    assert account.commands() == []
    account.time_passes(11_001)
    assert account.commands() == [FindInFrames, SearchOto]
    account.looks_in_vain(2_000)
    assert not account.event(TradeAbandoned).failed


def test_a_dead_session_leaves_the_placement_to_be_settled_when_the_operator_resumes() -> None:
    """Nothing can be looked at now; the trade stays open in the log and is looked for first of all when it goes on."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unauthorised"))
    assert (account.trade.phase, SearchOto in account.commands()) == ("searching", False)
    assert "session" in account.state.parked
    assert SearchOto in account.resumes().commands()


def test_the_venues_retry_after_is_honoured() -> None:
    """A longer wait than ours wins."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "rate_limited", retry_after_ms=90_000)).time_passes(89_999)
    assert account.commands() == []


def test_failures_in_a_row_park_the_account() -> None:
    """max_retry_attempts failed trades in a row, and a person must look; the reason says why the last one failed."""
    account = Account().trades_from("0")
    for _ in range(3):
        account.sees_price()
        account.when(_failed(account, "rejected")).looks_in_vain(2_000)
        if account.state.trade is None:
            assert account.event(TradeAbandoned).wait_ms == 60_000
            account.time_passes(60_000)
    assert account.state.parked.startswith("3 trades of aop failed in a row, the last: rejected: ")


def test_an_unknown_outcome_is_searched_for_and_never_sent_again() -> None:
    """Silence is not failure: the placement is looked for by its values."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unknown"))
    assert account.events == [OtoUnresolved]
    assert account.commands() == [FindInFrames, SearchOto]


def test_only_frames_after_the_intent_are_looked_through() -> None:
    """What was heard of before cannot be it, also where nobody remembers whose order that was."""
    account = Account().trades_from("0").sees_price()
    (intent,) = [recorded.position for recorded in account.log if isinstance(recorded.event, OtoRequested)]
    account.when(_failed(account, "unknown"))
    assert account.command(FindInFrames).after == intent
    assert account.dies_and_recovers().command(FindInFrames).after == intent


def test_a_found_placement_is_adopted() -> None:
    """The search shows the order: the trade goes on as if the reply had come."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unknown"))
    account.when(OtoAnswered(trade_id=account.trade.trade_id, working_order_id="1", pending_order_id="2", found=True))
    assert account.trade.phase == "working"


def test_absence_counts_only_after_the_settle_time() -> None:
    """A complete search that shows nothing is repeated until 10 s have passed; then the trade failed."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unknown")).looks_in_vain(9_000)
    assert TradeAbandoned not in account.events
    account.looks_in_vain(4_000)
    assert TradeAbandoned in account.events


def test_the_settle_time_begins_when_the_answer_is_given_up() -> None:
    """A request that took as long as the settle time may still arrive: one look proves nothing."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unknown"), after=10_060).looks_in_vain(9_000)
    assert TradeAbandoned not in account.events
    assert account.looks_in_vain(4_000).state.trade is None


def test_the_settle_time_begins_anew_where_the_answer_was_interrupted() -> None:
    """However long nobody ran: what counts is for how long somebody looked."""
    account = Account().trades_from("0").sees_price()
    account.now += 3_600_000
    account.dies_and_recovers().looks_in_vain(9_000)
    assert TradeAbandoned not in account.events
    assert account.looks_in_vain(4_000).state.trade is None


def test_a_clock_that_is_set_forward_settles_nothing() -> None:
    """Between two looks counts no more time than was meant to pass."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unknown")).looks_in_vain()
    account.time_passes(3_600_000).looks_in_vain()
    assert TradeAbandoned not in account.events


def test_looks_that_could_not_read_everything_do_not_count() -> None:
    """The time that they take is no time of absence."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unknown")).looks_in_vain(30_000, complete=False).looks_in_vain()
    assert TradeAbandoned not in account.events


def test_a_search_that_never_succeeds_parks_the_account() -> None:
    """Incomplete reads prove nothing, however long they go on."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unknown"))
    account.looks_in_vain(600_000, complete=False)
    assert "cannot be found out" in account.state.parked


def test_a_dead_session_at_placement_parks_the_account() -> None:
    """Nothing is tried with a session that the venue does not accept."""
    account = Account().trades_from("0").sees_price()
    account.when(_failed(account, "unauthorised"))
    assert AccountParked in account.events


def _failed(account: Account, outcome: Outcome, retry_after_ms: int = 0) -> OtoFailed:
    return OtoFailed(
        trade_id=account.trade.trade_id, outcome=outcome, code="1", message="no", retry_after_ms=retry_after_ms
    )


def test_the_ids_of_another_symbol_tell_nothing_of_an_orders_age() -> None:
    """Each symbol counts its orders by itself: a placement is looked for above the last id of its own."""
    account = Account().trades_from("0").sees_price()
    order = account.event(OtoRequested).order
    other = replace(order, symbol="ALPHA_22USDT", base_asset="ALPHA_22")
    for placed, working_order_id in ((order, "6999999"), (other, "99000000")):
        ids: dict[str, Any] = {"user_id": 1, "strategy_id": "aop", "trade_id": "1-9"}
        account.given(OtoRequested(**ids, order=placed))
        account.given(OtoAccepted(**ids, working_order_id=working_order_id, pending_order_id="0"))
    account.dies_and_recovers()
    search = account.command(SearchOto)
    assert search.newest_id == 6_999_999
    assert "99000000" in search.known_order_ids
