"""Commands to a running supervisor, over its real socket, without the start of another Python for each."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from bin import cli
from tests.support.cli import Result


def control(data: Path, *args: str) -> Result:
    """`bin/run ARGS --data-dir DATA`, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.main([*args, "--data-dir", str(data)])
    return Result(code, out.getvalue(), err.getvalue())
