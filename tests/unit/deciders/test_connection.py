"""When a user stream is opened, renewed, tried again and given up."""

from decimal import Decimal

import pytest

from actors.deciders.connection import decide, next_deadline, retry_delay
from actors.messages.base import Command, Recovered, Request, TellUser, Tick
from actors.messages.readers import (
    CloseReaders,
    KeepNewReader,
    KeyKept,
    KeyMoved,
    OpenReader,
    ReaderEnded,
    ReaderSubscribed,
    RenewKey,
)
from actors.messages.streams import CloseStream, EnsureStream, StreamDown, StreamUp
from events.system import StreamClosed, StreamConnected, StreamFailed, StreamLost, StreamRenewed
from events.values import Outcome
from projections.states.connection import ConnectionSettings, ConnectionState, evolve
from tests.support.story import Story

CONNECTED = StreamConnected(user_id=7, attempt=1)
SUBSCRIBED = ReaderSubscribed(generation=1)
MINUTE = 60_000


def story() -> Story:
    return Story(ConnectionState(user_id=7), decide, evolve)


def asked(command: Command) -> Request:
    return Request(command=command)


def ended(outcome: Outcome | None = None, retry_after_ms: int = 0) -> ReaderEnded:
    return ReaderEnded(generation=1, reason="gone", jitter=Decimal(0), outcome=outcome, retry_after_ms=retry_after_ms)


def test_a_wanted_stream_is_opened() -> None:
    """Asking for a stream that is closed opens a reader and records nothing yet."""
    told = story().when(asked(EnsureStream()))
    assert (told.events, told.commands()) == ([], [OpenReader])


def test_an_acknowledged_stream_is_recorded_and_told() -> None:
    """StreamUp carries no position of its own: it is that of StreamConnected, which the shell fills in."""
    told = story().when(asked(EnsureStream())).when(SUBSCRIBED)
    assert told.event(StreamConnected) == CONNECTED
    assert told.command(TellUser).message == StreamUp(position=0)


def test_asking_again_for_a_stream_that_is_up_tells_where_it_was_recorded() -> None:
    """A UserActor that was started anew learns at once that the stream is up."""
    told = story().given(CONNECTED).when(asked(EnsureStream()))
    assert told.command(TellUser).message == StreamUp(position=1)


def test_asking_for_a_stream_that_is_being_replaced_waits_for_the_next_try() -> None:
    """Impatience opens no second reader."""
    assert story().given(CONNECTED).when(ended()).when(asked(EnsureStream())).commands() == []


def test_a_lost_stream_is_told_once_and_tried_again() -> None:
    """The user hears of the loss, not of each try that fails after it."""
    told = story().given(CONNECTED).when(ended())
    assert isinstance(told.command(TellUser).message, StreamDown)
    assert told.event(StreamLost).attempt == 1
    again = told.when(Tick(), after=3_000).when(ended("unavailable"))
    assert (again.events, again.commands()) == ([StreamLost], [])


def test_a_tick_before_the_wait_is_over_does_nothing() -> None:
    """An alarm that rings too early opens no reader."""
    assert story().given(CONNECTED).when(ended()).when(Tick(), after=2_999).commands() == []


def test_waits_grow_from_3_to_30_seconds() -> None:
    """Worked examples, waiting: reconnect backoff grows exponentially from 3 s to 30 s."""
    waits = [retry_delay(ConnectionSettings(), failures, Decimal(0)) for failures in range(1, 7)]
    assert waits == [3, 6, 12, 24, 30, 30]


@pytest.mark.parametrize("failures", [1, 4, 5, 1_000])
def test_jitter_stays_within_the_bounds(failures: int) -> None:
    """Jitter never takes a wait below 3 s or above 30 s."""
    assert 3 <= retry_delay(ConnectionSettings(), failures, Decimal(1)) <= 30


def fail_times(told: Story, times: int) -> Story:
    for _ in range(times):
        told.when(ended("unavailable"), after=30_000)
    return told


def test_a_stream_that_was_up_is_given_up_after_ten_tries() -> None:
    """Worked examples, waiting: at most 10 attempts in a row; then the user hears that it is final."""
    told = fail_times(story().given(CONNECTED).when(ended()), 9)
    assert told.events == [StreamLost]
    told.when(ended("unavailable"))
    assert told.event(StreamFailed).attempts == 10
    assert told.command(TellUser).message == StreamDown(position=0, reason="gone", final=True)


def test_a_rate_limit_on_the_listen_key_quiets_the_account() -> None:
    """The user is told, though the stream was not up; the next try comes when the venue's time is over."""
    told = story().when(asked(EnsureStream())).when(ended("rate_limited", 90_000))
    message = told.command(TellUser).message
    assert isinstance(message, StreamDown)
    assert (message.outcome, message.retry_after_ms) == ("rate_limited", 90_000)
    assert next_deadline(told.state) == told.now + 90_000


def test_tries_that_had_to_wait_for_the_venue_are_not_counted() -> None:
    """An hour's quiet does not park an account: each try is held back, none has failed."""
    told = story().when(asked(EnsureStream()))
    for _ in range(20):
        told.when(ended("unavailable", 60_000), after=60_000)
    assert (told.events, told.commands()) == ([StreamLost], [])
    assert told.event(StreamLost).attempt == 1


def test_a_stream_that_never_was_up_gets_three_tries() -> None:
    """Credentials or hosts that are wrong from the start are told soon."""
    told = fail_times(story().when(asked(EnsureStream())), 3)
    assert told.event(StreamFailed).attempts == 3


def test_a_success_starts_the_count_anew() -> None:
    """Tries are counted in a row: those before the last success do not matter."""
    told = fail_times(story().given(CONNECTED).when(ended()), 9).when(SUBSCRIBED)
    assert told.event(StreamConnected).attempt == 10
    assert told.when(ended()).event(StreamLost).attempt == 1


def test_a_dead_session_is_given_up_at_once() -> None:
    """Unauthorised means that the owner must act; trying again may make it worse (venue protocol notes, 12)."""
    told = story().when(asked(EnsureStream())).when(ended("unauthorised"))
    assert told.event(StreamFailed).attempts == 1


def test_a_stream_that_was_given_up_may_be_wanted_again() -> None:
    """A later strategy gets a fresh start."""
    told = story().when(asked(EnsureStream())).when(ended("unauthorised")).when(asked(EnsureStream()))
    assert told.commands() == [OpenReader]


def test_closing_is_recorded_and_closes_the_readers() -> None:
    """The reason for closing is kept; nothing is due any more."""
    told = story().given(CONNECTED).when(asked(CloseStream(reason="done")))
    assert told.event(StreamClosed).reason == "done"
    assert (told.commands(), next_deadline(told.state)) == ([CloseReaders], None)


def test_closing_while_the_first_try_is_under_way_still_closes_its_reader() -> None:
    """There is no event yet that could be taken back, but there is a thread that could be."""
    told = story().when(asked(EnsureStream())).when(asked(CloseStream(reason="done")))
    assert (told.events, told.commands()) == ([], [CloseReaders])


def test_a_fresh_actor_records_that_the_readers_are_gone() -> None:
    """After a crash the stream is closed, not up: whoever wants it asks again."""
    told = story().given(CONNECTED).when(Recovered())
    assert (told.events, told.commands()) == ([StreamClosed], [])
    assert story().when(Recovered()).events == []


def test_the_key_is_renewed_before_30_minutes() -> None:
    """Worked examples, waiting: the listen key is renewed before 30 minutes have passed."""
    told = story().when(SUBSCRIBED).when(Tick(), after=25 * MINUTE)
    assert told.commands() == [RenewKey]


@pytest.mark.parametrize(("answer", "commands"), [(KeyKept, []), (KeyMoved, [KeepNewReader, TellUser])])
def test_a_renewal_is_recorded_and_the_next_is_due_25_minutes_later(
    answer: type[KeyKept | KeyMoved], commands: list[type[Command]]
) -> None:
    """Only another key moves the subscription."""
    told = story().when(SUBSCRIBED).when(answer(generation=2), after=25 * MINUTE)
    assert told.event(StreamRenewed).replaced == (answer is KeyMoved)
    assert told.commands() == commands
    assert next_deadline(told.state) == told.now + 25 * MINUTE
