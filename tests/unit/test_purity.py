"""The core reads no clock, no randomness, no environment, and knows no floats (architecture, section 8)."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.source import imports, modules, within

PURE = ("actors.deciders", "projections.states", "exchange.paper.matching", "exchange.paper.crossing", "events.upcasts")
IMPURE_MODULES = (
    *("asyncio", "io", "logging", "os", "pathlib", "pykka", "random", "requests", "secrets", "socket"),
    *("sqlite3", "subprocess", "sys", "threading", "time", "uuid"),
)
IMPURE_CALLS = {
    "getenv",
    "monotonic",
    "now",
    "perf_counter",
    "sleep",
    "time_ns",
    "today",
    "urandom",
    "utcnow",
}
IMPURE_CALLS |= {"uuid1", "uuid4"}
IMPURE_BUILTINS = {"eval", "exec", "float", "input", "open", "print"}


def impurities(tree: ast.AST) -> Iterator[str]:
    """Each thing in `tree` that a pure module must not contain, with its line."""
    yield from (name for name in imports(tree) if within(name, *IMPURE_MODULES))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in IMPURE_CALLS:
                yield f"{name}, line {node.lineno}"
            case ast.Name(id=name) if name in IMPURE_BUILTINS:
                yield f"{name}, line {node.lineno}"
            case ast.Attribute(attr="environ") | ast.Name(id="environ"):
                yield f"environ, line {node.lineno}"
            case ast.Constant(value=float(value)):
                yield f"{value}, line {node.lineno}"
            case _:
                pass


@pytest.mark.parametrize("place", PURE)
def test_core_is_pure(place: str) -> None:
    """Deciders, states and matching contain no impure import, call or float."""
    found = {module: bad for module, tree in modules(place) if (bad := list(impurities(tree)))}
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "import time",
        "from random import Random",
        "import uuid",
        "import os.path",
        "import logging",
        "started = datetime.now(UTC)",
        "key = uuid4()",
        "home = environ['HOME']",
        "open('log')",
        "print(price)",
        "price = float(text)",
        "limit: float",
        "share = Decimal(1) * 0.1",
    ],
)
def test_impurity_is_found(line: str) -> None:
    """Each way to a clock, a random number, the environment, the world or a float is noticed."""
    assert len(list(impurities(ast.parse(line)))) == 1


def test_arithmetic_is_pure() -> None:
    """Decimals, a time that somebody handed in and a book that is open are no offence."""
    tree = ast.parse("from decimal import Decimal\nwait = Decimal('0.1') * (now - fill.time)\nbook.open")
    assert list(impurities(tree)) == []


def test_tests_never_sleep() -> None:
    """A test waits for what happens, with a timeout; a sleep would be slow and still miss it."""
    sleeps = {
        f"{module}, line {node.lineno}"
        for module, tree in modules("tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] == "sleep"
        and not (module.startswith("tests.simulation.") and ast.unparse(node.func) == "asyncio.sleep")
    }
    assert sleeps == set()
