"""Messages as the log keeps them: beside what was decided from each, so that the decision can be made again.

Their names on disk are those of their classes. A message that was renamed or changed since cannot be read any more, and
its decision cannot be checked; nothing else depends on it.
"""

from functools import cache, reduce
from operator import or_
from types import ModuleType
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from actors.messages import (
    base,
    orders,
    placements,
    prices,
    readers,
    strategies,
    streams,
    supervision,
    turns,
    volumes,
)
from actors.messages.base import Command, Message, Request
from actors.messages.orders import OrdersSeen, ReportReceived
from events.base import Event
from events.executions import OrderReported
from events.plain_json import plain_json
from events.reports import report_of

MODULES = (base, orders, placements, prices, readers, strategies, streams, supervision, turns, volumes)
"""Those of messages and commands."""

M = TypeVar("M", Message, Command)


class MessageUnreadable(ValueError):
    """This version of the code knows no such message."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Of what kind a message is. A Request holds a command, whose class its name on disk tells, too."""

    type: str
    cause: int | None = None
    command: msgspec.Raw = msgspec.Raw()


_kept = msgspec.json.Decoder(_Kept)


class _ReportKept(Message, frozen=True, kw_only=True):
    """A ReportReceived whose report is that of the event beside it."""

    ts_event: int


def written(message: Message, first: Event) -> msgspec.Raw:
    """The message as JSON, beside the first event decided from it. What only goes on to somebody else is left out."""
    if isinstance(message, ReportReceived) and isinstance(first, OrderReported):
        message = _ReportKept(cause=message.cause, ts_event=message.ts_event)
    if isinstance(message, OrdersSeen):
        message = replace(message, then=None)
    return msgspec.Raw(plain_json(message))


def read(stored: msgspec.Raw, first: Event) -> Message:
    """The message that was written. Raises MessageUnreadable."""
    try:
        kept = _kept.decode(stored)
        if kept.type == Request.__name__:
            return Request(cause=kept.cause, command=_decoder(Command).decode(kept.command))
        message: Message = _decoder(Message).decode(stored)
        return _with_its_report(message, first) if isinstance(message, _ReportKept) else message
    except (msgspec.MsgspecError, LookupError, TypeError) as error:
        raise MessageUnreadable(str(error)) from error


def _with_its_report(kept: _ReportKept, first: Event) -> ReportReceived:
    if not isinstance(first, OrderReported):
        raise MessageUnreadable("its report should stand in the event beside it, which is another one")
    return ReportReceived(cause=kept.cause, ts_event=kept.ts_event, report=report_of(first))


@cache
def _decoder(root: type[M]) -> msgspec.json.Decoder[M]:
    """Of any message, or of any command. To make one takes longer than to read a hundred messages."""
    kinds = [one for module in MODULES for one in _subclasses(module, root)]
    if root is Message:
        kinds.append(_ReportKept)
    return msgspec.json.Decoder(reduce(or_, kinds))


def _subclasses(module: ModuleType, root: type[M]) -> list[type[M]]:
    """Those that hold no other message or command, whose class only its name on disk tells."""
    classes = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
    return [one for one in classes if issubclass(one, root) and one not in (root, Request)]
