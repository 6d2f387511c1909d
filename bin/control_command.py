"""What `bin/run status`, `pause`, `resume`, `stop` and `kill` have in common."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bin.control_client import ControlError, NoSupervisor, ask
from bin.control_wire import AnyReply, Asked, End, Happened, Running, Standing
from bin.exit_codes import ExitCode
from bin.log_file import DataDir
from events.values import ControlCommand

User = Annotated[int | None, typer.Option("--user", metavar="N", min=1, help="This account.")]
Strategy = Annotated[str, typer.Option("--strategy", metavar="S", help="This strategy, of every account.")]
All = Annotated[bool, typer.Option("--all", help="Every account.")]
AsJson = Annotated[bool, typer.Option("--json", help="One object a line; the last one has the exit code.")]

__all__ = ["All", "AsJson", "DataDir", "Strategy", "User", "command", "scope", "tell"]


def scope(asked_for: ControlCommand, user: int | None, strategy: str, *, everything: bool) -> Asked:
    """The request. A command that changes something names what it is for."""
    named = (user is not None) + bool(strategy) + everything
    if named > 1:
        raise typer.BadParameter("give one of --user, --strategy and --all")
    if not named and asked_for != "status":
        raise typer.BadParameter("say what for: --user N, --strategy S or --all")
    return Asked(command=asked_for, user_id=user, strategy_id=strategy)


def command(
    data_dir: Path,
    asked: Asked,
    *,
    as_json: bool,
    alone: Callable[[], End] | None = None,
) -> typer.Exit:
    """Give the command and tell the answer; the exit code is the answer's. `alone` is done where no supervisor runs."""
    try:
        end = _told(data_dir, asked, as_json=as_json)
    except NoSupervisor as nobody:
        if alone is None or nobody.pid is not None:
            return _refused(nobody, as_json=as_json)
        end = alone()
        tell(end, as_json=as_json)
    except ControlError as error:
        return _refused(error, as_json=as_json)
    return typer.Exit(end.exit_code)


def _told(data_dir: Path, asked: Asked, *, as_json: bool) -> End:
    for line, reply in ask(data_dir, asked):
        if as_json:
            sys.stdout.write(line.decode())
        else:
            tell(reply, as_json=False)
        if isinstance(reply, End):
            return reply
    return End(exit_code=ExitCode.NO_SUPERVISOR)


def _refused(error: ControlError, *, as_json: bool) -> typer.Exit:
    tell(End(exit_code=error.exit_code, message=str(error)), as_json=as_json)
    return typer.Exit(error.exit_code)


def tell(reply: AnyReply, *, as_json: bool) -> None:
    """To people on stdout, what went wrong on stderr; to machines all on stdout."""
    if as_json:
        typer.echo(msgspec.json.encode(reply).decode())
    elif words := _in_words(reply):
        typer.echo(words, err=isinstance(reply, End) and reply.exit_code != ExitCode.OK)


def _in_words(reply: AnyReply) -> str:
    match reply:
        case Happened(user_id=user_id, text=text):
            return f"user {user_id}: {text}"
        case Running():
            return _running(reply)
        case Standing():
            return _standing(reply)
        case End(message=message):
            return message


def _running(run: Running) -> str:
    if run.hosts:
        from projections.words.system import live_at  # noqa: PLC0415 - a kill need not wait for it

        return f"run {run.run_id}, {live_at(run.hosts)}, pid {run.pid}"
    return f"run {run.run_id} on {run.venue}, pid {run.pid}"


def _standing(one: Standing) -> str:
    volume = "?" if one.current_volume is None else one.current_volume
    doing = one.state if one.status == "running" else one.status
    why = f"{one.reason}; " if one.reason and one.status == "running" else ""
    because = f": {one.reason}" if one.reason and one.status != "running" else ""
    trades = f"{one.completed_trades} trades, {one.failed_trades} failed, wear {one.wear} USDT"
    who = f"user {one.user_id} {one.strategy_id} ({one.token})"
    waits = f"; a call has waited {one.call_waits_ms / 1000:.1f} s for our rate limits" if one.call_waits_ms else ""
    return f"  {who}: {volume}/{one.target_volume} USDT, {trades}, stream {one.stream}: {why}{doing}{because}{waits}"
