"""What is told of, and when: deduplicated, bounded, gathered; from events and times alone."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from events.base import Event, Metadata, Recorded
from events.control import AccountResumed
from events.inventory import InventoryHeld
from events.strategies import StrategyEnded, WearLimitReached
from events.system import (
    AccountParked,
    LogCut,
    RunEnded,
    RunStarted,
    StreamConnected,
    StreamFailed,
    StreamLost,
)
from events.values import Operator as By
from events.volumes import TargetReached
from projections.states import outbox as mail
from projections.states.alerts import (
    DAY_MS,
    HOUR_MS,
    STATEMENT_AFTER_MS,
    Alert,
    AlertRules,
    AlertsState,
    next_deadline,
    take,
    tick,
)
from projections.states.outbox import RETRIES_MS, Outbox
from tests.support.house import RUN

RULES = AlertRules()
NOON = 20_000 * DAY_MS + DAY_MS // 2
PARKED = AccountParked(user_id=3, reason="the session has expired")
TARGET = TargetReached(
    user_id=1, strategy_id="aop", current_volume=Decimal(100), target_volume=Decimal(90), skipped=False
)
HELD = InventoryHeld(
    user_id=1,
    strategy_id="aop",
    trade_id="1-1",
    asset="ALPHA_1",
    ticker="AOP",
    quantity=Decimal("12.5"),
    value=Decimal(3),
    reason="the book was empty",
)
WORN = WearLimitReached(
    user_id=1,
    strategy_id="aop",
    day="2026-11-21",
    limit="max_wear_usdt",
    allowed=Decimal(1),
    wear=Decimal("1.5"),
    turnover=Decimal(100),
)
CUT = LogCut(first_position=7, events=2, reason="torn", quarantine="quarantine-1")
FAILED = StrategyEnded(user_id=1, strategy_id="aop", status="failed", current_volume=None, reason="no such token")
LOST = StreamLost(user_id=1, reason="gone", attempt=1, retry_in=Decimal(3))


class Operator:
    """Folds events at their times, and hears the alerts."""

    def __init__(self, rules: AlertRules = RULES) -> None:
        self.rules = rules
        self.state = AlertsState()

    def after(self, event: Event, at: int = NOON) -> list[Alert]:
        meta = Metadata(correlation_id="c", causation=None, ts_event=at, ts_init=at)
        one = Recorded(position=1, stream="s", version=1, topic="t", meta=meta, event=event)
        self.state, alerts = take(self.state, one, self.rules)
        return list(alerts)

    def at(self, now: int) -> list[Alert]:
        self.state, alerts = tick(self.state, now, self.rules)
        return list(alerts)


@pytest.mark.parametrize(
    ("event", "kind", "says"),
    [
        (TARGET, "target_reached", "aop: 100/90 USDT"),
        (PARKED, "account_parked", "the session has expired\nLook at the account at the venue"),
        (replace(PARKED, restricted=True), "account_parked", "bin/run resume --user 3"),
        (FAILED, "account_parked", "no such token"),
        (StreamFailed(user_id=1, reason="refused", attempts=10), "stream_lost", "after 10 tries: refused"),
        (WORN, "wear_limit", "max_wear_usdt allows 1 on 2026-11-21, trading cost 1.5 USDT"),
        (HELD, "inventory_held", "12.5 AOP worth 3 USDT: the book was empty\nSell them with bin/run sweep --user 1"),
        (CUT, "storage", "quarantine-1"),
    ],
)
def test_each_trouble_has_its_alert(event: Event, kind: str, says: str) -> None:
    """Once, with what happened and what to do; and none of a kind that the settings do not name."""
    (alert,) = Operator().after(event)
    assert (alert.kind, says in alert.text) == (kind, True)
    others = tuple(one for one in RULES.tell if one != kind)
    assert Operator(replace(RULES, tell=others)).after(event) == []


def test_what_is_no_news_is_not_told() -> None:
    """An account that was at its target before, a strategy that the operator stopped."""
    operator = Operator()
    assert operator.after(replace(TARGET, skipped=True)) == []
    assert operator.after(replace(FAILED, status="stopped")) == []


def test_the_same_trouble_is_told_once_in_a_while() -> None:
    """Of each account by itself; when it is told again, with how often it came meanwhile."""
    operator = Operator()
    assert len(operator.after(PARKED)) == 1
    assert [operator.after(PARKED, NOON + minute * 60_000) for minute in (1, 59)] == [[], []]
    assert len(operator.after(replace(PARKED, user_id=4), NOON + 1)) == 1
    (again,) = operator.after(PARKED, NOON + HOUR_MS)
    assert "It came 2 more times" in again.text


def test_an_account_that_is_parked_once_more_is_told_of() -> None:
    """Soon after its owner had it taken up again, too."""
    operator = Operator()
    operator.after(PARKED)
    operator.after(AccountResumed(user_id=3, by=By(name="op", uid=0, pid=1), unparked=True), NOON + 1)
    assert len(operator.after(PARKED, NOON + 2)) == 1


def test_a_stream_is_told_of_when_it_stays_down() -> None:
    """Not before its time, once, and not where it came back; the time is kept from the first loss on."""
    operator = Operator()
    assert operator.after(LOST) == []
    assert next_deadline(operator.state, RULES) == NOON + RULES.stream_lost_ms
    assert operator.after(replace(LOST, attempt=2), NOON + 60_000) == []
    (alert,) = operator.at(NOON + RULES.stream_lost_ms)
    assert (alert.kind, "For 120 s" in alert.text) == ("stream_lost", True)
    assert operator.at(NOON + 2 * RULES.stream_lost_ms) == []


@pytest.mark.parametrize(
    "end", [StreamConnected(user_id=1, attempt=1), RUN, RunEnded(run_id="run-1", exit_code=0, reason="")]
)
def test_a_stream_that_is_back_or_of_no_run_is_not_told_of(end: Event) -> None:
    """Streams live in a run."""
    operator = Operator()
    operator.after(LOST)
    operator.after(end, NOON + 1)
    assert operator.at(NOON + 2 * RULES.stream_lost_ms) == []


def test_too_many_alerts_wait_for_a_digest() -> None:
    """At most so many in an hour; then one with the titles of all that waited, which counts as one."""
    operator = Operator(replace(RULES, most_per_hour=2))
    told = [operator.after(replace(PARKED, user_id=user), NOON + user) for user in range(1, 6)]
    assert [len(alerts) for alerts in told] == [1, 1, 0, 0, 0]
    due = NOON + 1 + HOUR_MS
    assert (next_deadline(operator.state, operator.rules), operator.at(due - 1)) == (due, [])
    (digest,) = operator.at(due)
    assert (digest.title, digest.text.count("parked")) == ("3 alerts that had to wait", 3)
    assert operator.at(due) == []


def test_no_alert_is_lost_by_the_rate_limit() -> None:
    """Told at once or in a digest: every one that was not a repeat, however many."""
    operator = Operator(replace(RULES, most_per_hour=3))
    alerts = [one for user in range(500) for one in operator.after(replace(PARKED, user_id=user), NOON + user)]
    (digest,) = operator.at(NOON + 2 * HOUR_MS)
    assert len(alerts) == 3
    assert digest.title == "497 alerts that had to wait"
    assert "and 297 more" in digest.text


def test_the_statement_of_a_day_comes_when_the_day_is_over() -> None:
    """Once, some minutes after midnight UTC or with the next event, for the accounts of the day's runs."""
    operator = Operator()
    operator.after(RunStarted(**{name: getattr(RUN, name) for name in RUN.__struct_fields__} | {"accounts": (2, 1)}))
    due = 20_001 * DAY_MS + STATEMENT_AFTER_MS
    assert (next_deadline(operator.state, RULES), operator.at(due - 1)) == (due, [])
    (alert,) = operator.at(due)
    assert (alert.kind, alert.day, alert.accounts) == ("daily_statement", "2024-10-04", (1, 2))
    assert operator.at(due + 1) == []


def test_a_run_that_goes_past_midnight_belongs_to_both_days() -> None:
    """What is recorded just after midnight does not hide the day before."""
    operator = Operator()
    operator.after(RUN)
    operator.after(TARGET, 20_001 * DAY_MS + 1)
    days = [one.day for day in (1, 2) for one in operator.at((20_000 + day) * DAY_MS + STATEMENT_AFTER_MS)]
    assert days == ["2024-10-04", "2024-10-05"]


def test_a_day_that_ended_without_us_is_told_with_the_next_event() -> None:
    """A system that stood still at midnight."""
    operator = Operator()
    operator.after(RUN)
    (alert,) = operator.after(RUN, NOON + 3 * DAY_MS)
    assert alert.day == "2024-10-04"


def test_what_cannot_be_sent_is_tried_again_and_then_given_up() -> None:
    """Ever later, for this service alone; the count of what was dropped says so."""
    (alert,) = Operator().after(PARKED)
    box, now, waits = mail.put(Outbox(), alert, ("a", "b")), 0, []
    box = mail.delivered(box, mail.due(box, now)[1])
    while box.deliveries:
        (one,) = mail.due(box, now)
        box = mail.failed(box, one, now)
        after = min((one.due for one in box.deliveries), default=now)
        waits.append(after - now)
        now = after
    assert waits == [*RETRIES_MS, 0]
    assert (box.sent, box.dropped) == (1, 1)


def test_what_is_for_a_service_that_is_gone_is_dropped() -> None:
    """The settings may have changed since."""
    (alert,) = Operator().after(PARKED)
    box = mail.drop_strangers(mail.put(Outbox(), alert, ("a", "b")), ("b", "c"))
    assert ([one.service for one in box.deliveries], box.dropped) == (["b"], 1)
