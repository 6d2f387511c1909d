"""YAML text as a tree of marked nodes.

Only what a settings file needs: scalars stay text (so a number is never a float), and anchors, aliases, tags
and a second document are refused. The parser's events are consumed one by one against limits on size, depth and
count, so a hostile file costs milliseconds: there is no recursion, no expansion, and no constructor ever runs.
"""

from collections.abc import Iterator
from typing import Protocol

import yaml

from config.problems import ConfigError, Place, Problem
from config.tree import Mapping, Node, Scalar, Sequence

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 16
MOST_NODES = 20_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Mark(Protocol):
    line: int
    column: int


def parse(text: str, file: str) -> Node | None:
    """Return the tree, None when there is nothing but comments. Raises ConfigError for what is no plain YAML."""
    try:
        return _Builder(file).build(yaml.parse(text, Loader=_Loader))
    except yaml.YAMLError as error:
        raise ConfigError(_syntax_problems(error, text, file)) from None


class _Open:
    """A collection whose end has not been seen yet."""

    def __init__(self, node: Sequence | Mapping) -> None:
        self.node = node
        self.key: Scalar | None = None


class _Builder:
    """Turns the parser's events into nodes, with a stack of its own in place of recursion."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: list[_Open] = []
        self._root: Node | None = None
        self._count = 0

    def build(self, events: Iterator[yaml.Event]) -> Node | None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                self._refuse_if(documents > 1, event, "a second document", "one document: remove ---")
            elif isinstance(event, yaml.NodeEvent):
                self._refuse_exotic(event)
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
        return self._root

    def _node(self, event: yaml.NodeEvent) -> None:
        place = self._place(event)
        if isinstance(event, yaml.ScalarEvent):
            self._attach(Scalar(place, event.value, plain=not event.style), event)
            return
        node = Sequence(place, []) if isinstance(event, yaml.SequenceStartEvent) else Mapping(place, [])
        self._attach(node, event)
        self._open.append(_Open(node))
        self._refuse_if(len(self._open) > MOST_DEPTH, event, "deep nesting", f"at most {MOST_DEPTH} levels")

    def _attach(self, node: Node, event: yaml.Event) -> None:
        self._count += 1
        self._refuse_if(self._count > MOST_NODES, event, "too many values", f"at most {MOST_NODES}")
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        if isinstance(parent.node, Sequence):
            parent.node.items.append(node)
        elif parent.key is None:
            self._refuse_if(not isinstance(node, Scalar), event, "a list or mapping as a key", "a word")
            parent.key = node if isinstance(node, Scalar) else None
        else:
            parent.node.entries.append((parent.key, node))
            parent.key = None

    def _refuse_exotic(self, event: yaml.NodeEvent) -> None:
        alias = isinstance(event, yaml.AliasEvent)
        self._refuse_if(alias, event, "an alias (*)", "the value itself: write it out")
        self._refuse_if(event.anchor is not None, event, "an anchor (&)", "the value alone")
        self._refuse_if(getattr(event, "tag", None) is not None, event, "a tag (!)", "the value alone")

    def _refuse_if(self, bad: bool, event: yaml.Event, found: str, expected: str) -> None:  # noqa: FBT001
        if bad:
            raise ConfigError([Problem(self._place(event), "", found, expected)])

    def _place(self, event: yaml.Event) -> Place:
        return _marked(self._file, event.start_mark)


def _marked(file: str, mark: _Mark | None) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)


def _syntax_problems(error: yaml.YAMLError, text: str, file: str) -> list[Problem]:
    """Return the lines that are indented by tabs, the usual cause; without any, what the parser said."""
    tabbed = [n for n, line in enumerate(text.splitlines(), 1) if "\t" in line[: len(line) - len(line.lstrip())]]
    if tabbed:
        return [Problem(Place(file, n, 1), "", "a tab", "spaces: YAML does not indent by tabs") for n in tabbed[:20]]
    place = _marked(file, getattr(error, "problem_mark", None))
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable text"
    return [Problem(place, "", f"no YAML ({said})", "keys and values as in config/trading_config.yaml")]
