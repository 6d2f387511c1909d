"""Old shapes of events -> new shapes. An event once written is read for ever, so an entry here is never removed.

An upcast is pure and works on the decoded JSON of the event's own fields. It leads to the next version only; older
versions pass through the chain.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

Data = dict[str, object]


class Upcast(NamedTuple):
    """`change` turns the fields of an old version into those of `topic`, the version after it."""

    topic: str
    change: Callable[[Data], Data]


UPCASTS: Mapping[str, Upcast] = MappingProxyType({})
