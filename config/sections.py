"""The parts of a file as read, for the checks and the resolution."""

import os
from pathlib import Path
from typing import cast

from config.reader import Section

READ_FILES = ("tokens_file", "symbols_file", "tape_file", "faults_file", "ca_file")
"""Files that the venue's section may name and that must be there."""

VENUE_FILES = (*READ_FILES, "credentials_file", "acknowledgements_file")
"""With those that commands of ours write."""


def strategies_of(root: Section) -> list[Section]:
    """The strategies that are mappings at all."""
    return list(cast("tuple[Section, ...]", root.values.get("strategies", ())))


def section_of(root: Section, name: str) -> Section:
    """The section of that name, an empty one when it is not given."""
    empty = Section(root.place, name, {}, {}, {})
    return cast("Section", root.values.get(name, empty))


def is_enabled(strategy: Section) -> bool:
    """Whether the strategy is to be run."""
    return bool(strategy.values.get("enabled", True))


def absolute(section: Section, name: str) -> str:
    """A file name is relative to the file that it stands in; that of an option, to the working directory."""
    return str(Path(os.path.abspath(Path(section.place_of(name).file).parent / str(section.values[name]))))  # noqa: PTH100
