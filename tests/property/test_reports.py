"""Reports in any order, with repeats, over the stream or over REST, come to the same."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from actors.deciders import orders
from actors.messages.base import Message
from actors.messages.orders import OrdersSeen, ReportReceived
from events.reports import ExecutionReport
from events.values import OrderStatus
from projections.states.orders import OrdersState, OrderState, evolve
from tests.support.reports import fill_row, order_row, report
from tests.support.story import Story

sizes = st.lists(st.integers(1, 1000), min_size=1, max_size=6)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[int, list[Message]]:
    """All frames of one order in any order, some twice, and perhaps a look over REST among them."""
    fills = draw(sizes)
    messages: list[Message] = [ReportReceived(report=r, ts_event=1) for r in _frames(fills)]
    messages += draw(st.lists(st.sampled_from(messages), max_size=4))
    if draw(st.booleans()):
        rows = tuple(fill_row(str(size), 10 + n) for n, size in enumerate(fills))
        messages.append(OrdersSeen(orders=(order_row(status="FILLED", cum=str(sum(fills))),), fills=rows))
    return sum(fills), draw(st.permutations(messages))


@given(deliveries())
def test_any_order_and_any_repeats_give_the_same_totals(delivery: tuple[int, list[Message]]) -> None:
    """Each execution counts once; the order ends FILLED with the venue's quantity, whatever came first."""
    total, messages = delivery
    story = Story(OrdersState(user_id=1), orders.decide, evolve)
    for message in messages:
        story.when(message)
    order: OrderState = story.state.newly_closed["7000001"]
    assert order.order_status == "FILLED"
    assert (order.cum_qty, order.cum_quote) == (Decimal(total), Decimal(total) / 2)
    assert order.closed is not None
    assert order.closed.cum_qty == total


@given(deliveries())
def test_folding_the_log_again_gives_the_same_state(delivery: tuple[int, list[Message]]) -> None:
    """What an actor knows is what its stream says, no more and no less."""
    story = Story(OrdersState(user_id=1), orders.decide, evolve)
    for message in delivery[1]:
        story.when(message)
    folded = OrdersState(user_id=1)
    for recorded in story.log:
        folded = evolve(folded, recorded)
    assert folded == story.state


def _frames(fills: list[int]) -> list[ExecutionReport]:
    total, done = sum(fills), 0
    frames = [report(status="NEW", execution_id=1, quantity=str(total))]
    for number, size in enumerate(fills):
        done += size
        status: OrderStatus = "FILLED" if done == total else "PARTIALLY_FILLED"
        frames.append(
            report(status=status, execution_id=10 + number, quantity=str(total), fill=str(size), cum=str(done))
        )
    return frames
