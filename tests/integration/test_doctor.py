"""`bin/run doctor` on settings and places: each failure provoked, and what is said to mend it."""

import os
from pathlib import Path

import pytest

from bin import alert_tracking
from bin.doctor_findings import exit_code_of, failure, ok, skipped, warning
from bin.doctor_place import disk, modes, other_process
from bin.doctor_settings import alerts, headroom
from bin.exit_codes import ExitCode
from bin.lock import DataDirLock
from projections.states.outbox import Outbox
from tests.support.asking import ask
from tests.support.doctor import loaded, settings_file


def test_the_worst_finding_decides_the_exit_code() -> None:
    """What was skipped is no warning."""
    well, amiss, bad = ok("a", ""), warning("b", "", ""), failure("c", "", "")
    codes = [exit_code_of(found) for found in ([well, skipped("d", "")], [well, amiss], [bad, amiss])]
    assert codes == [0, 1, 2]


def test_a_paper_venue_is_started_for_the_checks(tmp_path: Path) -> None:
    """On a copy of the state, in a place of its own; the directory stays as it was."""
    answer = ask("doctor", "--config", settings_file(tmp_path), "--data-dir", tmp_path / "data", "--json")
    assert answer.code == ExitCode.OK
    assert '"check":"stream acknowledged","verdict":"ok"' in answer.out
    assert not (tmp_path / "data").exists()


def test_settings_that_cannot_be_used_are_a_failure(tmp_path: Path) -> None:
    """Each mistake by itself, and the data directory is looked at all the same."""
    (tmp_path / "c.yaml").write_text(
        "strategies:\n  - {strategy_id: a, target_token: AOP, target_volume: x, tokn: 1}\n"
    )
    answer = ask("doctor", "--config", tmp_path / "c.yaml", "--data-dir", tmp_path)
    assert (answer.code, answer.out.count("failure  configuration")) == (ExitCode.UNREADABLE, 3)
    assert "ok       disk space" in answer.out


def test_an_account_that_the_settings_do_not_have_is_a_failure(tmp_path: Path) -> None:
    """Or nothing would be looked at, and all would seem well."""
    file = settings_file(tmp_path)
    answer = ask("doctor", "--config", file, "--data-dir", tmp_path, "--user", 5, "--venue", "http://127.0.0.1:1")
    assert "failure  configuration: user 5: it is in no strategy" in answer.out


def no_directory(tmp_path: Path, kind: str) -> Path:
    place = tmp_path / "data"
    if kind == "circle":
        place.symlink_to(place)
    elif kind == "long":
        return tmp_path / ("a" * 300)
    else:
        place.touch()
    return place / "below" if kind == "below a file" else place


@pytest.mark.parametrize("kind", ["file", "below a file", "circle", "long"])
def test_a_place_that_can_be_no_data_directory_is_a_failure(tmp_path: Path, kind: str) -> None:
    """What lies in it is not looked at; all else is, and the doctor tells it in words to its end."""
    place = no_directory(tmp_path, kind)
    file = settings_file(tmp_path)
    answer = ask("doctor", "--config", file, "--data-dir", place, "--venue", "http://127.0.0.1:1")
    assert answer.code == ExitCode.UNREADABLE
    assert f"failure  data directory: {place} cannot be used" in answer.out
    assert "disk space" not in answer.out
    assert "failure  reachable" in answer.out


def test_little_room_is_a_warning_and_none_a_failure(tmp_path: Path) -> None:
    """Also for a directory that is not there yet."""
    place = tmp_path / "not" / "there"
    assert [disk(place).verdict, disk(place, little_mb=10**9).verdict] == ["ok", "warning"]
    assert disk(place, too_little_mb=10**9).verdict == "failure"


def test_files_that_others_may_change_or_read_are_a_failure(tmp_path: Path) -> None:
    """The log may be read, a secret may not."""
    log, secret = tmp_path / "events.sqlite", tmp_path / "alerts.urls"
    for file, mode in ((log, 0o644), (secret, 0o600)):
        file.touch()
        file.chmod(mode)
    assert modes(tmp_path, (secret,)).verdict == "ok"
    secret.chmod(0o640)
    assert modes(tmp_path, (secret,)).mend == f"chmod 600 {secret}"
    log.chmod(0o664)
    assert (modes(tmp_path, ()).verdict, modes(tmp_path, ()).mend) == ("warning", f"chmod go-w {log}")
    log.chmod(0o646)
    assert modes(tmp_path, ()).verdict == "failure"


def test_another_supervisor_is_a_warning(tmp_path: Path) -> None:
    """With its pid."""
    assert other_process(tmp_path).verdict == "ok"
    with DataDirLock(tmp_path):
        assert f"pid {os.getpid()}" in other_process(tmp_path).words
        assert other_process(tmp_path).verdict == "warning"


def test_alerts_that_cannot_be_sent_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """URLs that others may read are a failure; alerts that were given up a warning."""
    (tmp_path / "urls").write_text("json://127.0.0.1/x")
    (tmp_path / "urls").chmod(0o644)
    assert alerts(loaded(tmp_path, "alerts: {urls_file: urls}").settings, tmp_path).verdict == "failure"
    monkeypatch.setenv("OTOMAT_ALERT_URLS", "json://127.0.0.1/x")
    assert alerts(loaded(tmp_path).settings, tmp_path).verdict == "ok"
    alert_tracking.write(tmp_path, alert_tracking.Tracked(position=0, outbox=Outbox(dropped=2)))
    assert "2 alerts" in alerts(loaded(tmp_path).settings, tmp_path).words


def test_more_calls_than_the_rate_allows_are_a_warning(tmp_path: Path) -> None:
    """Counted from the accounts that trade at a time and their intervals."""
    assert headroom(loaded(tmp_path).settings).verdict == "ok"
    assert headroom(loaded(tmp_path, "venue: {address_calls_per_second: 0.5}").settings).verdict == "warning"
    assert headroom(loaded(tmp_path, "venue: {address_calls_per_second: 3}").settings).verdict == "ok"
