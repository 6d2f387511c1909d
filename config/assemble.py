"""From nodes to settings, or to the list of everything that is wrong with them."""

from typing import cast

from config.checks import check
from config.file_form import ConfigFile
from config.origins import Loaded
from config.problems import ProblemList
from config.reader import Reader, Section
from config.resolve import resolve
from config.tree import Node


def from_tree(node: Node) -> Loaded:
    """Return the settings in a tree. Raises ConfigError."""
    problems = ProblemList()
    root = Reader(problems).section(node, ConfigFile, "")
    if root is not None:
        check(root, problems)
    problems.raise_if_any()
    return resolve(cast("Section", root))
