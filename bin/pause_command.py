"""`bin/run pause`: begin no further trade."""

import typer

from bin.control_command import All, AsJson, Strategy, User, command, scope
from bin.log_file import DEFAULT, DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def pause(
    *,
    user: User = None,
    strategy: Strategy = "",
    everything: All = False,
    data_dir: DataDir = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Finish the trade in hand and begin no further one until bin/run resume, also in later runs.

    A trade that has only asked for a price is called off. Exit code 75: no supervisor runs on the data directory;
    77: it is another user's; 64: it has no such account.
    """
    raise command(data_dir, scope("pause", user, strategy, everything=everything), as_json=as_json)
