"""What was received is read from the log as it was written."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.messages.base import Command, Message, Request, Tick
from actors.messages.orders import OrdersSeen, ReportReceived
from actors.messages.streams import CloseStream, EnsureStream, ReplaceStream
from actors.received import MessageUnreadable, read, written
from events.executions import OrderReported
from events.plain_json import plain_json
from events.reports import ExecutionReport, Fill, OrderSnapshot, order_reported, report_of
from events.system import RunEnded
from tests.support.source import within
from tests.support.values import values

ELSE = RunEnded(run_id="run-1", exit_code=0, reason="")
HOLDERS = (OrdersSeen, Request)
KINDS = [kind for kind in Message.__subclasses__() if within(kind.__module__, "actors.messages")]


@settings(max_examples=200)
@given(message=st.sampled_from([kind for kind in KINDS if kind not in HOLDERS]).flatmap(values))
def test_every_message_is_read_as_it_was_written(message: Message) -> None:
    """Any value of any field, amounts to the last digit."""
    assert read(written(message, ELSE), ELSE) == message


@pytest.mark.parametrize("command", [EnsureStream(), CloseStream(reason="over"), ReplaceStream(reason="silent")])
def test_a_request_keeps_its_command(command: Command) -> None:
    """What a user's actor asks of the stream is part of the decision."""
    assert read(written(Request(command=command, cause=7), ELSE), ELSE) == Request(command=command, cause=7)


@given(
    orders=st.lists(values(OrderSnapshot), max_size=2).map(tuple), fills=st.lists(values(Fill), max_size=2).map(tuple)
)
def test_what_goes_on_to_somebody_else_is_left_out(orders: tuple[OrderSnapshot, ...], fills: tuple[Fill, ...]) -> None:
    """The tracker decides from the rows and fills; the message that it passes on is the user's."""
    seen = OrdersSeen(orders=orders, fills=fills, fills_complete=frozenset({"7", "8"}))
    assert read(written(msgspec.structs.replace(seen, then=Tick()), ELSE), ELSE) == seen


@given(report=values(ExecutionReport), when=st.integers(0, 2**53))
def test_a_report_is_not_written_twice(report: ExecutionReport, when: int) -> None:
    """The event beside the message holds the report; only the venue's time of it is added."""
    event = order_reported(1, "stream", report)
    message = ReportReceived(report=report, ts_event=when, cause=None)
    stored = written(message, event)
    assert msgspec.json.decode(stored).keys() == {"type", "cause", "ts_event"}
    assert read(stored, event) == message


@given(report=values(ExecutionReport))
def test_a_report_is_read_from_its_event_as_it_came(report: ExecutionReport) -> None:
    """Also where it was written and read again: what was left out is 0, and the venue's text is the same."""
    event = order_reported(1, "stream", report)
    assert report_of(msgspec.json.decode(plain_json(event), type=OrderReported)) == report


@pytest.mark.parametrize("text", [b"{}", b'{"type":"Forgotten"}', b'{"type":"Tick","cause":"x"}', b"[1]", b""])
def test_an_unknown_message_is_named_unreadable(text: bytes) -> None:
    """Of another version, damaged, or no message at all."""
    with pytest.raises(MessageUnreadable):
        read(msgspec.Raw(text), ELSE)
