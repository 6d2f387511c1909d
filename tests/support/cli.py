"""The program as its user runs it: `bin/run ...` in a process of its own."""

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
RUN = ROOT / "bin" / "run"


class Result(msgspec.Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def run(*args: str | Path, timeout: float = 90, cwd: Path | None = None) -> Result:
    """Run a command to its end."""
    done = subprocess.run([RUN, *args], capture_output=True, text=True, timeout=timeout, cwd=cwd, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def start(*args: str | Path) -> subprocess.Popen[str]:
    """Start a command; the caller ends it."""
    return subprocess.Popen([RUN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_line(process: subprocess.Popen[str], text: str, *, log: bool = False) -> str:
    """Read the output, or the log on stderr, until a line has `text`; the suite's timeout bounds the wait."""
    pipe = process.stderr if log else process.stdout
    assert pipe is not None
    for line in pipe:
        if text in line:
            return line
    raise AssertionError(f"the program ended without saying {text!r}: {process.communicate()[1]}")


def ledger(data: Path) -> Any:
    """What the paper venue accepted, filled and credited."""
    return run("venue", "ledger", "--data-dir", data, "--format", "json").json()


def events(data: Path) -> list[Any]:
    """Every event of the log, in order, as `replay` gives them."""
    lines = run("replay", "--data-dir", data, "--format", "jsonl").out.splitlines()
    return [json.loads(line) for line in lines]


def progress(data: Path) -> dict[tuple[int, str], Any]:
    """The rows of `query progress` by user and strategy."""
    rows = run("query", "progress", "--data-dir", data, "--format", "json").json()
    return {(row["user_id"], row["strategy_id"]): row for row in rows}


def venue_pid(data: Path) -> int | None:
    """The process of the paper venue that a supervisor runs on this data directory, None while there is none."""
    wanted = b"\0venue\0--data-dir\0" + str(data).encode() + b"\0"
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may have ended meanwhile
            if wanted in (process / "cmdline").read_bytes():
                return int(process.name)
    return None
