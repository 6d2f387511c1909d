"""Which code folds a view: when it changes, what it has written is no longer what it would write."""

import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_IMPORTS = re.compile(rb"^\s*(?:from|import) (projections\.[\w.]+|events\.numbers)", re.MULTILINE)


@cache
def code_fingerprint(module: str) -> str:
    """A digest of the sources of `module` and of all the projections' code that it imports, however indirectly."""
    found: dict[str, bytes] = {}
    _gather(module, found)
    return digest(b"".join(source for _, source in sorted(found.items())))


def digest(data: bytes) -> str:
    """Sixteen hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:16]


def _gather(module: str, found: dict[str, bytes]) -> None:
    spec = find_spec(module)
    if module in found or spec is None or spec.origin is None:
        return
    found[module] = Path(spec.origin).read_bytes()
    for name in _IMPORTS.findall(found[module]):
        _gather(name.decode(), found)
