"""What is said over the control socket: one request as a line of JSON, then the answer, line by line, `end` last."""

import os
import pwd

import msgspec

from events.values import ControlCommand, Operator

SOCKET = "control.sock"
"""Its name in the data directory."""

LONGEST_LINE = 65_536


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command for one account, for one strategy, or (neither) for all."""

    command: ControlCommand
    user_id: int | None = None
    strategy_id: str = ""


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of all answers' lines."""


class Happened(Reply, frozen=True, kw_only=True, tag="event"):
    """An event that the command led to, with its position in the log; `text` tells it in words."""

    position: int
    at: int
    event: str
    user_id: int | None
    strategy_id: str
    text: str


class Running(Reply, frozen=True, kw_only=True, tag="run"):
    """The run itself; `position` is that of the last event in what follows.

    `hosts` are those at which it trades with real money; there are none on the paper venue.
    """

    run_id: str
    pid: int
    venue: str
    hosts: tuple[str, ...] = ()
    position: int


class Standing(Reply, frozen=True, kw_only=True, tag="strategy"):
    """How a strategy stands, with the fields of `bin/run query progress` and `query activity`; amounts as text.

    `call_waits_ms` says how long a call of the account has waited for our rate limits, 0 where none does.
    """

    user_id: int
    strategy_id: str
    token: str
    status: str
    state: str
    reason: str
    current_volume: str | None
    target_volume: str
    completed_trades: int
    failed_trades: int
    wear: str
    stream: str
    call_waits_ms: int = 0


class End(Reply, frozen=True, kw_only=True, tag="end"):
    """The command is done; `message` is for people, what went wrong where `exit_code` is not 0."""

    exit_code: int
    message: str = ""


AnyReply = Happened | Running | Standing | End


def operator(uid: int, pid: int) -> Operator:
    """Who a local process belongs to; a user without a name goes by number."""
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Operator(name=name, uid=uid, pid=pid)


def this_operator() -> Operator:
    return operator(os.getuid(), os.getpid())
