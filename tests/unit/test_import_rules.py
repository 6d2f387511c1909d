"""Imports point one way (architecture, section 2), whatever a module is in a hurry for."""

import ast

import pytest

from tests.support.source import PACKAGES, imports, modules, within

# Data that deciders take and give: messages, and what the port's calls and streams carry.
VOCABULARY = ("actors.messages", "exchange.port")
# What each package may import of ours.
ALLOWED = {
    "events": ("events",),
    "projections.states": ("events", "projections.states"),
    "projections": ("events", "projections"),
    "actors.deciders": ("events", "projections.states", "actors.deciders", *VOCABULARY),
    "actors.system": ("events", "projections", "actors", "exchange", "config"),
    "actors": ("events", "projections", "actors", "exchange"),
    "exchange": ("events", "exchange"),
    "config": ("events", "config"),
    "bin": PACKAGES,
}
# A decider needs arithmetic, structs and type names; a library beyond these would be one that can do something.
DECIDER_LIBRARIES = (
    "decimal",
    "msgspec",
    "typing",
    "collections.abc",
    "enum",
    "functools",
    "itertools",
    "types",
    "datetime.date",
)


def offences(module: str, tree: ast.AST) -> list[str]:
    """The imports of `module` that the most specific rule for it does not allow."""
    rule = max((name for name in ALLOWED if within(module, name)), key=len)
    ours = [name for name in imports(tree) if within(name, *PACKAGES, "tests") or name.startswith(".")]
    return [name for name in ours if not within(name, *ALLOWED[rule])]


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    """No module imports a package that stands above it, and none imports the tests."""
    found = {module: bad for module, tree in modules(package) if (bad := offences(module, tree))}
    assert found == {}


def test_deciders_can_do_nothing_but_decide() -> None:
    """A decider imports no library with which it could read a clock, draw a number or touch the world."""
    allowed = (*ALLOWED["actors.deciders"], *DECIDER_LIBRARIES)
    found = {
        module: bad
        for module, tree in modules("actors.deciders")
        if (bad := [name for name in imports(tree) if not within(name, *allowed)])
    }
    assert found == {}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("exchange.alpha.rest", "from actors.messages.base import Tick"),
        ("projections.states.user", "import projections.views.progress"),
        ("actors.deciders.user", "from config.schema import Settings"),
        ("actors.user", "from config import schema"),
        ("events.base", "from . import orders"),
        ("bin.cli", "from tests.support import source"),
    ],
)
def test_the_rule_bites(module: str, line: str) -> None:
    """An import against the direction, a relative one and one of the tests are each found."""
    assert len(offences(module, ast.parse(line))) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("actors.system", "from config.schema import Settings"),
        ("actors.deciders.user", "from projections.states import user"),
        ("exchange.paper.server", "from events.values import Side"),
    ],
)
def test_the_rule_lets_pass(module: str, line: str) -> None:
    """The composition root reads the configuration, deciders the states, the venue the vocabulary."""
    assert offences(module, ast.parse(line)) == []
