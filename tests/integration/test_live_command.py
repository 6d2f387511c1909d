"""`bin/run live` at a terminal and without one."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bin import cli
from bin.live_terms import acknowledge, acknowledgements, terms
from tests.support.live import ALICE
from tests.support.source import ROOT


def typed(data: Path, answer: str) -> tuple[int, str]:
    """Exit code and output of `live acknowledge --user 7` at a terminal where that is typed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bin", "live", "acknowledge", "--user", "7", "--data-dir", str(data)]
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(command, cwd=ROOT, stdin=theirs, capture_output=True, text=True, timeout=30, check=False)
    os.close(ours)
    os.close(theirs)
    return done.returncode, done.stdout


def test_the_account_s_number_accepts_the_text_that_was_shown(tmp_path: Path) -> None:
    """All of it is on the screen before anything is asked; who accepted it is noted."""
    code, out = typed(tmp_path, "7")
    assert (code, out.startswith(terms().text)) == (0, True)
    [given] = acknowledgements(tmp_path / "acknowledgements.json")
    assert (given.user_id, given.by.uid, given.sha256) == (7, os.getuid(), terms().sha256)


@pytest.mark.parametrize("answer", ["", "yes", "8"])
def test_anything_else_accepts_nothing(tmp_path: Path, answer: str) -> None:
    """Exit code 3, and no file."""
    assert typed(tmp_path, answer)[0] == 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("hashed", "code"),
    [(terms().sha256, 0), (terms().sha256[:16].upper(), 0), (terms().sha256[:15], 64), ("0" * 64, 64)],
)
def test_without_a_terminal_the_text_s_hash_accepts_it(tmp_path: Path, hashed: str, code: int) -> None:
    """Enough digits of the right one; anything else is a mistake on the command line."""
    options = ["--user", "7", "--data-dir", str(tmp_path), "--yes-i-have-read", hashed]
    assert cli.main(["live", "acknowledge", *options]) == code
    assert len(acknowledgements(tmp_path / "acknowledgements.json")) == (code == 0)


def test_a_hash_that_is_too_short_is_told_apart_from_a_wrong_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who gave the right digits is told how many it takes."""
    for hashed, said in ((terms().sha256[:8], "at least 16 digits"), ("0" * 64, "is not the text above")):
        cli.main(["live", "acknowledge", "--user", "7", "--data-dir", str(tmp_path), "--yes-i-have-read", hashed])
        assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_without_a_terminal_and_a_hash_nothing_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script cannot accept by being there."""
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert cli.main(["live", "acknowledge", "--user", "7", "--data-dir", str(tmp_path)]) == 64
    assert not list(tmp_path.iterdir())


def test_the_list_says_which_are_of_the_text_as_it_is_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people and for scripts."""
    for user, sha256 in ((1, terms().sha256), (2, "0" * 64)):
        acknowledge(tmp_path / "acknowledgements.json", user, ALICE, sha256)
    assert cli.main(["live", "list", "--data-dir", str(tmp_path), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["user_id"], row["valid"]) for row in rows] == [(1, True), (2, False)]
    assert cli.main(["live", "list", "--data-dir", str(tmp_path)]) == 0
    assert "user 2: text 0000000000000000, accepted by alice" in capsys.readouterr().out
