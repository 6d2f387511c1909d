"""`bin/run replay verify` and `bin/run replay anchor`: is the log what was written?"""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from bin.anchor_file import AnchorFile, AnchorUnusable, head_in_words
from bin.exit_codes import ExitCode
from bin.log_file import DEFAULT, DataDir
from bin.progress_bar import ProgressBar, counted_events
from events.journal import SqliteJournal, StorageFailed
from events.verifying import Tampered, Unreadable, Verified, verify
from projections.figures import counted

Anchored = Annotated[Path | None, typer.Option("--anchor", metavar="FILE", help="Heads that were kept elsewhere.")]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to add it: outside of the data directory.")]


def verify_log(data_dir: DataDir = DEFAULT, anchor: Anchored = None) -> None:
    """Check every event of the log against the seals of its commits, while a supervisor may be running on it.

    Finds what was edited, deleted, inserted, exchanged or cut off. What was cut off together with its seals, an older
    copy, and a log that was sealed anew are found with the anchors that `--anchor` of a run, or `replay anchor`, left.
    Exit code 0: sound; 1: tampered with or torn, with the first position that may be wrong; 2: it could not be read.
    """
    try:
        anchors = AnchorFile(anchor).anchors() if anchor else ()
        with closing(ProgressBar("verifying", sys.stderr)) as bar:
            verified = verify(_log(data_dir), anchors, bar)
    except AnchorUnusable as error:
        raise _unreadable(str(error)) from error
    except Unreadable as error:
        raise _unreadable(f"{data_dir / 'events.sqlite'}: {error}") from error
    except Tampered as error:
        sys.stdout.write(f"not sound from position {error.position:,} on: {error}\n")
        raise typer.Exit(ExitCode.DIFFERENCE) from error
    sys.stdout.write(_sound(verified, anchor))


def anchor(out: Out, data_dir: DataDir = DEFAULT) -> None:
    """Note the seal of the log's head in a file, for `replay verify --anchor`; earlier notes stay. Prints it, too."""
    file = AnchorFile(out)
    try:
        file.keep_outside(data_dir)
        with SqliteJournal(_log(data_dir), read_only=True) as journal:
            head = journal.sealed()
        file.add(head)
    except AnchorUnusable as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(error.exit_code) from error
    except (StorageFailed, Unreadable) as error:
        raise _unreadable(f"{data_dir / 'events.sqlite'}: {error}") from error
    sys.stdout.write(f"{head_in_words(head)}; noted in {out}\n")


def _log(data_dir: Path) -> Path:
    path = data_dir / "events.sqlite"
    if not path.is_file():
        raise Unreadable("there is no such file; name the --data-dir of a run")
    return path


def _unreadable(reason: str) -> typer.Exit:
    sys.stderr.write(f"{reason}; nothing was checked\n")
    return typer.Exit(ExitCode.UNREADABLE)


def _sound(verified: Verified, anchor: Path | None) -> str:
    commits = counted(verified.commits, "commit").replace(str(verified.commits), f"{verified.commits:,}")
    against = f", {counted(verified.anchors, 'anchor')} of {anchor}" if anchor else ""
    events = counted_events(verified.head.position)
    return f"sound: {events} in {commits}{against}; {head_in_words(verified.head)}\n"
