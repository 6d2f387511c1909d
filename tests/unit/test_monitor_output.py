"""What the monitor writes: blocks for people, lines for a pipe, objects for machines."""

import io
import json
from decimal import Decimal

from msgspec.structs import replace

from bin.monitor_output import Facts, make_output, masked
from events.reports import order_reported
from projections.monitoring import ConnectionNews, OddFrame, OrderUpdate, Statistics
from tests.support.reports import report

RAW = (
    '{"s":"ALPHA_373USDT","S":"BUY","X":"NEW","i":"51481849","o":"LIMIT","c":"web_164e079573c1491795e1ee245d5ed293",'
    '"p":"0.23000000","q":"869.56000000","z":"0"}'
)
SAID = replace(report(status="NEW", execution_id=1), price=Decimal("0.23"), quantity=Decimal("869.56"), raw=RAW)
UPDATE = OrderUpdate(
    number=1,
    at=1_763_683_200_123,
    report=order_reported(1, "stream", SAID),
)
LOST = ConnectionNews(
    at=1_763_683_201_000, what="lost", reason="gone\naway", connected=False, reconnects=2, reconnect_limit=10
)
ODD = OddFrame(at=1_763_683_202_000, what="unreadable", reason="no JSON")
TOTALS = Statistics(
    order_updates=4, connection_events=2, repeated_frames=0, unreadable_frames=1, by_status={"FILLED": 2, "NEW": 2}
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(out: io.StringIO, *, as_json: bool = False) -> str:
    output = make_output(out, as_json=as_json)
    output.begin(Facts(user_id=1, duration_seconds=30))
    output.listen_key(masked("pqIA6YaQJw0123456789abcdef012345"))
    for news in (UPDATE, LOST, ODD):
        output.news(news)
    output.end(TOTALS, "the time is over")
    return out.getvalue()


def test_a_terminal_gets_blocks() -> None:
    """The example of the documents, in English: each field on a line of its own, the totals, the distribution."""
    text = written(Terminal())
    block = (
        "Order update #1  00:00:00.123 UTC\n" + "-" * 80 + "\n   User: 1\n   Order: 7000001\n"
        "   Client order id: web_164e079573c1491795e1ee245d5ed293\n   Symbol: ALPHA_900USDT\n   Side: BUY\n"
        "   Type: LIMIT\n   Status: NEW\n   Price: 0.23\n   Quantity: 869.56\n   Executed: 0\n"
    )
    assert block in text
    assert "00:00:01 connection lost: gone away; reconnects 2/10\n" in text
    assert "Order updates: 4\nConnection events: 2\nUnreadable frames: 1\n" in text
    assert "by status:\n   FILLED: 2\n   NEW: 2\n" in text


def test_a_pipe_gets_a_line_each() -> None:
    """Whatever the venue's texts hold."""
    lines = written(io.StringIO()).splitlines()
    assert lines[:2] == ["order stream of user 1, for 30 s", "listen key pqIA..."]
    assert lines[2].startswith("00:00:00 order update 1: user 1, order 7000001, client order id web_164e")
    assert lines[3:5] == ["00:00:01 connection lost: gone away; reconnects 2/10", "00:00:02 frame unreadable: no JSON"]
    assert lines[-2:] == ["status FILLED: 2", "status NEW: 2"]


def test_machines_get_an_object_each() -> None:
    """Amounts as plain decimal text."""
    objects = [json.loads(line) for line in written(io.StringIO(), as_json=True).splitlines()]
    kinds = ["monitor", "listen_key", "order_update", "connection", "odd_frame", "statistics"]
    assert [one["type"] for one in objects] == kinds
    assert (objects[2]["price"], objects[2]["quantity"], objects[2]["order_type"]) == ("0.23", "869.56", "LIMIT")
    assert objects[-1]["by_status"] == {"FILLED": 2, "NEW": 2}


def test_a_short_key_shows_nothing() -> None:
    """Four characters of few would be too many."""
    assert (masked("abcdefgh"), masked("abcdefghi")) == ("...", "abcd...")
