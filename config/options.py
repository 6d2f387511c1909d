"""Options of the command line as nodes, so that they pass the same checks as a file."""

from collections.abc import Mapping as AbstractMapping

from config.problems import Place
from config.tree import Mapping, Node, Scalar

COMMAND_LINE = Place(option="the command line")
_OPTION_NAMES = {
    "tokens_file": "--tokens",
    "symbols_file": "--symbols",
    "tape_file": "--tape",
    "faults_file": "--faults",
}


def with_venue_options(root: Node, options: AbstractMapping[str, str]) -> Node:
    """Return the tree with keys of its `venue` section replaced, such as `{"seed": "7", "tokens_file": "t.json"}`.

    File names among them are relative to the working directory.
    """
    if not isinstance(root, Mapping) or not options:
        return root
    section = next((node for key, node in root.entries if key.text == "venue"), mapping({}))
    kept = section.entries if isinstance(section, Mapping) else []
    given = mapping({key: scalar(_option_name(key), text) for key, text in options.items()})
    venue = Mapping(section.place, [entry for entry in kept if entry[0].text not in options] + given.entries)
    rest = [entry for entry in root.entries if entry[0].text != "venue"]
    return Mapping(root.place, [*rest, (Scalar(section.place, "venue"), venue)])


def _option_name(key: str) -> str:
    return _OPTION_NAMES.get(key, "--" + key.replace("_", "-"))


def scalar(option: str, text: str | None) -> Node | None:
    """A value as typed; None when the option was not given."""
    return None if text is None else Scalar(Place(option=option), text)


def mapping(values: AbstractMapping[str, Node | None]) -> Mapping:
    """Keys with the values that were given."""
    entries = [(Scalar(node.place, key), node) for key, node in values.items() if node is not None]
    return Mapping(COMMAND_LINE, entries)
