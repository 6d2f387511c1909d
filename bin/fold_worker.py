"""A process that folds some views of a data directory: started by whoever has more to fold than one core should do.

`python -m bin.fold_worker NUMBER DIR SUFFIX VIEW...`: each line on stdout is its number, how far it is, and of how many
events. It ends when nobody reads them any more.
"""

import gc
import sys
from contextlib import closing
from pathlib import Path

import typer

from bin.log_file import log_of
from projections.runner import Runner
from projections.views import VIEWS


def main(number: str, data_dir: Path, suffix: str, names: list[str]) -> None:
    """Fold the named views up to the log's end. A suffix makes them anew beside the others, with their indexes."""
    gc.disable()  # rows hold no cycles, and there are a great many of them
    views = tuple(view for view in VIEWS if view.name in names)
    with log_of(data_dir) as journal:
        file = data_dir / "views.sqlite"
        with closing(Runner(journal, file, views, suffix=suffix, bulk=True)) as runner:
            runner.catch_up(tell=lambda done, total: _tell(f"{number} {done} {total}\n"))
            if suffix:
                runner.create_indexes()


def _tell(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
    except typer.Exit as end:  # what is wrong has been told
        sys.exit(end.exit_code)
