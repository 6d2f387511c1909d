"""Files that only their owner may read, written whole or not at all."""

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Put a new file in the place of the old one in a single step, durably. Raises OSError; then the old one is there.

    A crash leaves the old file or the new one. What it left half written beside it is written over the next time.
    """
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)  # it might be open to others, and that would stay so
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
