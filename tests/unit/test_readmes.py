"""The README in both languages: the same commands, codes and pages."""

import re

import pytest

from bin.cli import COMMANDS
from bin.exit_codes import ExitCode
from tests.support.source import ROOT

READMES = ("README.md", "README.zh-CN.md")


def text(name: str) -> str:
    return (ROOT / name).read_text()


def test_both_languages_show_the_same_commands() -> None:
    """Whoever reads one misses nothing of the other; only the comments differ."""
    english, chinese = (re.findall(r"^(bin/\S+.*?)\s+#", text(name), flags=re.MULTILINE) for name in READMES)
    assert english == chinese


@pytest.mark.parametrize("name", READMES)
def test_every_command_and_exit_code_is_named(name: str) -> None:
    """A command that the README does not name is not found."""
    named = set(
        re.findall(r"bin/run (\w+)|\b(pause|resume|stop|kill|import|acknowledge|credentials|live)\b", text(name))
    )
    assert {one for pair in named for one in pair} >= set(COMMANDS)
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text(name), flags=re.MULTILINE)} == set(ExitCode)


@pytest.mark.parametrize("name", READMES)
def test_every_page_that_is_named_is_there(name: str) -> None:
    """Links go to files of the repository."""
    links = re.findall(r"\]\(([^)#]+)", text(name))
    assert links
    assert all((ROOT / link).exists() for link in links)
