"""The views of streams and of problems."""

from decimal import Decimal

from events.accounts import AccountQuieted
from events.orders import OtoRejected
from events.strategies import StrategyEnded, StrategyStarted
from events.system import (
    ActorFailed,
    ActorRestarted,
    StreamClosed,
    StreamConnected,
    StreamFailed,
    StreamLost,
)
from events.values import StrategyStatus
from projections import query
from projections.figures import utc
from projections.query import StreamRow
from tests.support.example_log import (
    RUN,
    START_MS,
    STRATEGY,
    example_terms,
    run_started,
    trade_abandoned,
    trade_completed,
)
from tests.support.views import ask, problems_after

UP = StreamConnected(user_id=1, attempt=1)
LOST = StreamLost(user_id=1, reason="reset", attempt=1, retry_in=Decimal(3))


def _ended(status: StrategyStatus) -> StrategyEnded:
    return StrategyEnded(user_id=1, strategy_id=STRATEGY, status=status, current_volume=None, reason="why")


def test_a_stream_that_came_back_counts_a_reconnect() -> None:
    """A stream is up since it came back, and says how often it did."""
    (stream,) = ask(query.streams, UP, LOST, UP, LOST, UP)
    assert stream == StreamRow(user_id=1, state="up", since=START_MS + 4000, reason="", reconnects=2)


def test_a_stream_is_down_since_it_was_first_lost() -> None:
    """Further failed tries do not move the time since which a stream is down, but tell the newest reason."""
    again = StreamLost(user_id=1, reason="refused", attempt=2, retry_in=Decimal(6))
    (stream,) = ask(query.streams, UP, LOST, again)
    assert (stream.state, stream.since, stream.reason) == ("down", START_MS + 1000, "refused")


def test_a_stream_can_be_given_up_or_closed() -> None:
    """Given up and closed by us are told apart."""
    (failed,) = ask(query.streams, StreamFailed(user_id=1, reason="x", attempts=10))
    (closed,) = ask(query.streams, UP, StreamClosed(user_id=1, reason="all done"))
    assert (failed.state, closed.state) == ("failed", "closed")


def test_a_new_run_knows_no_streams() -> None:
    """Streams end with the program, so a new run begins without any."""
    assert ask(query.streams, UP, run_started("run-2")) == ()


def test_problems_are_told_with_time_account_and_words() -> None:
    """A refused placement is a problem of its account; a completed trade is none."""
    rejected = OtoRejected(user_id=1, strategy_id=STRATEGY, trade_id="t1", code="481020", message="no balance")
    (problem,) = problems_after(run_started(), rejected, trade_completed(1))
    assert (problem.position, problem.at, problem.user_id) == (2, START_MS + 1000, 1)
    assert problem.text == "t1: rejected by the venue: no balance (code 481020)"


def test_an_actors_failure_is_its_accounts_problem() -> None:
    """Actors that are named for an account have its number; the others concern everybody."""
    failures = (ActorFailed(actor="user-3", error="KeyError"), ActorRestarted(actor="user-3", restarts=1))
    system = ActorFailed(actor="journal", error="OSError")
    problems = problems_after(run_started(), *failures, system)
    assert [problem.user_id for problem in problems] == [3, 3, None]


def test_only_bad_ends_are_problems() -> None:
    """Reaching a target and calling a trade off are no problems; failing and being parked are."""
    started = StrategyStarted(run_id=RUN, terms=example_terms())
    fine = (_ended("reached"), _ended("stopped"), trade_abandoned(1, failed=False))
    bad = (_ended("failed"), _ended("parked"), trade_abandoned(2))
    assert len(problems_after(run_started(), started, *fine, *bad)) == len(bad)


def test_a_rate_limit_is_a_problem_that_says_until_when() -> None:
    """The operator sees for how long nothing will happen."""
    (problem,) = problems_after(run_started(), AccountQuieted(user_id=1, until=START_MS + 25_000, reason="HTTP 429"))
    assert f"until {utc(START_MS + 25_000)}: HTTP 429" in problem.text


def test_a_crash_is_a_problem_of_the_next_run() -> None:
    """A run that finds the last one unsealed says so; problems of earlier runs are not shown again."""
    (problem,) = problems_after(run_started(), trade_abandoned(1), run_started("r2", sealed=False))
    assert problem.text.endswith("the run before it has no end: it crashed, or its storage failed")


def test_the_newest_problems_come_last() -> None:
    """A limit keeps the newest problems, in the order in which they happened."""
    problems = problems_after(run_started(), *(trade_abandoned(n) for n in range(1, 9)), limit=3)
    assert [problem.position for problem in problems] == [7, 8, 9]
