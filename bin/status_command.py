"""`bin/run status`: how a running supervisor stands."""

import typer

from bin.control_command import All, AsJson, Strategy, User, command, scope
from bin.log_file import DEFAULT, DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def status(
    *,
    user: User = None,
    strategy: Strategy = "",
    everything: All = False,
    data_dir: DataDir = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Tell how the running supervisor stands: each strategy's volume, what it is doing, and who paused it.

    Exit code 75: no supervisor runs on the data directory; 77: it is another user's; 64: it has no such account.
    """
    raise command(data_dir, scope("status", user, strategy, everything=everything), as_json=as_json)
