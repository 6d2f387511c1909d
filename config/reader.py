"""From a tree of nodes to the values of the file form, with every problem on the way noted.

It walks the types of `config.file_form`. What cannot be read is left out of the result, so that the checks that
follow still see all the rest.
"""

from collections.abc import Mapping as AbstractMapping
from typing import cast

from msgspec import Struct, inspect

from config.file_form import GlobalSettings, Tunables
from config.problems import Place, ProblemList, near_miss, shown
from config.scalars import Rules, Unfit, convert, describe, is_nothing
from config.tree import Mapping, Node, Scalar, Sequence

NO_RULES: Rules = {}


class Section(Struct, frozen=True):
    """A mapping as read: the values that were good, where each stands, and how its key was written.

    Of a mapping that says itself which of several kinds it is, the values hold that kind too.
    """

    place: Place
    path: str
    values: dict[str, object]
    places: dict[str, Place]
    paths: dict[str, str]

    def place_of(self, name: str) -> Place:
        """Where the value of a field stands; the section itself when the field is not given."""
        return self.places.get(name, self.place)

    def path_of(self, name: str) -> str:
        """The key path of a field as the file has it, or would have it."""
        return self.paths.get(name) or joined(self.path, name)


def joined(path: str, key: str) -> str:
    """Return the key path of `key` within `path`; fit for a terminal."""
    name = shown(key)[1:-1]
    return f"{path}.{name}" if path else name


def fields_by_key(form: type[Struct]) -> dict[str, inspect.Field]:
    """Return the fields of a section by the keys that may be written. In `global_settings`, `default_X` is X."""
    fields = {field.name: field for field in cast("inspect.StructType", inspect.type_info(form)).fields}
    if form is GlobalSettings:
        fields |= {f"default_{name}": fields[name] for name in Tunables.__struct_fields__}
    return fields


class Reader:
    """Reads nodes by type; `problems` tells afterwards whether all went well. For one thread."""

    def __init__(self, problems: ProblemList, known_keys: str = "one that `bin/run config schema` knows") -> None:
        self._problems = problems
        self._known_keys = known_keys

    def section(self, node: Node, form: type[Struct], path: str) -> Section | None:
        """Read a mapping with the keys of `form`; None when it is no mapping."""
        if not isinstance(node, Mapping):
            self._wrong(node, path, "keys with values")
            return None
        fields = fields_by_key(form)
        section = Section(node.place, path, {}, {}, {})
        for key, value in self._entries(node, path):
            field = fields.get(key.text)
            if field is None:
                self._unknown(key, path, fields)
            elif field.name in section.places:
                self._twice(key, joined(path, key.text), section.places[field.name])
            else:
                self._field(section, field, key, value)
        self._missing(section, fields)
        return section

    def _field(self, section: Section, field: inspect.Field, key: Scalar, node: Node) -> None:
        section.paths[field.name] = joined(section.path, key.text)
        section.places[field.name] = node.place
        if not field.required and _empty(node):
            return
        value = self.value(node, field.type, section.paths[field.name])
        if value is not None:
            section.values[field.name] = value

    def value(self, node: Node, type_: inspect.Type, path: str, rules: Rules = NO_RULES) -> object | None:
        """Read a value; None when it is not what the type says, which is then a problem."""
        match type_:
            case inspect.Metadata():
                return self.value(node, type_.type, path, _rules(type_))
            case inspect.UnionType():
                return self._union(node, type_, path, rules)
            case inspect.StructType():
                return self.section(node, type_.cls, path)
            case inspect.VarTupleType():
                return self._sequence(node, type_, path, rules)
            case inspect.DictType():
                return self._dict(node, type_, path)
            case _:
                return self._scalar(node, type_, path, rules)

    def _union(self, node: Node, type_: inspect.UnionType, path: str, rules: Rules) -> object | None:
        """A value that may be absent, or one of several kinds of mappings."""
        first = type_.types[0]
        if isinstance(first, inspect.StructType) and first.tag_field:
            return self._tagged(node, type_, path, rules.get("default_kind"))
        return self.value(node, first, path, rules)

    def _tagged(self, node: Node, type_: inspect.UnionType, path: str, default: object) -> Section | None:
        """Read a mapping of the kind that its own key for that names, or of the default kind where there is one."""
        kinds = {str(kind.tag): kind for kind in type_.types if isinstance(kind, inspect.StructType)}
        key = next(kind.tag_field for kind in kinds.values()) or ""
        entries = node.entries if isinstance(node, Mapping) else []
        named = next((value for name, value in entries if name.text == key), None)
        defaulted = default is not None and (named is None or _empty(named))
        if not isinstance(node, Mapping) or (named is None and not defaulted):
            self._wrong(node, path, "keys with values" if defaulted else f"keys with values, {key} among them")
            return None
        chosen = str(default) if defaulted else named.text if isinstance(named, Scalar) else ""
        if chosen not in kinds:
            self._wrong(named or node, joined(path, key), " or ".join(kinds), near_miss(chosen, kinds))
            return None
        rest = Mapping(node.place, [entry for entry in entries if entry[1] is not named])
        section = self.section(rest, kinds[chosen].cls, path)
        if section is not None and named is not None and not defaulted:
            section.values[key], section.places[key] = chosen, named.place
        return section

    def _scalar(self, node: Node, type_: inspect.Type, path: str, rules: Rules) -> object | None:
        text = node.text if isinstance(node, Scalar) and not _empty(node) else None
        try:
            return convert(text if text is not None else "", type_, rules)
        except Unfit as unfit:
            suggestion = unfit.suggestion if text else None
            self._wrong(node, path, unfit.expected, suggestion)
            return None

    def _sequence(self, node: Node, type_: inspect.VarTupleType, path: str, rules: Rules) -> tuple[object, ...] | None:
        if not isinstance(node, Sequence) or len(node.items) < (type_.min_length or 0):
            self._wrong(node, path, "a list with at least one entry")
            return None
        items: dict[object, Place] = {}
        values = []
        for index, item in enumerate(node.items):
            value = self.value(item, type_.item_type, f"{path}[{index}]")
            if value is None:
                continue
            values.append(value)
            if rules.get("uniqueItems"):
                first = items.setdefault(value, item.place)
                if first is not item.place:
                    self._twice(item, f"{path}[{index}]", first)
        return tuple(values)

    def _dict(self, node: Node, type_: inspect.DictType, path: str) -> dict[object, object] | None:
        if not isinstance(node, Mapping):
            self._wrong(node, path, "keys with values")
            return None
        result = {}
        for key, value in self._entries(node, path):
            read_key = self.value(key, type_.key_type, joined(path, key.text))
            read_value = self.value(value, type_.value_type, joined(path, key.text))
            if read_key is not None and read_value is not None:
                result[read_key] = read_value
        return result

    def _entries(self, node: Mapping, path: str) -> list[tuple[Scalar, Node]]:
        """The entries, without those whose key was there before."""
        first: dict[str, Place] = {}
        for key, _ in node.entries:
            if first.setdefault(key.text, key.place) is not key.place:
                self._twice(key, joined(path, key.text), first[key.text])
        return [(key, value) for key, value in node.entries if first[key.text] is key.place]

    def _missing(self, section: Section, fields: AbstractMapping[str, inspect.Field]) -> None:
        for name, field in fields.items():
            if field.required and name not in section.places:
                self._problems.add(section.place, joined(section.path, name), "nothing", "this key and a value")

    def _unknown(self, key: Scalar, path: str, fields: AbstractMapping[str, inspect.Field]) -> None:
        guess = None if self._problems.full else near_miss(key.text, fields)
        self._problems.add(
            key.place,
            joined(path, key.text),
            "an unknown key",
            self._known_keys,
            guess,
        )

    def _twice(self, node: Node, path: str, first: Place) -> None:
        before = f" (first in line {first.line})" if first.line else ""
        self._problems.add(node.place, path, f"it again{before}", "it once")

    def _wrong(self, node: Node, path: str, expected: str, suggestion: str | None = None) -> None:
        self._problems.add(node.place, path, _described(node), expected, suggestion)


def _rules(metadata: inspect.Metadata) -> Rules:
    return {**(metadata.extra_json_schema or {}), **(metadata.extra or {})}


def _empty(node: Node) -> bool:
    return isinstance(node, Scalar) and is_nothing(node.text, plain=node.plain)


def _described(node: Node) -> str:
    match node:
        case Scalar():
            return describe(node.text, plain=node.plain)
        case Sequence():
            return "a list" if node.items else "an empty list"
        case _:
            return "keys with values"
