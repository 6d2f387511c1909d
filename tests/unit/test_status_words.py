"""What `bin/run status` says of a strategy."""

from msgspec.structs import replace

from bin.control_command import _in_words
from bin.control_desk import _nothing
from bin.control_wire import Asked, Running, Standing

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


def test_a_live_run_is_called_so_with_its_hosts() -> None:
    """In the first line of the status, as at the run's start; a run on the paper venue is not."""
    paper = Running(run_id="r", pid=7, venue="paper", position=1)
    live = replace(paper, venue="alpha", hosts=("www.venue.example", "stream.venue.example"))
    words = "LIVE: real orders with real money at www.venue.example and stream.venue.example"
    assert _in_words(live) == f"run r, {words}, pid 7"
    assert _in_words(paper) == "run r on paper, pid 7"


def test_a_resume_of_all_does_not_deny_that_an_account_is_parked() -> None:
    """It lifts pauses only, so it names the command for accounts that are parked."""
    of_all, of_one = _nothing(Asked(command="resume")), _nothing(Asked(command="resume", user_id=2))
    assert "an account that is parked takes bin/run resume --user N" in of_all
    assert "neither paused nor parked" in of_one
