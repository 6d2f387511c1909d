"""From the user stream's messages to the port's items (venue protocol notes, section 5). Pure."""

from typing import Final

import msgspec

from exchange.alpha import frames
from exchange.alpha.decode import UNREADABLE, ZERO, leg_of, list_id_of, side_of, status_of
from exchange.alpha.masks import Mask
from exchange.alpha.numbers import sound
from exchange.port import ExecutionReport, UnreadableFrame

LARGEST_FRAME: Final = 1_000_000
_LONGEST_RAW: Final = 4096

_message = msgspec.json.Decoder(frames.StreamMessage)
_event = msgspec.json.Decoder(frames.StreamEvent)
_report = msgspec.json.Decoder(frames.ExecutionReport)


class Ack(msgspec.Struct, frozen=True):
    """The venue's answer to a request of ours; `refused` when it carries an error."""

    id: int | str | None
    refused: bool


def read_message(message: bytes, mask: Mask) -> ExecutionReport | UnreadableFrame | Ack:
    """Never raises. What cannot be understood comes back as UnreadableFrame. What is kept of its text is masked."""
    if len(message) > LARGEST_FRAME:
        return _unreadable(f"a frame of {len(message)} bytes", message, mask)
    try:
        parsed = _message.decode(message)
    except UNREADABLE as problem:
        return _unreadable(f"no message of the stream: {problem}", message, mask)
    data, error = bytes(parsed.data), bytes(parsed.error)
    if data:
        return _read_data(data, mask)
    if parsed.stream is None and (error or parsed.id is not None):
        return Ack(id=parsed.id, refused=bool(error))
    return _unreadable("neither a frame nor an acknowledgement", message, mask)


def _read_data(data: bytes, mask: Mask) -> ExecutionReport | UnreadableFrame:
    try:
        kind = _event.decode(data).event_type
        if kind not in {"executionReport", None}:
            return _unreadable(f"an event of type {mask(str(kind))!r:.60}", data, mask)
        return _report_of(_report.decode(data), mask(data.decode()))
    except UNREADABLE as error:
        return _unreadable(f"no execution report: {error}", data, mask)


def _report_of(frame: frames.ExecutionReport, raw: str) -> ExecutionReport:
    """Fields that the venue left out become 0, "" or None, but not those that a fill is counted by."""
    if frame.execution_type == "TRADE":
        _check_fill(frame)
    return ExecutionReport(
        venue_order_id=str(frame.venue_order_id),
        order_list_id=list_id_of(frame.order_list_id),
        leg=leg_of(frame.contingency_position),
        symbol=frame.symbol,
        side=side_of(frame.side),
        order_status=status_of(frame.order_status),
        execution_type=frame.execution_type or "",
        price=sound(frame.price),
        quantity=sound(frame.quantity),
        last_qty=sound(frame.last_qty),
        last_px=sound(frame.last_px),
        last_quote=sound(frame.last_quote),
        cum_qty=sound(frame.cum_qty),
        cum_quote=sound(frame.cum_quote),
        avg_px=sound(frame.avg_px),
        commission=ZERO if frame.commission is None else sound(frame.commission),
        commission_asset=frame.commission_asset,
        execution_id=frame.execution_id or 0,
        match_id=str(frame.match_id or ""),
        created_time=frame.ts_created or 0,
        transact_time=frame.ts_transact or frame.ts_update or frame.ts_push or 0,
        raw=raw,
    )


def _check_fill(frame: frames.ExecutionReport) -> None:
    """Whether what a fill is counted by is there, and possible. A fee may be negative: some venues pay rebates."""
    needed = {
        "execution id": frame.execution_id,
        "last quantity": frame.last_qty,
        "last price": frame.last_px,
        "last quote": frame.last_quote,
        "cumulative quantity": frame.cum_qty,
    }
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise msgspec.ValidationError(f"a fill without its {', '.join(missing)}")
    if (
        not ZERO < sound(frame.last_qty) <= sound(frame.cum_qty)
        or min(sound(frame.last_px), sound(frame.last_quote)) < ZERO
    ):
        raise msgspec.ValidationError("a fill of amounts that no fill can have")


def _unreadable(reason: str, content: bytes, mask: Mask) -> UnreadableFrame:
    text = mask(content.decode(errors="replace"))
    return UnreadableFrame(reason=mask(reason), raw=text[:_LONGEST_RAW])


class OrderIdentity(msgspec.Struct, frozen=True):
    """What a report says of an order that the port's reports leave out; empty where it says nothing."""

    client_order_id: str
    order_type: str


def identity_of(raw: str) -> OrderIdentity:
    """From a report's JSON as received. Never raises."""
    try:
        frame = _report.decode(raw)
    except UNREADABLE:
        return OrderIdentity("", "")
    return OrderIdentity(frame.client_order_id or "", frame.order_type or "")
