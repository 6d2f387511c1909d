"""Whatever comes, however fast: no alert is lost, none repeats too soon, and no hour has too many."""

from hypothesis import given
from hypothesis import strategies as st

from events.system import AccountParked
from projections.states.alerts import HOUR_MS, Alert, AlertRules
from tests.unit.test_alerts import NOON, Operator

STEPS = st.lists(st.tuples(st.integers(0, HOUR_MS), st.integers(1, 6)), max_size=60)
"""Pauses in ms, and the account that is parked after each."""


def held_in(alert: Alert) -> int:
    """How many alerts a digest stands for; 0 for an alert of its own."""
    return int(alert.title.split()[0]) if alert.kind == "digest" else 0


@given(steps=STEPS, most=st.integers(1, 5), dedupe_ms=st.integers(0, 3 * HOUR_MS))
def test_every_alert_is_told_gathered_or_a_repeat(steps: list[tuple[int, int]], most: int, dedupe_ms: int) -> None:
    """Each trouble becomes one of the three, and what was gathered is told as soon as there is room."""
    operator, now = Operator(AlertRules(most_per_hour=most, dedupe_ms=dedupe_ms)), NOON
    told: list[tuple[int, Alert]] = []
    last: dict[int, int] = {}
    repeats = 0
    for pause, user in steps:
        now += pause
        told += [(now, alert) for alert in operator.after(AccountParked(user_id=user, reason="x"), now)]
        repeated = user in last and now < last[user] + dedupe_ms
        repeats += repeated
        last[user] = last[user] if repeated else now
    told += [(now + HOUR_MS, alert) for alert in operator.at(now + HOUR_MS)]
    gathered = sum(held_in(alert) for _, alert in told)
    alone = sum(alert.kind != "digest" for _, alert in told)
    assert (alone + gathered + repeats, operator.state.held) == (len(steps), ())
    assert all(sum(at <= other < at + HOUR_MS for other, _ in told) <= most for at, _ in told)
