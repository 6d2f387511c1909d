"""The command line: one entry point, one module per command, each imported only when it is called."""

import errno
import importlib
import os
import platform
import sys
import tomllib
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer

from bin.exit_codes import ExitCode
from bin.paths import ROOT

COMMANDS = {
    "supervisor": "Bring every account to its target volume, and show how it goes.",
    "status": "How a running supervisor stands: each account and strategy.",
    "pause": "Finish the trades in hand and begin no further one.",
    "resume": "Let trading go on that was paused, or parked for its owner to see to.",
    "stop": "Finish the trades in hand and stop: one account, one strategy, or all.",
    "kill": "Cancel what is open and stop: one account, one strategy, or all.",
    "venue": "Run the paper venue alone, or read its ledger.",
    "config": "Check and show the configuration, or print its JSON Schema.",
    "doctor": "Check all that a run needs, and say how to mend what is amiss.",
    "monitor": "Tell what an account's order stream brings; nothing is ordered.",
    "alerts": "Try the services that tell of trouble, and see what is on its way.",
    "sweep": "Sell what an account was left with.",
    "live": "Accept what trading on the real venue means, for an account; see who has.",
    "acknowledge": "Take held coins off an account's books, once you have dealt with them.",
    "credentials": "Keep the sessions with which accounts trade at the real venue, encrypted.",
    "query": "Ask what the log adds up to: progress, trades, orders, fills, volume, wear, and free SQL.",
    "rebuild": "Fold views from nothing, compare them with those before, and switch.",
    "export": "Write the events, or what a view holds, to a file: jsonl, csv, parquet.",
    "import": "Make a log of an export of events, the same to the last byte.",
    "archive": "Close old days: their events go into compressed, sealed files that are read as before.",
    "replay": "Tell what happened and why, explain an order or a trade, go back to a moment, check decisions.",
}
"""Each command with its line of help. `bin.<command>_command` has its Typer application as `app`."""

FULL_OR_BROKEN = frozenset({errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EROFS})
_READ_NOTHING = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}
"""Everything after the command's name, --help included, is for the command itself to read."""


def main(args: Sequence[str]) -> int:
    """Run the command that `args` name and return its exit code."""
    return run(build(), "bin/run", args)


def run(app: typer.Typer, prog_name: str, args: Sequence[str]) -> int:
    """Run `app` and return its exit code, one of ExitCode; never a traceback for what a person did.

    A usage error is told with a hint and ends in USAGE; Ctrl-C in STOPPED; a reader of our output that went
    away in BROKEN_PIPE; an exception that nothing caught is a defect: its traceback, and INTERNAL.
    """
    if sys.stdout is None:  # it was closed before we began
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as we run
    out = sys.stdout
    try:
        app(args=list(args), prog_name=prog_name)
        code = 0
    except SystemExit as end:
        code = _translate(end)
    except KeyboardInterrupt:
        code = ExitCode.STOPPED
    except OSError as error:
        code = _unwritten(error)
    except Exception:  # noqa: BLE001 - the last line of defence: scripts rely on the exit code
        traceback.print_exc()
        code = ExitCode.INTERNAL
    return _flush(out, code)


def build() -> typer.Typer:
    """The application that lists and finds the commands."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(_root)
    for name, summary in COMMANDS.items():
        register = app.command(name, help=summary, add_help_option=False, context_settings=_READ_NOTHING)
        register(_forward(name))
    return app


def _root(
    ctx: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Volume-target strategies for many accounts, on an event log. `bin/run COMMAND --help` tells more."""
    if version:
        typer.echo(_version())
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _forward(name: str) -> Callable[[typer.Context], None]:
    def command(ctx: typer.Context) -> None:
        app: typer.Typer = importlib.import_module(f"bin.{name}_command").app
        raise typer.Exit(run(app, f"bin/run {name}", ctx.args))

    return command


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return f"{project['name']} {project['version']} (Python {platform.python_version()})"


def _translate(end: SystemExit) -> int:
    if isinstance(end.__context__, BrokenPipeError):
        return ExitCode.BROKEN_PIPE
    # Typer's own codes: 2 for usage errors, 130 for Ctrl-C. A command that ends with 2 means that.
    translation: dict[object, int] = {None: ExitCode.OK, 130: ExitCode.STOPPED}
    if not isinstance(end.__context__, typer.Exit):
        translation[2] = ExitCode.USAGE
    code = translation.get(end.code, end.code)
    return code if isinstance(code, int) else ExitCode.INTERNAL


def _flush(out: TextIO, code: int) -> int:
    try:
        out.flush()
    except OSError as error:
        # What is still buffered would be tried again, and complained about, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        if isinstance(error, BrokenPipeError):
            return ExitCode.BROKEN_PIPE
        return code if code == ExitCode.STORAGE else _unwritten(error)
    return code


def _unwritten(error: OSError) -> int:
    """A disk that is full or broken is no defect of ours."""
    if error.errno not in FULL_OR_BROKEN:
        traceback.print_exc()
        return ExitCode.INTERNAL
    sys.stderr.write(f"cannot write: {error.strerror}\n")
    return ExitCode.STORAGE
