"""The command line in this process: quicker than a process of its own, and the same from the arguments on."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from bin import cli
from tests.support.cli import Result


def ask(*args: str | Path | int) -> Result:
    """Run `bin/run ARGS` to its end."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.main([str(arg) for arg in args])
    return Result(code, out.getvalue(), err.getvalue())
