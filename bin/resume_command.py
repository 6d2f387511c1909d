"""`bin/run resume`: let trading go on that was paused, or parked for its owner."""

from pathlib import Path

import typer

from actors.deciders.user_control import resumed
from bin.account_stream import record_alone
from bin.control_command import All, AsJson, Strategy, User, command, scope
from bin.control_wire import End, this_operator
from bin.exit_codes import ExitCode
from bin.lock import DataDirError, DataDirTaken
from bin.log_file import DEFAULT, DataDir, log_path
from events.control import AccountResumed
from events.journal import StorageFailed
from projections.states.user import UserState
from projections.words import in_words

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def resume(
    *,
    user: User = None,
    strategy: Strategy = "",
    everything: All = False,
    data_dir: DataDir = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Begin trades again that bin/run pause held back.

    With --user it also takes up an account that is parked because the venue wants to see its owner (a verification
    challenge, an expired login, a restriction): settle that first, as the owner, on the venue's own pages. It works on
    a running supervisor; with --user, where none runs, it is noted in the log for the next run. Exit code 75: no
    supervisor runs, and no account is named; 77: it is another user's; 64: there is no such account.
    """
    asked = scope("resume", user, strategy, everything=everything)
    alone = None if user is None else lambda: _alone(log_path(data_dir).parent, user)
    raise command(data_dir, asked, as_json=as_json, alone=alone)


def _alone(data_dir: Path, user: int) -> End:
    """In the log, for the run that comes next."""

    def decide(state: UserState) -> tuple[AccountResumed, ...]:
        if not state.strategies:
            raise typer.BadParameter(f"the log knows no user {user}")
        event = resumed(state, this_operator(), unparks=True)
        return () if event is None else (event,)

    try:
        events = record_alone(data_dir, user, decide)
    except DataDirTaken as error:
        return End(exit_code=ExitCode.NO_SUPERVISOR, message=str(error))
    except (DataDirError, StorageFailed) as error:
        return End(exit_code=ExitCode.STORAGE, message=str(error))
    words = "; ".join(map(in_words, events)) or "neither paused nor parked; nothing was changed"
    return End(exit_code=ExitCode.OK, message=f"user {user}: {words}")
