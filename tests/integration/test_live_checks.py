"""The doctor and the monitor on a venue as far away as the real one: over TLS, strict about sessions."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bin.exit_codes import ExitCode
from exchange.alpha.sealed_file import NoCredentials
from tests.support.asking import ask
from tests.support.cli import wait_for_line
from tests.support.far_venue import far_venue
from tests.support.live import QUICK, LiveHouse, live_house
from tests.support.paper import TIMEOUT, PaperVenue
from tests.support.source import ROOT
from tests.support.vaults import KEY


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with far_venue(tmp_path_factory.mktemp("far"), QUICK) as running:
        yield running


@pytest.fixture
def house(venue: PaperVenue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveHouse:
    monkeypatch.setenv("OTOMAT_PASSPHRASE", KEY.text)
    return live_house(tmp_path, venue, 1)


def doctor(house: LiveHouse) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the last finding of each check."""
    answer = ask("doctor", "--config", house.config, "--data-dir", house.data, "--json")
    found = [json.loads(line) for line in answer.out.splitlines()]
    return answer.code, {one["check"]: one for one in found}


def test_all_is_well_where_everything_was_prepared(house: LiveHouse) -> None:
    """Credentials, acknowledgement, certificate, session, balance, stream; but nobody is told of trouble."""
    code, found = doctor(house)
    amiss = {name for name, one in found.items() if one["verdict"] not in {"ok", "skipped"}}
    assert (code, amiss) == (ExitCode.DIFFERENCE, {"alerts"})
    assert "its certificate is sound" in found["reachable"]["words"]
    assert {found[name]["verdict"] for name in ("credentials", "acknowledgement", "stream acknowledged")} == {"ok"}


def test_an_account_without_a_session_is_a_failure(house: LiveHouse) -> None:
    """And is not looked at further."""
    house.vault().remove(1)
    code, found = doctor(house)
    assert code == ExitCode.UNREADABLE
    assert found["credentials"]["mend"].startswith("bin/run credentials add --user 1 --config ")
    assert "session alive" not in found


def test_a_file_of_credentials_that_cannot_be_opened_is_a_failure(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with another passphrase; the file may also be read by others."""
    monkeypatch.setenv("OTOMAT_PASSPHRASE", "another passphrase")
    (house.data / "credentials.json").chmod(0o640)
    code, found = doctor(house)
    assert (code, found["credentials"]["verdict"]) == (ExitCode.UNREADABLE, "failure")
    assert "chmod 600" in found["file modes"]["mend"]


def test_what_nobody_acknowledged_is_a_failure(house: LiveHouse) -> None:
    """With the command that asks for it; a file that is none, too."""
    (house.data / "acknowledgements.json").unlink()
    found = doctor(house)[1]["acknowledgement"]
    assert (found["verdict"], "bin/run live acknowledge --user 1" in found["mend"]) == ("failure", True)


def test_acknowledgements_that_cannot_be_read_are_a_failure(house: LiveHouse) -> None:
    """A damaged file acknowledges nothing."""
    (house.data / "acknowledgements.json").write_text("{")
    assert doctor(house)[1]["acknowledgement"]["verdict"] == "failure"


def test_a_session_that_has_expired_is_a_failure(house: LiveHouse) -> None:
    """What its owner has to do stands beside it."""
    house.log_out(1)
    code, found = doctor(house)
    assert (code, found["session alive"]["verdict"]) == (ExitCode.UNREADABLE, "failure")
    assert "bin/run credentials add --user 1" in found["session alive"]["mend"]


def test_a_certificate_of_somebody_else_is_a_failure(house: LiveHouse) -> None:
    """Nothing is asked of who cannot prove to be the venue."""
    settings = house.config.read_text()
    house.config.write_text(settings.replace("localhost", "127.0.0.1"))
    code, found = doctor(house)
    assert (code, found["reachable"]["verdict"]) == (ExitCode.UNREADABLE, "failure")
    assert "cannot prove to be the venue" in found["reachable"]["mend"]
    assert "session alive" not in found


def test_the_monitor_uses_the_account_s_own_session(house: LiveHouse) -> None:
    """Its stream is had over TLS; no part of a session is told."""
    options = ["--user", "1", "--config", str(house.config), "--data-dir", str(house.data), "--duration", "0"]
    command, pipe = [sys.executable, "-m", "bin", "monitor", *options, "--json"], subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)
    wait_for_line(process, '"what":"connected"')
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == (ExitCode.OK, "")
    assert house.vault().credentials(1).csrf_token not in out


def test_the_monitor_says_what_it_lacks(house: LiveHouse) -> None:
    """Before anything is asked of the venue."""
    house.vault().remove(1)
    answer = ask("monitor", "--user", 1, "--config", house.config, "--data-dir", house.data)
    assert (answer.code, answer.out) == (ExitCode.CONFIGURATION, "")
    assert "bin/run credentials add --user 1" in answer.err
    with pytest.raises(NoCredentials):
        house.vault().credentials(1)
