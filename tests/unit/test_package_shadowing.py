"""Our top-level names are ours: other distributions use `events` and `config` as well."""

import importlib
from pathlib import Path

import pytest

from tests.support.source import PACKAGES, ROOT


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_ours(name: str) -> None:
    """Importing the name gives the package of this checkout."""
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file) == ROOT / name / "__init__.py"
