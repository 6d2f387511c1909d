"""An inbox that is bounded, lets control messages overtake, and loses nothing unseen."""

from types import SimpleNamespace
from typing import Any

import pykka
import pytest

from actors.mailbox import CAPACITY, Mailbox, MailboxFull
from actors.messages.base import Message, Tick
from actors.messages.strategies import Admitted, PauseTrading, ResumeTrading, StartStrategies, StopTrading
from tests.support.account import ALICE


def envelope(message: object, reply_to: Any = None) -> SimpleNamespace:
    return SimpleNamespace(message=message, reply_to=reply_to)


def letter(name: str) -> Admitted:
    return Admitted(strategy_id=name)


def filled(*messages: Message, capacity: int = 10) -> Mailbox:
    mailbox = Mailbox(capacity)
    for message in messages:
        mailbox.put(envelope(message))
    return mailbox


def test_messages_come_in_the_order_in_which_they_were_put() -> None:
    """First in, first out, within a lane."""
    mailbox = filled(letter("a"), letter("b"))
    assert [mailbox.get().message.strategy_id for _ in range(2)] == ["a", "b"]


@pytest.mark.parametrize("control", [StopTrading(), PauseTrading(by=ALICE), ResumeTrading(by=ALICE), Tick()])
def test_control_messages_overtake(control: Message) -> None:
    """The operator's commands and ticks do not wait behind a backlog."""
    mailbox = filled(letter("a"), letter("b"), control)
    assert mailbox.get().message == control


def test_a_start_and_what_the_operator_says_after_it_keep_their_order() -> None:
    """A stop that overtook the start of its run would be undone by it."""
    start = StartStrategies(run_id="run-1", terms=())
    mailbox = filled(letter("a"), start, PauseTrading(by=ALICE), StopTrading())
    assert [type(mailbox.get().message) for _ in range(3)] == [StartStrategies, PauseTrading, StopTrading]


def test_a_full_mailbox_refuses_and_still_takes_control_messages() -> None:
    """What cannot be held is refused at once instead of blocking the sender."""
    mailbox = filled(letter("a"), capacity=1)
    with pytest.raises(MailboxFull):
        mailbox.put(envelope(letter("b")))
    mailbox.put(envelope(Tick()))
    assert isinstance(mailbox.get().message, Tick)


def test_a_stop_overtakes_ten_thousand_messages() -> None:
    """However far behind an actor is, the operator's stop is the next thing that it hears."""
    mailbox = filled(*(letter(str(number)) for number in range(CAPACITY)), capacity=CAPACITY)
    mailbox.put(envelope(StopTrading(now=True)))
    assert (CAPACITY, mailbox.get().message) == (10_000, StopTrading(now=True))


def test_what_was_never_handled_is_handed_out_on_closing() -> None:
    """Nothing vanishes when an actor stops."""
    left: list[Message] = []
    mailbox = filled(letter("a"), letter("b"))
    mailbox.close(left.append)
    assert left == [letter("a"), letter("b")]
    assert mailbox.empty()


def test_a_closed_mailbox_refuses() -> None:
    """A tell to an actor that is just stopping is an error to the sender, not a silence."""
    mailbox = filled()
    mailbox.close(lambda _message: None)
    with pytest.raises(pykka.ActorDeadError):
        mailbox.put(envelope(letter("a")))


def test_an_ask_that_waits_is_answered_on_closing() -> None:
    """Nobody waits for ever for an actor that has stopped."""
    future: pykka.ThreadingFuture[None] = pykka.ThreadingFuture()
    mailbox = Mailbox()
    mailbox.put(envelope(letter("a"), future))
    mailbox.close(lambda _message: None)
    with pytest.raises(pykka.ActorDeadError):
        future.get(timeout=1)


def test_progress_shows_a_message_that_takes_long() -> None:
    """The same busy number seen again and again is what the supervisor takes for a hung actor."""
    mailbox = filled(letter("a"), letter("b"))
    assert mailbox.progress == (False, 0)
    mailbox.get()
    assert mailbox.progress == (True, 1)
    mailbox.get()
    assert mailbox.progress == (True, 2)
