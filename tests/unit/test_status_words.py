"""What `bin/run status` says of a strategy."""

from msgspec.structs import replace

from bin.control_command import _in_words
from bin.control_wire import Standing

RUNNING = Standing(
    user_id=3,
    strategy_id="aop",
    token="AOP",
    status="running",
    state="placing the order",
    reason="",
    current_volume="10",
    target_volume="100",
    completed_trades=1,
    failed_trades=0,
    wear="0.02",
    stream="up",
)


def test_a_call_that_waits_for_our_rate_limits_is_told() -> None:
    """With how long it has waited, and not where none does."""
    waits = "; a call has waited 1.3 s for our rate limits"
    assert _in_words(RUNNING).endswith("placing the order")
    assert _in_words(replace(RUNNING, call_waits_ms=1_300)).endswith("placing the order" + waits)
