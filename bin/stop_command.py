"""`bin/run stop`: finish the trades in hand and stop."""

import typer

from bin.control_command import All, AsJson, Strategy, User, command, scope
from bin.log_file import DEFAULT, DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def stop(
    *,
    user: User = None,
    strategy: Strategy = "",
    everything: All = False,
    data_dir: DataDir = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Finish the trade in hand and stop, as the first Ctrl-C does; of one account or strategy, the others go on.

    Returns when it is recorded, and tells what each account waits for. Exit code 75: no supervisor runs on the data
    directory; 77: it is another user's; 64: it has no such account.
    """
    raise command(data_dir, scope("stop", user, strategy, everything=everything), as_json=as_json)
