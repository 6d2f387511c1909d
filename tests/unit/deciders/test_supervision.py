"""What becomes of an actor that failed."""

from actors.deciders.supervision import decide, next_deadline
from actors.messages.base import Tick
from actors.messages.supervision import (
    ChildFailed,
    Halt,
    RunBegins,
    RunEnds,
    StartChild,
    StopAccount,
    StorageLost,
    VenueLost,
)
from events.system import AccountParked, ActorFailed, ActorRestarted, RunEnded, RunStarted
from projections.states.supervision import RestartPolicy, SupervisionState, backoff, evolve
from tests.support.house import RUN
from tests.support.story import Story


def story() -> Story:
    return Story(SupervisionState(), decide, evolve).when(RunBegins(run=RUN))


def failed(name: str = "user-1", account: int | None = 1) -> ChildFailed:
    return ChildFailed(name=name, account=account, urn="", error="KeyError: 'x'")


def fail_times(told: Story, times: int, name: str = "user-1", account: int | None = 1, every: int = 1_000) -> Story:
    for _ in range(times):
        told.when(failed(name, account), after=every)
    return told


def test_a_failure_is_recorded_and_a_restart_is_due() -> None:
    """The first restart comes after the first backoff, 100 ms."""
    told = story().when(failed())
    assert (told.events, told.commands()) == ([ActorFailed], [])
    assert next_deadline(told.state) == told.now + 100


def test_a_due_restart_is_recorded_and_carried_out_once() -> None:
    """The tick starts a fresh actor; a second tick finds nothing due."""
    told = story().when(failed()).when(Tick(), after=100)
    assert told.event(ActorRestarted) == ActorRestarted(actor="user-1", restarts=1)
    assert told.command(StartChild).name == "user-1"
    assert told.when(Tick()).commands() == []


def test_backoff_doubles_up_to_the_longest() -> None:
    """100 ms, 200 ms, ... and never more than 10 s, however often it failed."""
    waits = [backoff(RestartPolicy(), failures) for failures in (1, 2, 3, 7, 8, 1_000)]
    assert waits == [100, 200, 400, 6_400, 10_000, 10_000]


def test_the_sixth_failure_within_a_minute_parks_the_account() -> None:
    """Restart intensity is 5 within 60 s; the rest of the house goes on."""
    told = fail_times(story(), 5)
    assert told.events == [ActorFailed]
    told.when(failed(), after=1_000)
    assert told.events == [ActorFailed, AccountParked]
    assert told.command(StopAccount).user_id == 1


def test_failures_far_apart_never_park() -> None:
    """Failures are counted within a sliding minute."""
    told = fail_times(story(), 20, every=12_001)
    assert told.events == [ActorFailed]


def test_nothing_of_a_parked_account_is_restarted() -> None:
    """A sibling's restart that was due is dropped, and its later failure changes nothing."""
    told = fail_times(story().when(failed("gateway-1")), 6)
    assert next_deadline(told.state) is None
    assert told.when(failed("gateway-1")).events == []


def test_one_account_does_not_count_against_another() -> None:
    """Each actor has its own restart intensity."""
    told = fail_times(fail_times(story(), 5), 1, "user-11", account=11)
    assert told.events == [ActorFailed]


def test_an_actor_that_serves_all_accounts_halts_the_run() -> None:
    """There is no account to park for the oracle."""
    told = fail_times(story(), 6, "oracle", account=None)
    assert told.command(Halt).storage is False


def test_a_lost_store_halts_without_an_event() -> None:
    """Nothing can be recorded about a log that cannot be written."""
    told = story().when(StorageLost(error="disk full"))
    assert (told.events, told.command(Halt)) == ([], Halt(reason="disk full", storage=True))


def test_a_venue_that_ended_halts_the_run() -> None:
    """It is the run's own venue: nobody will answer before the next start."""
    told = story().when(VenueLost(reason="killed"))
    assert (told.events, told.command(Halt)) == ([], Halt(reason="killed", venue=True))


def test_a_run_knows_whether_the_one_before_was_sealed() -> None:
    """An empty log counts as sealed; a run without its end does not."""
    told = story()
    assert told.event(RunStarted).previous_run_sealed
    assert not told.when(RunBegins(run=RUN)).event(RunStarted).previous_run_sealed
    sealed = told.when(RunEnds(exit_code=0, reason="done")).when(RunBegins(run=RUN))
    assert sealed.event(RunStarted).previous_run_sealed


def test_a_new_run_forgets_failures_and_parked_accounts() -> None:
    """Starting again is how the operator acts."""
    told = fail_times(story(), 6).when(RunEnds(exit_code=4, reason="")).when(RunBegins(run=RUN))
    assert told.when(failed()).events == [ActorFailed]


def test_the_end_of_a_run_names_it() -> None:
    """RunEnded carries the id of the run that RunStarted opened."""
    assert story().when(RunEnds(exit_code=3, reason="stopped")).event(RunEnded).run_id == RUN.run_id
