"""What can be wrong between keys that are each right."""

from pathlib import Path
from typing import cast

from config.problems import ProblemList
from config.reader import Section
from config.sections import READ_FILES, absolute, is_enabled, section_of, strategies_of


def check(root: Section, problems: ProblemList) -> None:
    """Note what is wrong between keys that are each right."""
    _check_ids(strategies_of(root), problems)
    _check_users([s for s in strategies_of(root) if is_enabled(s)], problems)
    venue = section_of(root, "venue")
    for name in READ_FILES:
        _check_file(venue, name, problems)
    _check_file(section_of(root, "alerts"), "urls_file", problems)


def _check_ids(strategies: list[Section], problems: ProblemList) -> None:
    first: dict[object, Section] = {}
    for strategy in strategies:
        name = strategy.values.get("strategy_id")
        if name is not None and first.setdefault(name, strategy) is not strategy:
            line = first[name].place_of("strategy_id").line
            place, path = strategy.place_of("strategy_id"), strategy.path_of("strategy_id")
            problems.add(place, path, f'"{name}" again (first in line {line})', "a strategy_id of its own")


def _check_users(strategies: list[Section], problems: ProblemList) -> None:
    """A volume that the venue reports per user and ticker cannot belong to two strategies (protocol notes, 9.1)."""
    first: dict[tuple[object, object], Section] = {}
    for strategy in strategies:
        token = strategy.values.get("target_token")
        users = cast("tuple[int, ...]", strategy.values.get("user_ids", ()))
        for user in users if token is not None else ():
            other = first.setdefault((user, token), strategy)
            if other is not strategy:
                found = f"user {user}, who trades {token} in {other.path} already (line {other.place.line})"
                place, path = strategy.place_of("user_ids"), strategy.path_of("user_ids")
                problems.add(place, path, found, "each user in one strategy of a token")


def _check_file(section: Section, name: str, problems: ProblemList) -> None:
    written = section.values.get(name)
    if written is not None and not Path(absolute(section, name)).is_file():
        problems.add(section.place_of(name), section.path_of(name), f'"{written}"', "the name of an existing file")
