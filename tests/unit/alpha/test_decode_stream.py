"""Messages of the user stream become reports, or are kept as unreadable (venue protocol notes, section 5)."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.alpha.decode_stream import Ack, read_message
from exchange.alpha.masks import Masks
from exchange.port import ExecutionReport, UnreadableFrame

KEY = "0123456789abcdef0123456789abcdef"
FILL: dict[str, Any] = {
    "s": "ALPHA_900USDT",
    "c": "web_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "S": "SELL",
    "o": "LIMIT",
    "f": "GTC",
    "q": "199.98000000",
    "p": "0.49500000",
    "ap": "0.499900000",
    "P": "0",
    "x": "TRADE",
    "X": "FILLED",
    "i": "7000002",
    "l": "149.98000000",
    "z": "199.98000000",
    "L": "0.49990000",
    "n": "0.00749750",
    "N": "USDT",
    "t": "310002",
    "m": True,
    "O": 1790000000000,
    "Z": "99.97000200",
    "Y": "74.97500200",
    "Q": "0",
    "id": 50000007852,
    "il": "8800001",
    "ct": "OTO",
    "cp": "OTO_PENDING",
    "e": "executionReport",
    "T": 1790000002160,
    "u": 1790000002160,
    "E": 1790000002340,
}


def message(data: object) -> bytes:
    """A frame of the account's stream."""
    return json.dumps({"stream": f"alpha@{KEY}", "data": data}).encode()


def read(data: object) -> object:
    """What becomes of the frame."""
    return read_message(message(data), Masks(KEY))


def report_of(**change: object) -> ExecutionReport:
    """The report of the notes' last frame, changed; None leaves a field out."""
    item = read({name: value for name, value in {**FILL, **change}.items() if value is not None})
    assert isinstance(item, ExecutionReport), item
    return item


def test_a_fill_is_read() -> None:
    """The last frame of section 5.3, every field of it."""
    assert report_of() == ExecutionReport(
        venue_order_id="7000002",
        order_list_id="8800001",
        leg="pending",
        symbol="ALPHA_900USDT",
        side="SELL",
        order_status="FILLED",
        execution_type="TRADE",
        price=Decimal("0.495"),
        quantity=Decimal("199.98"),
        last_qty=Decimal("149.98"),
        last_px=Decimal("0.4999"),
        last_quote=Decimal("74.975002"),
        cum_qty=Decimal("199.98"),
        cum_quote=Decimal("99.970002"),
        avg_px=Decimal("0.4999"),
        commission=Decimal("0.0074975"),
        commission_asset="USDT",
        execution_id=50000007852,
        match_id="310002",
        created_time=1790000000000,
        transact_time=1790000002160,
        raw=json.dumps(FILL),
    )


def test_a_waiting_leg_is_read() -> None:
    """`q` is 0 and there is no commission (section 5.4)."""
    report = report_of(x="NEW", X="PENDING", q="0", l="0", L="0", z="0", Z="0", Y="0", ap="0", t="0", n=None, N=None)
    assert (report.order_status, report.quantity, report.cum_qty) == ("PENDING", Decimal(0), Decimal(0))
    assert (report.commission, report.commission_asset) == (Decimal(0), None)


def test_a_working_leg_is_told_apart() -> None:
    """By its position; a plain order has neither position nor list."""
    assert report_of(cp="OTO_WORKING").leg == "working"
    plain = report_of(cp=None, ct=None, il=None)
    assert (plain.leg, plain.order_list_id) == (None, None)


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED", "REJECTED"])
def test_missing_fields_of_an_end_are_borne(status: str) -> None:
    """Nobody has recorded such a frame: only order, symbol, side and status are needed (section 5.3)."""
    item = read({"s": "ALPHA_900USDT", "S": "BUY", "i": "7000001", "X": status})
    assert isinstance(item, ExecutionReport)
    assert (item.order_status, item.execution_id, item.commission_asset) == (status, 0, None)


def test_ids_may_be_numbers() -> None:
    """As they are on Spot."""
    report = report_of(i=7000002, t=310002, il=8800001)
    assert (report.venue_order_id, report.match_id, report.order_list_id) == ("7000002", "310002", "8800001")


def test_unknown_fields_are_ignored() -> None:
    """The venue may add some."""
    assert report_of(zz={"new": [1]}).venue_order_id == "7000002"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({**FILL, "e": "listenKeyExpired"}, "an event of type 'listenKeyExpired'"),
        ({"e": "outboundAccountPosition", "B": []}, "an event of type 'outboundAccountPosition'"),
        ({**FILL, "X": "HALF_FILLED"}, "no execution report"),
        ({**FILL, "S": "HOLD"}, "no execution report"),
        ({**FILL, "p": "NaN"}, "no execution report"),
        ({**FILL, "p": "1e999"}, "no execution report"),
        ({**FILL, "p": "cheap"}, "no execution report"),
        *(({**FILL, "T": time}, "no execution report") for time in (-1, 253402300800000, 2**63, 2**64 - 1, 10**40)),
        ({**FILL, "id": 2**63}, "no execution report"),
        ({name: value for name, value in FILL.items() if name != "i"}, "no execution report"),
        ({name: value for name, value in FILL.items() if name != "id"}, "a fill without its execution id"),
        ({name: value for name, value in FILL.items() if name not in ("l", "Y")}, "last quantity, last quote"),
        ({name: value for name, value in FILL.items() if name != "z"}, "a fill without its cumulative quantity"),
        ({**FILL, "z": "149.97"}, "a fill of amounts that no fill can have"),
        ({**FILL, "l": "-149.98"}, "a fill of amounts that no fill can have"),
        ({**FILL, "Y": "-74.9"}, "a fill of amounts that no fill can have"),
        ([], "no execution report"),
        (None, "no execution report"),
    ],
)
def test_what_cannot_be_counted_is_unreadable(data: object, reason: str) -> None:
    """With the reason and the text of `data`, so that a person can look."""
    item = read(data)
    assert isinstance(item, UnreadableFrame)
    assert reason in item.reason
    assert item.raw == json.dumps(data)


@pytest.mark.parametrize("ack", ['{"result":null,"id":2}', '{"id":1}', '{"result":null,"id":"abc"}'])
def test_acks_are_told_from_frames(ack: str) -> None:
    """In both forms (section 5.1)."""
    item = read_message(ack.encode(), Masks(KEY))
    assert isinstance(item, Ack)
    assert not item.refused


def test_an_error_is_no_ack() -> None:
    """Official streams answer a bad request with one."""
    item = read_message(b'{"error":{"code":2,"msg":"bad"},"id":2}', Masks(KEY))
    assert isinstance(item, Ack)
    assert item.refused


def test_the_listen_key_is_cut_out() -> None:
    """Wherever an unreadable message carries it, and before the text is cut to 4 kB."""
    item = read_message(b'{"stream":"alpha@%b"' % KEY.encode() + b" " * 4076 + KEY.encode(), Masks(KEY))
    assert isinstance(item, UnreadableFrame)
    assert KEY[:8] not in item.raw
    assert len(item.raw) <= 4096


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_makes_the_reader_fail(content: bytes) -> None:
    """Any bytes become an item."""
    assert isinstance(read_message(content, Masks(KEY)), ExecutionReport | UnreadableFrame | Ack)


@given(st.dictionaries(st.sampled_from(sorted(FILL)), st.none() | st.integers() | st.text(max_size=8) | st.floats()))
def test_no_field_makes_the_reader_fail(change: dict[str, object]) -> None:
    """Any value in any field gives a sound report or an unreadable frame."""
    item = read({**FILL, **change})
    if isinstance(item, ExecutionReport):
        assert all(value.is_finite() for value in (item.price, item.quantity, item.last_qty, item.cum_qty))
    else:
        assert isinstance(item, UnreadableFrame)
