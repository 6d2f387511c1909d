"""Who has accepted what live trading means, and of which text."""

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bin.live_terms import (
    TERMS_FILE,
    AcknowledgementsUnusable,
    acknowledge,
    acknowledged,
    acknowledgements,
    terms,
    valid,
)
from config.loader import load_with_origins
from config.problems import ConfigError
from tests.support.live import ALICE
from tests.support.settings import settings_file, strategy

REAL = "venue: {kind: alpha, rest_url: 'https://h', stream_url: 'wss://h/s'}\n"


def test_the_hash_is_of_the_text_that_is_shown() -> None:
    """Anybody can check it against the file in the repository."""
    assert terms().sha256 == hashlib.sha256(TERMS_FILE.read_bytes()).hexdigest()
    assert terms().text == TERMS_FILE.read_text()


def test_an_acknowledgement_is_of_one_text_and_for_one_account(tmp_path: Path) -> None:
    """Another account's, and that of another text, count for nothing; of several the newest does."""
    file = tmp_path / "deep" / "a.json"
    given = [acknowledge(file, user, ALICE, sha256) for user, sha256 in ((1, "a"), (1, "b"), (1, "a"))]
    entries = acknowledgements(file)
    assert entries == tuple(given)
    assert (valid(entries, 1, "a"), valid(entries, 1, "b")) == (given[2], given[1])
    assert (valid(entries, 2, "a"), valid(entries, 1, "c")) == (None, None)


def test_acknowledgements_that_are_given_at_once_are_all_noted(tmp_path: Path) -> None:
    """Or an owner would be told that it is noted, and it is not."""
    file, users = tmp_path / "a.json", range(1, 17)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda user: acknowledge(file, user, ALICE, "a"), users))
    assert sorted(one.user_id for one in acknowledgements(file)) == [*users]


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_allows_nothing(tmp_path: Path, mode: int) -> None:
    """Whoever wrote into it need not be the owner of any account."""
    file = tmp_path / "a.json"
    acknowledge(file, 1, ALICE, "a")
    file.chmod(mode)
    with pytest.raises(AcknowledgementsUnusable, match="chmod 600"):
        acknowledgements(file)
    file.chmod(0o644)
    assert len(acknowledgements(file)) == 1


def test_what_is_no_plain_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """To read a pipe that nobody writes would never end."""
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(AcknowledgementsUnusable, match="not a plain file"):
        acknowledgements(tmp_path / "a.json")


def test_the_file_is_its_owner_s(tmp_path: Path) -> None:
    """Nobody else may write into it that somebody accepted."""
    file = tmp_path / "a.json"
    acknowledge(file, 1, ALICE, "a")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", ["", "{", '{"format":"other","version":1,"entries":[]}', '{"entries":[{"user_id":1}]}']
)
def test_a_damaged_file_is_refused_and_not_written_over(tmp_path: Path, content: str) -> None:
    """What cannot be read accepts nothing, and says how to mend it."""
    file = tmp_path / "a.json"
    file.write_text(content)
    with pytest.raises(AcknowledgementsUnusable, match=r"a\.json is damaged .* acknowledge again"):
        acknowledge(file, 1, ALICE, "a")
    assert file.read_text() == content


def test_every_account_without_one_is_named(tmp_path: Path) -> None:
    """With its line, and what is to be done for it; an account of several strategies once."""
    both = strategy(users="[1, 2, 3]") + strategy(name="t", ticker="KOGE", users="[3, 2]")
    loaded = load_with_origins(settings_file(tmp_path, f"strategies:\n{both}{REAL}"))
    file = tmp_path / "acknowledgements.json"
    acknowledge(file, 1, ALICE, terms().sha256)
    acknowledge(file, 2, ALICE, "of an older text")
    with pytest.raises(ConfigError) as caught:
        acknowledged(loaded, tmp_path)
    words = [str(problem) for problem in caught.value.problems]
    assert [word.split("found ")[1].split(" in /")[0] for word in words] == [
        "user 2, for whom only an older text of docs/live-terms.md is acknowledged",
        "user 3, for whom live trading is not acknowledged",
    ]
    assert words[1].endswith(f"bin/run live acknowledge --user 3 --file {file}")


def test_all_that_the_run_may_rely_on_is_returned(tmp_path: Path) -> None:
    """One for each account, by account; the settings may name another file."""
    text = f"strategies:\n{strategy(users='[2, 1]')}{REAL[:-2]}, acknowledgements_file: mine.json}}\n"
    loaded = load_with_origins(settings_file(tmp_path, text))
    given = [acknowledge(tmp_path / "mine.json", user, ALICE, terms().sha256) for user in (1, 2)]
    assert acknowledged(loaded, tmp_path / "elsewhere") == tuple(given)


def test_the_paper_venue_needs_none(tmp_path: Path) -> None:
    """Nobody is asked to accept anything for a simulation."""
    assert acknowledged(load_with_origins(settings_file(tmp_path, "strategies:\n" + strategy())), tmp_path) == ()
