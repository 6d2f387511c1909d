"""Events in words, and the lines of a replay."""

import json
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from actors import received
from actors.messages.base import Message
from events.base import Event, Metadata, Recorded, UnknownEvent
from events.catalog import STORED_NAMES, Catalog
from events.executions import FrameUnreadable
from events.inventory import CoinsSwept
from events.orders import OtoRejected
from events.strategies import StrategyStarted
from events.system import ActorFailed
from events.trades import QuoteObserved, TradePartlyCompleted
from events.values import ExecutedLeg
from events.volumes import TargetReached
from projections.replay import TABLE_HEAD, Reasons, Told, json_line, of_account, raw_lines, table_line
from projections.words import WORDS, account_of, in_words
from projections.words.received import RECEIVED
from tests.support.example_log import RUN, START_MS, STRATEGY, batch_planned, example_events, example_terms

ZERO = Decimal(0)
META = Metadata(correlation_id="c", causation=7, ts_event=START_MS, ts_init=START_MS + 5)


def recorded(event: Event, topic: str = "x.v1", position: int = 12) -> Recorded:
    return Recorded(position=position, stream="user-1", version=3, topic=topic, meta=META, event=event)


def told(event: Event) -> Told:
    return Reasons().told(recorded(event))


def test_every_event_has_words() -> None:
    """Each class of the catalogue, and an event that is unknown, can be told."""
    assert set(WORDS) == {*STORED_NAMES, UnknownEvent}


def test_events_of_the_example_are_told_in_one_plain_line() -> None:
    """No telling is empty, spills over a line or shows Python."""
    for _, event in example_events():
        told = in_words(event)
        assert told
        assert "\n" not in told
        assert "Decimal(" not in told


def test_a_plan_is_told_with_its_reasons() -> None:
    """How many trades and why: what remains and what one trade counts."""
    assert in_words(batch_planned(1, "0", 20)) == (
        "aop_volume_boost: batch 1 planned: 20 trades, because 200 USDT remain after 0 and one trade of 40"
        " with multiplier 4 counts 10 (by the documents' rule)"
    )


def test_a_trade_that_sold_its_leftovers_is_told_with_them() -> None:
    """Bought, sold and sold afterwards add up: here to less than nothing, as coins of earlier trades went too."""
    told = in_words(replace(partly_completed(), unwinds=(executed("1000.5", "19.9"),), remainder=Decimal("-0.5")))
    assert told == (
        "s: trade 1 of batch 1 partly completed (the sell was CANCELED): bought 1000 for 20, sold 0 for 0,"
        " then 1000.5 for 19.9 in 1 order, 0.5 of them were of earlier trades; credit expected 10, wear 0.1 USDT"
    )


def test_a_trade_that_left_coins_does_not_say_that_they_are_held() -> None:
    """Whether they are is told by the event after it."""
    told = in_words(replace(partly_completed(), sell=None, remainder=Decimal(1000)))
    assert "bought 1000 for 20, sold nothing, 1000 are left; credit" in told


def test_a_sweep_is_told_with_what_it_sold() -> None:
    """Also when that is nothing."""
    swept = CoinsSwept(
        user_id=1, strategy_id="s", trade_id="t1", asset="A", ticker="AOP", unwinds=(), quantity=ZERO, wear=ZERO
    )
    assert in_words(swept) == "t1: the sweep sold 0 AOP in 0 orders; that is 0 USDT less than was in the books"


def partly_completed() -> TradePartlyCompleted:
    """The sell sold nothing of 1000 coins."""
    return TradePartlyCompleted(
        user_id=1,
        strategy_id="s",
        trade_id="t1",
        batch=1,
        number=1,
        buy=executed("1000", "20"),
        sell=replace(executed("0", "0"), order_status="CANCELED"),
        credit_expected=Decimal(10),
        wear=Decimal("0.1"),
        remainder=ZERO,
        reason="the sell was CANCELED",
    )


def executed(quantity: str, quote: str) -> ExecutedLeg:
    return ExecutedLeg(
        venue_order_id="7000001",
        order_status="FILLED",
        quantity=Decimal(quantity),
        quote=Decimal(quote),
        avg_px=Decimal("0.02"),
        commissions=(),
    )


def test_a_skip_is_told_clearly() -> None:
    """An account at its target is said to be skipped, with both figures."""
    volumes = {"current_volume": Decimal(10200), "target_volume": Decimal(10000)}
    told = in_words(TargetReached(user_id=2, strategy_id="s", skipped=True, **volumes))
    assert told == "s: target already reached, skipped: the venue counts 10200 of 10000 USDT"


def test_small_amounts_are_told_without_exponent() -> None:
    """A price of 0.0000005 is told as it is written."""
    quote = QuoteObserved(user_id=1, strategy_id="s", trade_id="t1", price=Decimal("5E-7"), mul_point=4)
    assert in_words(quote) == "t1: the price is 0.0000005, the multiplier 4"


def test_a_table_line_has_position_time_account_and_words() -> None:
    """Columns have fixed widths under their heads; the cause comes last."""
    line = table_line(told(TargetReached(user_id=1, strategy_id="s", skipped=False, **_TEN)))
    assert line == (
        "      12  2025-10-10 00:00:00.005        1  s: target reached: the venue counts 10 of 10 USDT [because of 7]"
    )
    assert line.index("s: target") == TABLE_HEAD.index("what happened")


def test_a_line_stays_a_line() -> None:
    """A line end in a venue's message does not break the table."""
    event = OtoRejected(user_id=1, strategy_id="s", trade_id="t", code="1", message="no\r\nbalance\n")
    assert table_line(told(event)).splitlines() == [table_line(told(event))]


def test_a_json_line_holds_the_stored_event() -> None:
    """A line of `jsonl` has the event's place, its meta and its own fields, with amounts as plain text."""
    event = TargetReached(
        user_id=1, strategy_id="s", current_volume=Decimal("5E-7"), target_volume=Decimal(10), skipped=False
    )
    assert json.loads(json_line(told(event), Catalog())) == {
        "position": 12,
        "stream": "user-1",
        "version": 3,
        "topic": "x.v1",
        "meta": {"correlation_id": "c", "causation": 7, "ts_event": START_MS, "ts_init": START_MS + 5},
        "data": {
            "user_id": 1,
            "strategy_id": "s",
            "current_volume": "0.0000005",
            "target_volume": "10",
            "skipped": False,
        },
        "account": 1,
        "words": "s: target reached: the venue counts 0.0000005 of 10 USDT",
        "why": "because of 7",
    }


@pytest.mark.parametrize(
    ("raw", "data"), [(b'{"a":1}', {"a": 1}), (b"not json", "not json"), (b"\xff\xfe", "\ufffd\ufffd")]
)
def test_an_unknown_event_is_shown_as_it_is(raw: bytes, data: object) -> None:
    """What a newer version or another program wrote is passed through, whatever it is."""
    unknown = recorded(UnknownEvent(data=msgspec.Raw(raw)), topic="order.oto_requested.v9")
    assert json.loads(json_line(Reasons().told(unknown), Catalog()))["data"] == data
    assert "(order.oto_requested.v9)" in table_line(Reasons().told(unknown))


def test_every_message_has_words() -> None:
    """Whatever an actor can decide from is told in words, under the name that it has in the log."""
    kept = {one.__name__ for module in (*received.MODULES, received) for one in vars(module).values() if _is_kind(one)}
    assert set(RECEIVED) == kept


def _is_kind(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Message) and thing is not Message


def test_the_reason_is_the_cause_and_what_was_received() -> None:
    """Of events decided together the first has what was received; the others point to it where they have no cause."""
    read = msgspec.Raw(b'{"type":"OrdersSeen"}')
    metas = [replace(META, causation=None, received=read), replace(META, causation=None), META]
    events = [replace(recorded(batch_planned(1, "0", 20), position=at), meta=meta) for at, meta in enumerate(metas, 1)]
    reasons = Reasons()
    whys = ["because of a look at the orders over REST", "decided with 1", "because of 7"]
    assert [reasons.told(one).why for one in events] == whys


def test_what_another_version_received_is_told_by_its_name() -> None:
    """A message that was renamed since, or that is damaged, does not stop a replay."""
    for read, why in ((b'{"type":"Forgotten"}', "because of 7: Forgotten"), (b"[]", "because of 7")):
        one = replace(recorded(batch_planned(1, "0", 20)), meta=replace(META, received=msgspec.Raw(read)))
        assert Reasons().told(one).why == why


def test_raw_lines_are_what_was_received() -> None:
    """A frame as the venue sent it on one line, and the message where nothing raw was kept."""
    frame = recorded(FrameUnreadable(user_id=1, reason="no JSON", raw='{"e":\n1}'))
    assert list(raw_lines(frame)) == ['frame {"e": 1}']
    answer = replace(recorded(batch_planned(1, "0", 20)), meta=replace(META, received=msgspec.Raw(b'{"type":"Tick"}')))
    assert list(raw_lines(answer)) == ['received {"type":"Tick"}']


def test_a_replay_of_one_account_leaves_the_others_out() -> None:
    """Events of other accounts and of the whole program are not told; the account's actors' failures are."""
    mine = (StrategyStarted(run_id=RUN, terms=example_terms(2)), ActorFailed(actor="orders-2", error="KeyError"))
    others = (batch_planned(1, "0", 20), ActorFailed(actor="journal", error="OSError"))
    log = [recorded(event) for event in (*mine, *others)]
    assert [one.event for one in of_account(log, 2)] == list(mine)
    assert len(list(of_account(log, None))) == len(log)


def test_an_unknown_event_belongs_to_no_account() -> None:
    """What cannot be read cannot be attributed."""
    assert account_of(UnknownEvent(data=msgspec.Raw(b'{"user_id":1}'))) is None
    assert account_of(batch_planned(1, "0", 20)) == 1
    assert STRATEGY in in_words(batch_planned(1, "0", 20))


_TEN = {"current_volume": Decimal(10), "target_volume": Decimal(10)}
