"""Files that are no settings at all: each is refused at once, for a reason that helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bin.paths import ROOT
from config.loader import load
from config.problems import ConfigError

pytestmark = pytest.mark.timeout(10)

CONTENTS = [
    (b"", "an empty file"),
    (b"# only a comment\n", "an empty file"),
    (b"\x00\x01\x02", "no YAML"),
    (b"a: \xff\xfe\n", "bytes that are no UTF-8"),
    (bytes(range(256)) * 40, "bytes that are no UTF-8"),
    (b"[" * 10_000_000, "a larger file"),
    (b"[" * 1_000_000, "deep nesting"),
    (b"{a: " * 200_000, "deep nesting"),
    (b"\n".join(b" " * n + b"a:" for n in range(1300)), "deep nesting"),
    (b"- " * 50_000, "deep nesting"),
    (b"- 1\n" * 50_000, "too many values"),
    (b"a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n", "an anchor"),
    (b"x" * 1_000_000, "expected keys with values"),
    (b"x" * 1000 + b": 1\n", "an unknown key"),
    (b"venue: {seed: " + b"9" * 100_000 + b"}\n", "expected a whole number"),
]


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize(("content", "said"), CONTENTS, ids=[said for _, said in CONTENTS])
def test_content(tmp_path: Path, content: bytes, said: str) -> None:
    """Whatever is in the file, the answer is one short refusal: no crash, no recursion, no long wait."""
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    message = refusal(path)
    assert said in message
    assert len(message) < 1500


def test_missing(tmp_path: Path) -> None:
    """A file that is not there is named."""
    assert "nowhere.yaml: found no readable file (No such file" in refusal(tmp_path / "nowhere.yaml")


def test_directory(tmp_path: Path) -> None:
    """A directory is no file."""
    assert "Is a directory" in refusal(tmp_path)


def test_pipe(tmp_path: Path) -> None:
    """A pipe that nobody writes to is refused, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    assert "Not a regular file" in refusal(tmp_path / "pipe")


def test_unreadable(tmp_path: Path) -> None:
    """What the system refuses to open is told in its words; a loop of links stops even root."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "symbolic links" in refusal(tmp_path / "loop")


def test_byte_order_mark(tmp_path: Path) -> None:
    """The mark that some editors put first is no content."""
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbf# only a comment\n")
    assert "an empty file" in refusal(path)


def test_quick_start_needs_no_yaml() -> None:
    """Memory: without a file to read, the YAML library is not even imported."""
    code = "import sys, config.quick_start, config.market_check; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
