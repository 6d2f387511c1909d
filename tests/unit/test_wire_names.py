"""The venue's one-letter names stand with the shapes of its messages, and nowhere else."""

import ast

from tests.support.source import PACKAGES, modules


def letters(tree: ast.AST) -> list[str]:
    """Each one-letter name that a field of a struct has on the wire."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "field")
    names = (ast.literal_eval(word.value) for call in calls for word in call.keywords if word.arg == "name")
    return [name for name in names if len(name) == 1]


def test_letters_stand_with_the_shapes() -> None:
    """Those of frames and of market data; whoever reads anything else meets words."""
    found = {module for module, tree in modules(*PACKAGES) if letters(tree)}
    assert found == {"exchange.alpha.frames", "exchange.alpha.market_data"}
