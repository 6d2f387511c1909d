"""From the file to the settings, or to the list of everything that is wrong with it."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from config.assemble import from_tree
from config.options import with_venue_options
from config.origins import Loaded
from config.problems import ConfigError, Place, Problem
from config.schema import Settings
from config.tree import Node
from config.yaml_tree import MOST_BYTES, parse

_EXPECTED_FILE = "a YAML file such as config/trading_config.yaml"


def load(path: str | os.PathLike[str]) -> Settings:
    """Return the settings in a file. Raises ConfigError with all that is wrong; it holds no part of the file open."""
    return load_with_origins(path).settings


def load_with_origins(
    path: str | os.PathLike[str], venue_options: Mapping[str, str] | None = None, *, may_be_idle: bool = False
) -> Loaded:
    """The same, with the origin of every value.

    `venue_options` replace keys of the `venue` section, as in `config.options.with_venue_options`. `may_be_idle`
    admits a file in which no strategy is enabled, for those who only want to look at it.
    """
    node = read_yaml(path, _EXPECTED_FILE)
    loaded = from_tree(with_venue_options(node, venue_options or {}))
    if not loaded.settings.strategies and not may_be_idle:
        found = "none that is enabled" if loaded.disabled else "nothing"
        raise ConfigError([Problem(Place(os.fspath(path)), "strategies", found, "at least one strategy")])
    return loaded


def read_yaml(path: str | os.PathLike[str], expected: str) -> Node:
    """The tree of a YAML file; `expected` says in words what the file should be. Raises ConfigError."""
    file = os.fspath(path)
    node = parse(_read_text(file, expected), file)
    if node is None:
        raise ConfigError([Problem(Place(file), "", "an empty file", expected)])
    return node


def _read_text(file: str, expected: str) -> str:
    try:
        data = _read_bytes(Path(file))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError([Problem(Place(file), "", f"no readable file ({reason})", expected)]) from None
    if len(data) > MOST_BYTES:
        raise ConfigError([Problem(Place(file), "", "a larger file", f"at most {MOST_BYTES} bytes")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(Place(file, line), "", "bytes that are no UTF-8", "text in UTF-8")]) from None


def _read_bytes(path: Path) -> bytes:
    """One byte more than is allowed, at most; only from what is a file, since a pipe could make us wait for ever."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError(0, "Is a directory" if stat.S_ISDIR(mode) else "Not a regular file")
    with path.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)
