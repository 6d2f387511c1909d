"""`bin/run kill`: cancel what is open and stop."""

import typer

from bin.control_command import All, AsJson, Strategy, User, command, scope
from bin.log_file import DEFAULT, DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def kill(
    *,
    user: User = None,
    strategy: Strategy = "",
    everything: All = False,
    data_dir: DataDir = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Cancel what is open and stop, as the second Ctrl-C does; of one account or strategy, the others go on.

    Returns when all of it is confirmed. Exit code 4: some order may still be open, or an account has not ended yet; 75:
    no supervisor runs on the data directory; 77: it is another user's; 64: it has no such account.
    """
    raise command(data_dir, scope("kill", user, strategy, everything=everything), as_json=as_json)
