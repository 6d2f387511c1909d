"""The fault plan of the paper venue as an operator writes it, in YAML (docs/faults.md)."""

import os
from typing import TypeVar, cast

import msgspec

from config.loader import read_yaml
from config.problems import ProblemList
from config.reader import Reader, Section
from exchange.paper.faults_actions import ACTIONS, FaultAction
from exchange.paper.faults_bounds import Misfit
from exchange.paper.faults_plan import FaultPlan, Rule, When

S = TypeVar("S", bound=msgspec.Struct)


def load_faults(path: str | os.PathLike[str]) -> FaultPlan:
    """The plan in a file. Raises ConfigError with all that is wrong."""
    problems = ProblemList()
    root = Reader(problems, "one that docs/faults.md has").section(
        read_yaml(path, "a fault plan such as docs/examples/faults.yaml"), FaultPlan, ""
    )
    rules = cast("tuple[Section, ...]", root.values.get("rules", ())) if root else ()
    made = [rule for each in rules if (rule := _rule(each, problems)) is not None]
    if root is not None and not root.values.get("rules") and not problems.problems:
        problems.add(root.place, "rules", "nothing", "at least one rule")
    problems.raise_if_any()
    return FaultPlan(seed=cast("int", root.values.get("seed", 1)) if root else 1, rules=tuple(made))


def _rule(section: Section, problems: ProblemList) -> Rule | None:
    """None when it is not one, which is then a problem."""
    chosen = cast("Section | None", section.values.get("when"))
    action = cast("Section | None", section.values.get("do"))
    when = _made(When, chosen, problems) if chosen else When()
    do = _action(action, problems) if action else None
    if when is None or do is None:
        return None
    whole = msgspec.structs.replace(section, values={**section.values, "do": do, "when": when})
    return _made(Rule, whole, problems)


def _action(section: Section, problems: ProblemList) -> FaultAction | None:
    values = dict(section.values)
    form = ACTIONS[str(values.pop("fault"))]
    return _made(form, msgspec.structs.replace(section, values=values), problems)


def _made(form: type[S], section: Section, problems: ProblemList) -> S | None:
    """The struct with the section's values; None when it cannot be."""
    required = {field.name for field in msgspec.structs.fields(form) if field.required}
    if not required <= section.values.keys():
        return None  # which the reader has noted
    try:
        return form(**section.values)
    except Misfit as misfit:
        problems.add(section.place_of(misfit.what), section.path_of(misfit.what), misfit.found, misfit.expected)
        return None
