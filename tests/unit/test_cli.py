"""The frame of the command line: help, versions, exit codes; not what the commands do."""

import subprocess
import sys

import pytest
import typer

from bin import cli
from bin.exit_codes import ExitCode
from tests.support.source import ROOT


def run_raising(error: BaseException) -> int:
    """The exit code of a command that raises `error`."""
    app = typer.Typer()

    @app.command()
    def command() -> None:
        raise error

    return cli.run(app, "bin/run command", [])


def test_bare_call_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`bin/run` alone is a question, not an error: it lists every command and ends well."""
    assert cli.main([]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert [name for name in cli.COMMANDS if name not in shown] == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version names the program and the Python that runs it."""
    assert cli.main(["--version"]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("otomat 0.1.0 (Python 3.")


@pytest.mark.parametrize("args", [["nonsense"], ["--nonsense"], ["supervisor", "--nonsense"]])
def test_usage_errors(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be understood ends in 64, with a word on stderr and nothing on stdout."""
    assert cli.main(args) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err != ""


def test_near_miss_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped command is answered with the one that was meant."""
    cli.main(["superviser"])
    assert "supervisor" in capsys.readouterr().err


@pytest.mark.parametrize("code", list(ExitCode))
def test_exit_code_of_a_command_is_kept(code: ExitCode) -> None:
    """A command's own exit code, and no other, reaches the shell."""
    assert run_raising(typer.Exit(code)) == code


def test_no_code_of_ours_means_something_else_to_the_frame() -> None:
    """130 is always Ctrl-C; 2 is a usage error unless a command says so itself, and then it is kept."""
    assert 130 not in ExitCode._value2member_map_
    assert run_raising(typer.BadParameter("no")) == ExitCode.USAGE


def test_ctrl_c_is_no_defect(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C in a command that does not handle it ends in 3, without a traceback."""
    assert run_raising(KeyboardInterrupt()) == ExitCode.STOPPED
    assert "Traceback" not in capsys.readouterr().err


def test_defect_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception that nothing caught ends in 70 with its traceback, never in a code that means a result."""
    assert run_raising(LookupError("lost")) == ExitCode.INTERNAL
    assert "LookupError: lost" in capsys.readouterr().err


def test_broken_pipe_is_no_result() -> None:
    """A reader that went away ends in 141, never in 1, which would say that a check found a difference."""
    assert run_raising(BrokenPipeError(32, "Broken pipe")) == ExitCode.BROKEN_PIPE


def test_a_full_disk_is_no_defect(capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be written ends in 74 and says so in one line."""
    assert run_raising(OSError(28, "No space left on device")) == ExitCode.STORAGE
    assert capsys.readouterr().err == "cannot write: No space left on device\n"


@pytest.mark.parametrize(("redirection", "code"), [("> /dev/full", ExitCode.STORAGE), (">&-", ExitCode.OK)])
def test_output_that_goes_nowhere_is_no_defect(redirection: str, code: ExitCode) -> None:
    """A full device is told; a standard output that was closed on purpose is not."""
    command = f"exec '{sys.executable}' -m bin --version {redirection}"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


def test_help_imports_nothing_heavy() -> None:
    """Help is instant: no actor, network or store library is imported before a command needs it."""
    code = """
import sys
from bin.cli import main
main(["--help"])
heavy = {"aiohttp", "eventsourcing", "msgspec", "pykka", "requests", "sqlite3", "yaml"}
sys.exit(" ".join(heavy & set(sys.modules)) or None)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
