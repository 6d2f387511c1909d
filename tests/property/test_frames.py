"""Frames over the wire, whole and damaged, in any order: numbers are counted from the whole ones, and nothing fails."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.deciders import orders
from actors.messages.base import Message
from actors.messages.orders import FrameRefused, ReportReceived
from events.executions import FrameUnreadable
from events.reports import ExecutionReport, UnreadableFrame
from exchange.alpha.decode_stream import read_message
from exchange.alpha.masks import Masks
from projections.states.orders import OrdersState, evolve
from tests.support.reports import PRICE
from tests.support.story import Story

KEY = "0123456789abcdef0123456789abcdef"
Frame = dict[str, Any]
Damage = Callable[[Frame], bytes]
sizes = st.lists(st.integers(1, 1000), min_size=1, max_size=4)


def true_frames(fills: list[int]) -> list[Frame]:
    """The buy's frames: accepted, each fill, the last of which ends it."""
    total, done = sum(fills), 0
    told = [frame(status="NEW", execution_id=1, total=total)]
    for number, size in enumerate(fills):
        done += size
        status = "FILLED" if done == total else "PARTIALLY_FILLED"
        told.append(frame(status=status, execution_id=10 + number, total=total, fill=size, done=done))
    return told


def frame(*, status: str, execution_id: int, total: int, fill: int = 0, done: int = 0) -> Frame:
    amounts = {"q": total, "l": fill, "z": done, "Y": fill * PRICE, "Z": done * PRICE, "p": PRICE, "ap": PRICE}
    fixed = {"e": "executionReport", "s": "ALPHA_900USDT", "S": "BUY", "i": "7000001", "il": "8800001", "T": 1, "O": 1}
    kind = "TRADE" if fill else status
    rest = {"x": kind, "X": status, "id": execution_id, "L": PRICE if fill else 0, "n": 0, "N": "ALPHA_900"}
    return fixed | rest | {name: str(value) for name, value in amounts.items()} | {"cp": "OTO_WORKING"}


def wire(data: object) -> bytes:
    return json.dumps({"stream": f"alpha@{KEY}", "data": data}, default=str).encode()


def cut(share: float) -> Damage:
    return lambda data: wire(data)[: int(len(wire(data)) * share)]


def of_another_kind(data: Frame) -> bytes:
    return wire(data | {"e": "noticeOfTheDay"})


def without(name: str) -> Damage:
    return lambda data: wire({key: value for key, value in data.items() if key != name})


def with_junk(name: str, junk: object) -> Damage:
    return lambda data: wire(data | {name: junk})


def bloated(data: Frame) -> bytes:
    return wire(data | {"padding": "x" * 1_000_001})


FIELDS = ("s", "S", "X", "x", "i", "il", "cp", "q", "l", "z", "Z", "Y", "p", "L", "id", "n", "N", "T", "O", "ap")
NUMBERS = ("q", "l", "z", "Z", "Y", "p", "L", "id", "n")
damages = st.one_of(
    st.floats(0, 0.99).map(cut),
    st.just(of_another_kind),
    st.just(bloated),
    st.sampled_from(FIELDS).map(without),
    st.builds(with_junk, st.sampled_from(NUMBERS), st.sampled_from(("abc", "NaN", "-1", "1e999999999", [], {}, True))),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[int, list[bytes]]:
    """All true frames in any order, with repeats, and damaged copies between them."""
    fills = draw(sizes)
    frames = true_frames(fills)
    sent = [wire(each) for each in frames]
    sent += draw(st.lists(st.sampled_from(sent), max_size=3))
    sent += [damage(draw(st.sampled_from(frames))) for damage in draw(st.lists(damages, max_size=4))]
    return sum(fills), draw(st.permutations(sent))


def told(content: bytes) -> Message:
    """What the tracker is told of a frame."""
    item = read_message(content, Masks(KEY))
    if isinstance(item, UnreadableFrame):
        return FrameRefused(frame=item)
    assert isinstance(item, ExecutionReport)
    return ReportReceived(report=item, ts_event=1)


@given(deliveries())
def test_damaged_frames_change_no_number(delivery: tuple[int, list[bytes]]) -> None:
    """The order ends with the quantity and the money that its whole frames tell, each counted once."""
    total, sent = delivery
    story = Story(OrdersState(user_id=1), orders.decide, evolve)
    for content in sent:
        story.when(told(content))
    order = story.state.newly_closed["7000001"]
    assert (order.order_status, order.cum_qty, order.cum_quote) == ("FILLED", total, total * PRICE)
    assert order.closed is not None
    assert order.closed.cum_qty == total


@given(deliveries())
def test_what_cannot_be_read_is_kept(delivery: tuple[int, list[bytes]]) -> None:
    """Each poison frame is in the log once, with why; no listen key is."""
    _, sent = delivery
    story = Story(OrdersState(user_id=1), orders.decide, evolve)
    messages = [told(content) for content in sent]
    for message in messages:
        story.when(message)
    skipped = [each.event for each in story.log if isinstance(each.event, FrameUnreadable)]
    assert len(skipped) == sum(isinstance(message, FrameRefused) for message in messages)
    assert all(one.reason and KEY not in one.raw for one in skipped)
