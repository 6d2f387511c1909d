"""The paper venue's frames and rows in the venue's shapes (venue protocol notes, sections 5.3 and 7)."""

import json
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from exchange.alpha.frames import ExecutionReport
from exchange.alpha.numbers import encode
from exchange.paper.matching import Group, cancel, execute
from exchange.paper.model import Fill, Report, Step
from exchange.paper.wire import history_row, open_order_row, padded, report_frame, trade_row
from tests.support.paper_orders import accepted, book, limit, oto, rules
from tests.support.source import ROOT

# Section 5.3: one OTO on the normal path, composed from a capture.
CAPTURED = [json.loads(line) for line in (ROOT / "tests/golden/venue_oto_frames.jsonl").read_text().splitlines()]
# What does not follow from the matching: execution id, match id, time and push time of each frame.
STAMPS = [
    (50000000001, 0, 1790000000000, 1790000000012),
    (50000000002, 0, 1790000000000, 1790000000012),
    (50000003410, 310001, 1790000000850, 1790000001010),
    (50000003412, 0, 1790000000850, 1790000001011),
    (50000007850, 310002, 1790000002160, 1790000002340),
    (50000007852, 310002, 1790000002160, 1790000002340),
]


def captured_oto() -> list[Step]:
    """The steps of an OTO like the captured one: bought at 0.5, sold to two makers at 0.4999."""
    names = {"symbol": "ALPHA_900USDT", "base_asset": "ALPHA_900", "created_at": 1790000000000}
    group = oto("0.505", "200", "0.495")
    assert group.pending is not None
    group = Group(group.account, replace(group.order, **names), replace(group.pending, **names))
    assert group.pending is not None
    steps = [Step(group.order, "NEW"), Step(group.pending, "NEW")]
    bought = execute(group, book(asks="0.5:300"), rules(), 1790000000850)
    assert bought.group.pending is not None
    selling = Group(bought.group.account, bought.group.pending)
    sold = execute(selling, book(bids="0.4999:50 0.4999:300"), rules(), 1790000002160)
    return [*steps, *bought.steps, *sold.steps]


def frames() -> list[ExecutionReport]:
    stamped = zip(captured_oto(), STAMPS, strict=True)
    return [report_frame(Report(number, match, at, step), push) for step, (number, match, at, push) in stamped]


def test_an_oto_gives_the_captured_frames() -> None:
    """Six frames in the captured order, with the captured values and not a field more or less."""
    ours = [json.loads(encode(frame)) for frame in frames()]
    assert [exact(frame) for frame in ours] == [exact(frame["data"]) for frame in CAPTURED]
    assert [set(frame) for frame in ours] == [set(frame["data"]) for frame in CAPTURED]


def exact(frame: dict[str, object]) -> ExecutionReport:
    """Compared as numbers: the venue's padding is not uniform."""
    return msgspec.convert(frame, ExecutionReport)


def test_frames_pad_and_type_as_captured() -> None:
    """Ids but the execution id are strings, amounts are strings with 8 decimals or a bare 0."""
    ours = [json.loads(encode(frame)) for frame in frames()]
    assert ours[:4] == [frame["data"] for frame in CAPTURED[:4]]


def test_a_canceled_frame_keeps_what_was_filled() -> None:
    """The inferred form: execution type and status alike, last quantities 0, no commission, cumulative ones kept."""
    part = execute(accepted(limit("BUY", "0.21", "100")), book(asks="0.21:60"), rules(), 2000).group
    _, (step,) = cancel(part, 3000)
    frame = json.loads(encode(report_frame(Report(5, 0, 3000, step), 3001)))
    assert (frame["x"], frame["X"], frame["l"], frame["z"], frame["t"]) == (
        "CANCELED",
        "CANCELED",
        "0",
        "60.00000000",
        "0",
    )
    assert not {"n", "N", "il", "ct", "cp"} & set(frame)


def test_small_numbers_are_written_out() -> None:
    """No exponent, and more than 8 decimals where the value has them."""
    assert encode(padded(Decimal("0.000005929"))) == b'"0.000005929"'
    assert encode(padded(Decimal("5E-7"))) == b'"0.00000050"'
    assert encode(padded(Decimal("0.00000000"))) == b'"0"'


def test_history_links_the_legs_of_an_oto() -> None:
    """Two rows share an orderListId; a plain order has "-1", no contingency and working time 0."""
    working = json.loads(encode(history_row(oto("0.505", "200", "0.495").order)))
    plain = json.loads(encode(history_row(limit("BUY", "0.5", "1"))))
    assert (working["orderListId"], working["contingencyOrderPosition"]) == ("8800001", "OTO_WORKING")
    assert (plain["orderListId"], plain["contingencyType"], plain["workingTime"]) == ("-1", None, 0)
    assert plain["orderId"] == "7000001"


def test_open_order_rows_name_the_modelled_fields() -> None:
    """The fields that clients read, ids as strings and times as numbers."""
    row = json.loads(encode(open_order_row(limit("SELL", "0.5", "1"))))
    assert (row["orderId"], row["origQty"], row["executedQty"], row["time"]) == ("7000001", "1", "0", 1000)


def test_trade_rows_are_keyed_by_page_id() -> None:
    """Fills that share a trade id differ in pageId, and the one that completed the order says so."""
    steps = [step for step in captured_oto() if step.take]
    assert steps[2].take is not None
    fill = Fill(50000007852, 310002, 7000002, 2160, steps[2].take, last=True)
    row = json.loads(encode(trade_row(steps[2].order, fill)))
    assert (row["pageId"], row["tradeId"], row["lastTrade"], row["buyer"]) == ("50000007852", "310002", True, False)
    assert (row["qty"], row["quoteQty"], row["commission"]) == ("149.98000000", "74.97500200", "0.00749750")
