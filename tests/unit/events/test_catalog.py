"""Catalog: events to JSON and back."""

import json
from decimal import Decimal

import msgspec
import pytest

from events.base import Event, Metadata, NewEvent, UnknownEvent
from events.catalog import Catalog, CatalogError, EventNotStorable, EventUnreadable
from events.system import StreamConnected, StreamLost
from events.upcasts import Data, Upcast

META = Metadata(correlation_id="c", causation=None, ts_event=1, ts_init=2)


class Measured(Event, frozen=True, kw_only=True):
    """A test's event in its third shape: v1 had `size`, v2 `amount` without a unit."""

    amount: Decimal
    unit: str


def _rename(data: Data) -> Data:
    return {"amount": data["size"]}


def _add_unit(data: Data) -> Data:
    return {**data, "unit": "USDT"}


UPCASTS = {
    "test.measured.v1": Upcast("test.measured.v2", _rename),
    "test.measured.v2": Upcast("test.measured.v3", _add_unit),
}
MEASURES = Catalog({Measured: "test.measured.v3"}, UPCASTS)


def stored(data: str) -> bytes:
    """The JSON of an event with META and these fields."""
    return b'{"meta":%b,"data":%b}' % (msgspec.json.encode(META), data.encode())


def lost(retry_in: str, reason: str = "closed") -> NewEvent:
    """An event with one amount and one text."""
    event = StreamLost(user_id=1, reason=reason, attempt=1, retry_in=Decimal(retry_in))
    return NewEvent(event=event, meta=META)


def written(new: NewEvent) -> dict[str, object]:
    """The event's own fields as JSON has them."""
    fields: dict[str, object] = json.loads(Catalog().encode(new)[1])["data"]
    return fields


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E-8", "0.00000001"), ("0E-8", "0.00000000"), ("1E+3", "1000"), ("-1.5E-7", "-0.00000015"), ("3.0", "3.0")],
)
def test_amounts_are_written_in_plain_notation(value: str, text: str) -> None:
    """Every digit and every trailing zero is kept, and no exponent is written."""
    assert written(lost(value))["retry_in"] == text


@pytest.mark.parametrize("text", ["1E-8", "SOME-TEXT", "1E+3"])
def test_a_text_that_looks_like_an_exponent_is_kept(text: str) -> None:
    """Only amounts are written anew."""
    assert written(lost("1E-8", reason=text))["reason"] == text


@pytest.mark.parametrize("value", ["1E+65", "1E-65", "1E+999999"])
def test_an_exponent_that_no_amount_has_is_refused(value: str) -> None:
    """A hostile number is not written out as a million digits."""
    with pytest.raises(EventNotStorable, match="StreamLost cannot be written"):
        Catalog().encode(lost(value))


def test_a_text_that_is_no_unicode_is_refused() -> None:
    """Half a surrogate pair cannot be stored, and that is said of the event that has it."""
    with pytest.raises(EventNotStorable, match="StreamLost cannot be written"):
        Catalog().encode(lost("1", reason="\ud800"))


def test_an_event_without_a_stored_name_is_refused() -> None:
    """The error names the class and where to add it."""
    new = NewEvent(event=Measured(amount=Decimal(1), unit="USDT"), meta=META)
    with pytest.raises(EventNotStorable, match=r"Measured has no stored name; add it to events/catalog\.py"):
        Catalog().encode(new)


@pytest.mark.parametrize("topic", ["order.no_such_thing.v1", "stream.connected.v2"])
def test_an_unknown_name_is_kept_as_it_is(topic: str) -> None:
    """Another event, or a newer version of one, is no error, and its data is not lost."""
    data = b'{"user_id": 1, "news": [1.50]}'
    decoded = Catalog().decode(topic, stored(data.decode()))
    assert decoded == (META, UnknownEvent(data=msgspec.Raw(data)))


@pytest.mark.parametrize("state", [b"state1", b"\xff\x00", b'{"other":"envelope"}'])
def test_another_programs_event_is_kept_whole(state: bytes) -> None:
    """An event without our envelope has its whole state as data."""
    _, event = Catalog().decode("other.program:Event", state)
    assert event == UnknownEvent(data=msgspec.Raw(state))


@pytest.mark.parametrize("state", [b"{", b"\xff", stored('{"user_id":"one","attempt":1}'), stored('{"user_id":1}')])
def test_a_damaged_event_names_its_position(state: bytes) -> None:
    """What a known name cannot hold is an error that says where in the log it is."""
    with pytest.raises(
        EventUnreadable, match=r"event 17 of the log \(stream\.connected\.v1\) cannot be read: "
    ) as error:
        Catalog().decode("stream.connected.v1", state, position=17)
    assert error.value.position == 17


def test_unknown_fields_are_ignored() -> None:
    """An older reader survives a field that a newer writer added."""
    decoded = Catalog().decode("stream.connected.v1", stored('{"user_id":1,"attempt":2,"new":3}'))
    assert decoded == (META, StreamConnected(user_id=1, attempt=2))


@pytest.mark.parametrize(
    ("topic", "data"),
    [
        ("test.measured.v1", '{"size":"0.10"}'),
        ("test.measured.v2", '{"amount":"0.10"}'),
        ("test.measured.v3", '{"amount":"0.10","unit":"USDT"}'),
    ],
)
def test_old_shapes_pass_through_the_chain_of_upcasts(topic: str, data: str) -> None:
    """Each version reads as the newest."""
    assert MEASURES.decode(topic, stored(data)) == (META, Measured(amount=Decimal("0.10"), unit="USDT"))


def test_an_upcast_that_misses_its_field_names_the_position() -> None:
    """A damaged event of an old version is as clear an error as one of today's."""
    with pytest.raises(EventUnreadable, match="event 3 of the log"):
        MEASURES.decode("test.measured.v1", stored('{"length":"1"}'), position=3)


@pytest.mark.parametrize(
    ("upcasts", "complaint"),
    [
        ({"a.b.v1": Upcast("a.b.v2", _rename)}, "which no event class has"),
        ({"a.b.v1": Upcast("a.b.v2", _rename), "a.b.v2": Upcast("a.b.v1", _rename)}, "lead back to it"),
    ],
)
def test_upcasts_that_lead_nowhere_are_refused(upcasts: dict[str, Upcast], complaint: str) -> None:
    """A wrong table is found when it is built, not when an old event is met."""
    with pytest.raises(CatalogError, match=complaint):
        Catalog({Measured: "test.measured.v3"}, upcasts)


def test_two_classes_cannot_share_a_name() -> None:
    """Else one of them could not be read back."""
    with pytest.raises(CatalogError, match="share a stored name"):
        Catalog({Measured: "test.same.v1", StreamConnected: "test.same.v1"}, {})
