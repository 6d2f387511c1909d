"""Our source files as syntax trees, for tests of rules that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("actors", "bin", "config", "events", "exchange", "projections")


def modules(*prefixes: str) -> Iterator[tuple[str, ast.Module]]:
    """Each module at or below the dotted `prefixes`: its dotted name (a package by its own) and its tree."""
    for prefix in prefixes:
        place = ROOT.joinpath(*prefix.split("."))
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        for file in files:
            yield name_of(file), ast.parse(file.read_text(), str(file))


def name_of(file: Path) -> str:
    """The dotted name under which `file` is imported."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[str]:
    """Everything that `tree` imports anywhere, dotted; `from a import b` gives a.b: b may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def within(name: str, *prefixes: str) -> bool:
    """Whether the dotted `name` is one of `prefixes` or below one of them."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
