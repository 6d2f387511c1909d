"""A data directory is of one venue."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from bin.display import Mode
from bin.doctor_log import same_venue
from bin.exit_codes import ExitCode
from bin.log_venue import OtherVenue, keep_to_venue
from bin.running import VenueProcess
from bin.supervise import Place, supervise
from config.loader import load_with_origins
from config.schema import AlphaVenueSettings, PaperVenueSettings, VenueSettings
from events.base import Metadata, NewEvent
from events.journal import SqliteJournal
from tests.support.house import RUN
from tests.support.settings import settings_file, strategy

META = Metadata(correlation_id="c", causation=None, ts_event=1, ts_init=1)
PAPER = PaperVenueSettings()
REAL = AlphaVenueSettings(rest_url="https://real", stream_url="wss://stream")
PRACTICE = replace(REAL, rest_url="https://localhost:8443")


def ran_at(data_dir: Path, *hosts: str) -> SqliteJournal:
    """A log whose last run was at these hosts."""
    journal = SqliteJournal(data_dir / "events.sqlite")
    for at in (("older", "stream"), hosts):
        run = NewEvent(event=replace(RUN, hosts=at), meta=META)
        journal.append("system", journal.stream_version("system"), [run])
    return journal


@pytest.mark.parametrize(
    ("hosts", "venue"), [((), PAPER), (("real", "stream"), REAL), (("localhost:8443", "s"), PRACTICE)]
)
def test_the_venue_of_the_last_run_goes_on(tmp_path: Path, hosts: tuple[str, ...], venue: VenueSettings) -> None:
    """By its host of orders; a log without hosts is of the paper venue."""
    with ran_at(tmp_path, *hosts) as journal:
        keep_to_venue(journal, venue)
    assert [one.verdict for one in same_venue(tmp_path, venue)] == ["ok"]


@pytest.mark.parametrize(
    ("hosts", "venue", "was"),
    [
        ((), REAL, "of the paper venue"),
        (("real", "stream"), PAPER, "of the real venue at real"),
        (("localhost:8443", "stream"), REAL, "at localhost:8443"),
    ],
)
def test_another_venue_is_refused(tmp_path: Path, hosts: tuple[str, ...], venue: VenueSettings, was: str) -> None:
    """By whoever trades, and the doctor says the same."""
    with ran_at(tmp_path, *hosts) as journal, pytest.raises(OtherVenue, match=f"{was}, .*name another --data-dir"):
        keep_to_venue(journal, venue)
    (found,) = same_venue(tmp_path, venue)
    assert (found.verdict, was in found.words) == ("failure", True)


def test_a_new_log_is_of_no_venue_yet(tmp_path: Path) -> None:
    """The first run decides."""
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        keep_to_venue(journal, REAL)


def test_a_run_on_another_venue_s_log_starts_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 78, before the venue is started or asked."""

    def never(_venue: VenueSettings, _data_dir: Path) -> VenueProcess:
        raise AssertionError("the venue was asked for")

    ran_at(tmp_path, "real", "stream").close()
    loaded = load_with_origins(settings_file(tmp_path, "strategies:\n" + strategy()), {})
    mode: Mode = "plain"
    assert supervise(loaded, Place(tmp_path), mode, None, make_venue=never) == ExitCode.CONFIGURATION
    assert "of the real venue at real" in capsys.readouterr().err
