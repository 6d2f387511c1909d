"""Commands that the operator is told to run, with the data directory and the settings that they need."""

import os
import re
import shlex
from pathlib import Path
from typing import Final, NamedTuple

from bin.paths import DEFAULT_CONFIG, DEFAULT_DATA_DIR

_READ_SETTINGS: Final = frozenset({"sweep", "credentials add"})
_COMMAND: Final = re.compile(
    r"bin/run (sweep|acknowledge|resume|stop|rebuild|credentials add|query \w+)(?: --user (?:\d+|N)\b)?(?! --)\b"
)


class Where(NamedTuple):
    """What a command was given; `config` is None where it read no settings file, or the usual one."""

    data_dir: Path = DEFAULT_DATA_DIR
    config: Path | None = None


USUAL: Final = Where()


def hinted(text: str, where: Where) -> str:
    """`text`, whose commands name the data directory and the settings where those are not the usual ones."""
    return _COMMAND.sub(lambda found: found[0] + _options(found[1], where), text)


def _options(command: str, where: Where) -> str:
    usual = where.config is None or command not in _READ_SETTINGS or _same(where.config, DEFAULT_CONFIG)
    config = "" if usual else f" --config {shlex.quote(str(where.config))}"
    data_dir = "" if _same(where.data_dir, DEFAULT_DATA_DIR) else f" --data-dir {shlex.quote(str(where.data_dir))}"
    return config + data_dir


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)  # which a circle of links does not disturb
