"""The settings as marked nodes: what a YAML file or the options of the command line are before they have types."""

from msgspec import Struct

from config.problems import Place


class Scalar(Struct, frozen=True):
    """A single value as written; `plain` when it was not quoted."""

    place: Place
    text: str
    plain: bool = True


class Sequence(Struct, frozen=True):
    """A list."""

    place: Place
    items: list["Node"]


class Mapping(Struct, frozen=True):
    """Keys and values in their order. A key may appear twice: the reader refuses that."""

    place: Place
    entries: list[tuple[Scalar, "Node"]]


Node = Scalar | Sequence | Mapping
