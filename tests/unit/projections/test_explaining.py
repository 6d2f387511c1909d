"""Trees of causes for what no simulated run is sure to hold: late fills, sweeps, orders of somebody else, old logs."""

from typing import Any

import pytest
from msgspec.structs import replace

from events.base import Event
from events.journal import InMemoryJournal
from projections.causes import Step, drawn
from projections.explaining import AccountLog
from tests.golden.samples import SAMPLES
from tests.support.example_log import LogWriter, write_example


@pytest.fixture
def writer() -> LogWriter:
    """After the example run, which has no messages and no causes."""
    journal = InMemoryJournal()
    write_example(journal)
    return LogWriter(journal)


def sample(topic: str, **fields: Any) -> Event:
    return replace(SAMPLES[topic].event, **fields)


def explained(writer: LogWriter, name: str, user: int = 1) -> tuple[Step, ...]:
    log = AccountLog(one for one in writer.journal.read() if one.stream.endswith(f"-{user}"))
    return log.trade(name) or log.order(name)


def stages(steps: tuple[Step, ...]) -> list[str]:
    return [one.stage for one in steps]


def topics(steps: tuple[Step, ...]) -> list[str]:
    return [one.told.recorded.topic for one in steps if one.told]


def test_a_log_without_causes_is_explained_by_what_it_names(writer: LogWriter) -> None:
    """Orders are put under the answer that named them, everything else under its trade."""
    steps = explained(writer, "u1-b1-t3")
    assert stages(steps)[:8] == ["terms", "volume seen", "volume seen", "plan", "trade", "price", "intent", "request"]
    assert {"reply", "end", "credit"} <= set(stages(steps))
    assert [one.number for one in steps if one.parent is None] == [1]


def test_a_refused_trade_is_explained_to_its_end(writer: LogWriter) -> None:
    """The refusal, the trade's end, and how its batch and its credit went on without it."""
    told = topics(explained(writer, "u1-b1-t5"))
    assert (
        told.index("order.oto_rejected.v1")
        < told.index("trade.abandoned.v1")
        < told.index("strategy.batch_completed.v1")
    )


def test_a_late_fill_belongs_to_its_order_and_trade(writer: LogWriter) -> None:
    """What an order came to after its end is told with it, however late."""
    late = sample("order.late_fill_observed.v1", trade_id="u1-b1-t3", strategy_id="aop_volume_boost")
    leg = replace(late.executed, venue_order_id="u1-b1-t3-pending")  # type: ignore[attr-defined]
    at = writer.write("user-1", replace(late, executed=leg)).position
    for name in ("u1-b1-t3", "u1-b1-t3-pending"):
        assert at in [one.told.recorded.position for one in explained(writer, name) if one.told]


def test_a_sweep_is_explained_from_what_the_operator_wanted(writer: LogWriter) -> None:
    """It has neither volume nor plan; its sale has intent, request, answer and end."""
    mine: dict[str, Any] = {"trade_id": "1-000008"}
    writer.write("user-1", sample("inventory.sweep_started.v1", strategy_id="aop_volume_boost"))
    writer.write("user-1", sample("order.unwind_requested.v1", **mine))
    writer.write("user-1", sample("order.unwind_accepted.v1", **mine))
    writer.write("orders-1", sample("order.closed.v1", venue_order_id="7000003"))
    writer.write("user-1", sample("inventory.swept.v1"))
    assert stages(explained(writer, "1-000008"))[:6] == ["terms", "trade", "intent", "request", "reply", "end"]
    assert stages(explained(writer, "7000003"))[:6] == ["terms", "trade", "intent", "request", "reply", "end"]


def test_an_order_of_somebody_else_is_told_as_far_as_it_is_known(writer: LogWriter) -> None:
    """An order that is open at the venue and not ours has no trade."""
    writer.write("user-1", sample("order.unknown.v1"))
    (step,) = explained(writer, "7000099")
    assert (step.parent, step.stage) == (None, "decided")


def test_an_intent_without_an_answer_tells_of_no_request(writer: LogWriter) -> None:
    """Whether it was sent is not known before somebody has looked."""
    writer.write("user-1", sample("trade.started.v1", trade_id="1-000009", strategy_id="aop_volume_boost"))
    writer.write("user-1", sample("order.oto_requested.v1", trade_id="1-000009"))
    assert "request" not in stages(explained(writer, "1-000009"))
    writer.write("user-1", sample("order.oto_not_sent.v1", trade_id="1-000009"))
    assert stages(explained(writer, "1-000009"))[-2:] == ["intent", "reply"]


def test_nothing_is_explained_that_is_not_there(writer: LogWriter) -> None:
    """An id that the account never had gives no tree."""
    assert explained(writer, "9-9") == ()
    assert explained(writer, "u1-b1-t3", user=2) == ()


def test_branches_are_drawn_where_one_thing_led_to_several() -> None:
    """A chain stays in one column, so that a long one does not run off the page."""
    parents = (None, 1, 2, 2, 3, 4, 4)
    steps = [Step(number=number, parent=up, stage="decided", told=None) for number, up in enumerate(parents, 1)]
    lines = [f"{before}{step.number}" for step, before, _ in drawn(steps)]
    assert lines == ["1", "2", "├ 3", "│ 5", "└ 4", "  ├ 6", "  └ 7"]
